// SPDX-License-Identifier: Apache-2.0
// Spawn, wait, exec, groups, death notices.
#include "procmgr_test.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool wait_status()
{
    int status = finish(start_role({"exit", "7"}));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    const pid_t pid = start_role({"sleep"});
    CHECK(pid > 0);
    CHECK(waitpid(pid, &status, WNOHANG) == 0);
    CHECK(kill(pid, SIGTERM) == 0);
    status = finish(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK(waitpid(pid, &status, 0) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
    CHECK(kill(pid, 0) == -1 && errno == ESRCH);
    return true;
}

bool ignored_child()
{
    signal(SIGCHLD, SIG_IGN);
    const pid_t pid = start_role({"exit", "0"});
    int status;
    const pid_t got = waitpid(pid, &status, 0); // waits for its end, then there is nobody to report
    const int why = errno;
    signal(SIGCHLD, SIG_DFL);
    CHECK(pid > 0 && got == -1 && why == ECHILD);
    return true;
}

bool orphans()
{
    const char* file = "/dev/shmem/procmgr-test-pid";
    const int status = finish(start_role({"parent", file}));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    pid_t pid = 0;
    const int fd = open(file, O_RDONLY);
    CHECK(fd >= 0 && read(fd, &pid, sizeof pid) == static_cast<ssize_t>(sizeof pid));
    close(fd);
    unlink(file);
    proc_id ask{};
    proc_ids ids{};
    ask.type = PROC_GETSETID;
    ask.subtype = PROC_ID_GET;
    ask.pid = pid;
    CHECK(MsgSend(SYSMGR_COID, &ask, sizeof ask, &ids, sizeof ids) != -1);
    CHECK(ids.pid == pid && ids.ppid == 1);
    CHECK(kill(pid, SIGKILL) == 0);
    return true;
}

namespace {

/// A file in /dev/shmem with this content and mode.
bool make_file(const char* path, const void* data, size_t size, mode_t mode)
{
    unlink(path);
    const int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0)
        return false;
    const bool good = write(fd, data, size) == static_cast<ssize_t>(size) && fchmod(fd, mode) == 0;
    close(fd);
    return good;
}

int spawn_error(const char* path)
{
    char* argv[] = {const_cast<char*>(path), nullptr};
    errno = 0;
    const pid_t pid = spawn(path, 0, nullptr, nullptr, argv, environ);
    if (pid > 0) {
        finish(pid);
        return 0;
    }
    return errno;
}

/// The smallest program with an interpreter: one page, headers and its name.
struct TinyElf {
    unsigned char bytes[4096] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    explicit TinyElf(const char* interpreter)
    {
        put<uint16_t>(16, 3);
        put<uint16_t>(18, 62);
        put<uint32_t>(20, 1);
        put<uint64_t>(24, 512);
        put<uint64_t>(32, 64);
        put<uint16_t>(52, 64);
        put<uint16_t>(54, 56);
        put<uint16_t>(56, 2);
        segment(64, 1, 5, 0, sizeof bytes);
        segment(120, 3, 4, 256, strlen(interpreter) + 1);
        strcpy(reinterpret_cast<char*>(bytes) + 256, interpreter);
    }
    void segment(size_t at, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size)
    {
        put<uint32_t>(at, type);
        put<uint32_t>(at + 4, flags);
        put<uint64_t>(at + 8, offset);
        put<uint64_t>(at + 16, offset);
        put<uint64_t>(at + 32, size);
        put<uint64_t>(at + 40, size);
    }
    template <class T>
    void put(size_t at, T value)
    {
        memcpy(bytes + at, &value, sizeof value);
    }
};

} // namespace

bool spawn_errors()
{
    const char* file = "/dev/shmem/procmgr-test-program";
    CHECK(spawn_error("/proc/boot/no-such-program") == ENOENT);
    CHECK(spawn_error("/proc/boot") != 0);
    CHECK(make_file(file, "garbage, not a program", 22, 0700) && spawn_error(file) == ENOEXEC);
    CHECK(make_file(file, "#!/no/such/shell\n", 17, 0700) && spawn_error(file) == ENOENT);
    TinyElf elf("/no/such/loader");
    CHECK(make_file(file, elf.bytes, sizeof elf.bytes, 0600) && spawn_error(file) == EACCES);
    CHECK(make_file(file, elf.bytes, sizeof elf.bytes, 0700) && spawn_error(file) == ELIBACC);
    elf.segment(64, 1, 7, 0, sizeof elf.bytes); // writable and executable
    CHECK(make_file(file, elf.bytes, sizeof elf.bytes, 0700) && spawn_error(file) == ENOEXEC);
    const char script[] = "#!/proc/boot/procmgr-test exit\n";
    CHECK(make_file(file, script, sizeof script - 1,
                    0700)); // runs: procmgr-test exit <file> -> atoi(file) = 0
    CHECK(spawn_error(file) == 0);
    unlink(file);

    char* big = static_cast<char*>(malloc(300000));
    memset(big, 'x', 299999);
    big[299999] = 0;
    char* argv[] = {const_cast<char*>(self_path), const_cast<char*>("exit"), big, nullptr};
    errno = 0;
    CHECK(spawn(self_path, 0, nullptr, nullptr, argv, environ) == -1 && errno == E2BIG);
    big[100000] = 0;
    CHECK(finish(spawn(self_path, 0, nullptr, nullptr, argv, environ)) == 0);
    free(big);
    int bad_map[] = {0, 1, 77};
    errno = 0;
    CHECK(start_role({"exit", "0"}, nullptr, 3, bad_map) == -1 && errno == EBADF);
    return true;
}

bool descriptors()
{
    const int a = open("/dev/null", O_RDWR);
    const int b = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CHECK(a == 3 && b == 4);
    CHECK(WEXITSTATUS(finish(start_role({"fds"}))) == 1);
    const int map[] = {0, 1, 2, -1, a, b};
    CHECK(WEXITSTATUS(finish(start_role({"fds"}, nullptr, 6, map))) == 6);
    close(a);
    close(b);
    return true;
}

bool exec_keeps_pid()
{
    const int status = finish(start_role({"exec", "self"}));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 41);
    return true;
}

