// SPDX-License-Identifier: Apache-2.0
// What a process is beside its memory: how it is waited for, started, limited, hung up, and whose it is.
#include "process_test.hpp"
#include "waiting.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

extern char** environ;

namespace {

pid_t sleeper()
{
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

int start_shell(const char* command, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, pid_t& pid)
{
    char* argv[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>(command),
                    nullptr};
    return posix_spawn(&pid, "/proc/boot/sh", actions, attributes, argv, environ);
}

} // namespace

bool wait_forms()
{
    siginfo_t info{};
    const pid_t pid = sleeper();
    CHECK(pid > 0 && kill(pid, SIGSTOP) == 0);
    CHECK(waitid(P_PID, static_cast<id_t>(pid), &info, 0) == -1 && errno == EINVAL);
    CHECK(waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOWAIT) == 0);
    CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP && info.si_pid == pid);
    int status = 0;
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)); // WNOWAIT left it
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK(waitid(P_PID, static_cast<id_t>(pid), &info, WCONTINUED) == 0);
    CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
    CHECK(kill(pid, SIGTERM) == 0);
    CHECK(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
    CHECK(waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOHANG) == 0 &&
          info.si_pid == 0); // a zombie has not stopped
    CHECK(waitpid(-getpgrp(), &status, 0) == pid && WIFSIGNALED(status));
    CHECK(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) == -1 && errno == ECHILD);
    return true;
}

bool spawn_attributes()
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    const char* file = "/tmp/process-test-out";
    CHECK(mkdir("/tmp/process-test-dir", 0700) == 0);
    CHECK(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&attributes) == 0);
    CHECK(posix_spawn_file_actions_addchdir_np(&actions, "/tmp/process-test-dir") == 0);
    CHECK(posix_spawn_file_actions_addopen(&actions, 1, "../process-test-out",
                                           O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0);
    struct sched_param param {};
    param.sched_priority = 8;
    CHECK(posix_spawnattr_setschedparam(&attributes, &param) == 0);
    CHECK(posix_spawnattr_setschedpolicy(&attributes, SCHED_FIFO) == 0);
    CHECK(posix_spawnattr_setxflags(&attributes, 0x80000000u) == EINVAL);
    CHECK(posix_spawnattr_setxflags(&attributes, POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_HOLD |
                                                     POSIX_SPAWN_SETCRED) == 0);
    CHECK(posix_spawnattr_setcred(&attributes, 77, 78) == 0);
    CHECK(start_shell("pwd", &actions, &attributes, pid) == 0);
    struct sched_param real {};
    CHECK(sched_getparam(pid, &real) == 0 && real.sched_priority == 8);
    CHECK(sched_getscheduler(pid) == SCHED_FIFO);
    int status = 0;
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)); // held
    struct stat info;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/as", pid);
    CHECK(stat(path, &info) == 0 && info.st_uid == 77 && info.st_gid == 78);
    CHECK(kill(pid, SIGCONT) == 0 && finish(pid) == 0);
    char text[64] = "";
    const int fd = open(file, O_RDONLY);
    CHECK(read(fd, text, sizeof text - 1) > 0 && strcmp(text, "/tmp/process-test-dir\n") == 0);
    close(fd);
    CHECK(posix_spawn_file_actions_addchdir_np(&actions, "/tmp/none") == 0);
    CHECK(start_shell("exit", &actions, nullptr, pid) == ENOENT);
    posix_spawn_file_actions_destroy(&actions);
    // without a zombie: nobody to wait for
    CHECK(posix_spawnattr_setxflags(&attributes, POSIX_SPAWN_NOZOMBIE) == 0);
    CHECK(start_shell("exit 3", nullptr, &attributes, pid) == 0);
    CHECK(waitpid(pid, &status, 0) == -1 && errno == ECHILD);
    const int before = nice(0);
    CHECK(nice(3) == before + 3 && nice(-3) == before);
    return unlink(file) == 0 && rmdir("/tmp/process-test-dir") == 0;
}

bool limits()
{
    const auto limit = [](int resource, rlim_t soft) {
        const struct rlimit value = {soft, RLIM_INFINITY};
        return setrlimit(resource, &value) == 0;
    };
    CHECK(in_child([&] { // as root NPROC does not bind, as somebody else it does
              if (!limit(RLIMIT_NPROC, 1) || in_child([] { return 0; }) != 0 || setuid(4242) != 0)
                  return 1;
              return fork() == -1 && errno == EAGAIN ? 20 : 2;
          }) == 20);
    CHECK(in_child([&] {
              int fds = 0;
              if (!limit(RLIMIT_NOFILE, 12) || sysconf(_SC_OPEN_MAX) != 12)
                  return 1;
              while (open("/dev/null", O_RDONLY) >= 0)
                  fds++;
              return errno == EMFILE && fds > 2 && fds < 12 ? 21 : 2;
          }) == 21);
    CHECK(in_child([&] {
              const auto try_map = [](int flags) {
                  return mmap(nullptr, 8 << 20, PROT_READ | PROT_WRITE, flags | MAP_ANON, NOFD,
                              0) != MAP_FAILED;
              };
              if (!limit(RLIMIT_DATA, 6 << 20) || try_map(MAP_PRIVATE) || errno != ENOMEM)
                  return 1;
              if (!try_map(MAP_SHARED) || !limit(RLIMIT_AS, 12 << 20))
                  return 2;
              return !try_map(MAP_SHARED) && errno == ENOMEM ? 22 : 3;
          }) == 22);
    CHECK(in_child([&] {
              static volatile int signals;
              static const char data[1000] = "";
              signal(SIGXFSZ, [](int) { signals = signals + 1; });
              const int fd = shm_open(SHM_ANON, O_RDWR | O_CREAT, 0600);
              if (!limit(RLIMIT_FSIZE, 1000) || write(fd, data, 900) != 900)
                  return 1;
              if (write(fd, data, 200) != -1)
                  return 2;
              return errno == EFBIG && signals == 1 ? 23 : 100 + errno;
          }) == 23);
    const pid_t pid = fork();
    if (pid == 0) {
        limit(RLIMIT_CPU, 1);
        for (static volatile int i;;) {
            i = i + 1;
        }
    }
    const int status = finish(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
    struct rusage usage;
    CHECK(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    const auto in_us = [](const timeval& time) { return time.tv_sec * 1000000 + time.tv_usec; };
    CHECK(in_us(usage.ru_utime) + in_us(usage.ru_stime) >=
          1000000); // each may be less than a second
    return true;
}

// A session leader with a terminal ends: SIGHUP. A stopped group that becomes orphaned: SIGHUP and SIGCONT.
bool hangup()
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t leader = fork();
    if (leader == 0) {
        setsid();
        const pid_t middle = fork();
        if (middle == 0) {
            setpgid(0, 0);
            const pid_t stopped = sleeper();
            if (stopped == 0 || kill(stopped, SIGSTOP) != 0)
                _exit(1);
            int status;
            waitpid(stopped, &status, WUNTRACED);
            setpgid(stopped, 0);
            if (write(ends[1], &stopped, sizeof stopped) < 0)
                _exit(1);
            _exit(0);
        }
        finish(middle);
        for (;;)
            pause();
    }
    close(ends[1]);
    pid_t stopped = 0;
    CHECK(read(ends[0], &stopped, sizeof stopped) == static_cast<ssize_t>(sizeof stopped));
    // SIGHUP's default ends it although it was stopped: SIGCONT came, too
    CHECK(comes_true([stopped] { return kill(stopped, 0) == -1 && errno == ESRCH; }));
    close(ends[0]);
    CHECK(kill(leader, SIGKILL) == 0 && WIFSIGNALED(finish(leader)));
    return true;
}

bool set_id_program()
{
    // A copy of this program, owned by user 55, set-user-ID, run by user 66.
    const char* copy = "/tmp/process-test-setid";
    char command[128];
    snprintf(command, sizeof command, "cp %s %s", process_test_path, copy);
    CHECK(system(command) == 0 && chown(copy, 55, 56) == 0 && chmod(copy, 06755) == 0);
    const auto run = [copy] {
        return in_child([copy] {
            if (setgid(67) != 0 || setuid(66) != 0)
                return 1;
            execl(copy, copy, "ids", static_cast<char*>(nullptr));
            return 2;
        });
    };
    CHECK(run() == 55);
    CHECK(chmod(copy, 0755) == 0 && run() == 66);
    return unlink(copy) == 0;
}