bool stopped_child()
{
    inheritance inherit{};
    inherit.flags = SPAWN_HOLD;
    const pid_t pid = start_role({"exit", "5"}, &inherit);
    int status = 0;
    CHECK(pid > 0 && waitpid(pid, &status, WUNTRACED) == pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(kill(pid, SIGCONT) == 0);
    status = finish(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    return true;
}

bool groups()
{
    inheritance inherit{};
    inherit.flags = SPAWN_SETGROUP;
    inherit.pgroup = SPAWN_NEWPGROUP;
    const pid_t first = start_role({"sleep"}, &inherit);
    inherit.pgroup = first;
    const pid_t second = start_role({"sleep"}, &inherit);
    CHECK(first > 0 && second > 0);
    CHECK(getpgid(first) == first && getpgid(second) == first);
    CHECK(kill(-first, SIGTERM) == 0);
    int status;
    CHECK(waitpid(-first, &status, 0) > 0 && waitpid(-first, &status, 0) > 0);
    CHECK(waitpid(-first, &status, 0) == -1 && errno == ECHILD);
    inherit.flags = SPAWN_SETSID;
    const pid_t leader = start_role({"sleep"}, &inherit);
    CHECK(getsid(leader) == leader && getpgid(leader) == leader);
    CHECK(setpgid(leader, getpgrp()) == -1 && errno == EPERM);
    kill(leader, SIGKILL);
    return finish(leader) == SIGKILL;
}

bool death_notice()
{
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    CHECK(chid >= 0 && coid >= 0);
    struct sigevent event;
    SIGEV_PULSE_INIT(&event, coid, 15, 3, 0);
    event.sigev_notify |= NTO_SIGEV_UPDATEABLE;
    CHECK(procmgr_event_notify(PROCMGR_EVENT_PROCESS_DEATH, &event) != -1);
    const pid_t pid = start_role({"exit", "0"});
    struct _pulse pulse {};
    const uint64_t limit = 5000000000;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
    const int got = MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr);
    procmgr_event_notify(0, &event);
    ConnectDetach(coid);
    ChannelDestroy(chid);
    CHECK(got == 0 && pulse.code == 3 && pulse.value.sival_int == pid);
    return finish(pid) == 0;
}

bool no_leak()
{
    sys_objects before{};
    for (int round = 0; round < 2; ++round) { // the first warms the caches
        CHECK(settled_objects(before));
        for (int i = 0; i < (round == 0 ? 10 : 200); ++i) {
            const pid_t pid = start_role({i % 2 ? "sleep" : "exit", "0"});
            CHECK(pid > 0);
            if (i % 2)
                kill(pid, SIGKILL); // in whatever state of its birth it is
            CHECK(finish(pid) >= 0);
        }
    }
    return same_objects(before);
}

/// Each open makes objects of procnto's that nobody counts: their memory does.
bool opens_leave_nothing()
{
    constexpr int opens = 20000;
    constexpr uint64_t slack = 16; // pages; 20000 times anything is more
    sys_objects before{}, after{};
    for (int round = 0; round < 2; ++round) {
        CHECK(settled_objects(before));
        for (int i = 0; i < (round == 0 ? 100 : opens); ++i) {
            const int fd = open("/proc/boot/libc.so", O_RDONLY);
            CHECK(fd != -1 && close(fd) == 0);
        }
    }
    CHECK(settled_objects(after));
    CHECK(before.ocbs == after.ocbs && after.pages_free + slack >= before.pages_free);
    return true;
}
