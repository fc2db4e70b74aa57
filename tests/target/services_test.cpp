// SPDX-License-Identifier: Apache-2.0
// Services of the process manager: events, guardians, sessions, daemons, timer tolerance, and the rights of its own files.
#include "tap.hpp"

#include <abi/usage.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

QNX_USAGE("%C - test of the process manager's services\n"
          "%C\n");

namespace {

int chid, coid;

sigevent pulse_event(int code)
{
    sigevent event;
    SIGEV_PULSE_INIT(&event, coid, 10, code, 0);
    SIGEV_MAKE_UPDATEABLE(&event);
    return event;
}

/// The next pulse within two seconds: its code, or -1.
int next_pulse(int* value = nullptr)
{
    _pulse pulse{};
    const uint64_t limit = 2000000000;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
    if (MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) != 0)
        return -1;
    if (value)
        *value = pulse.value.sival_int;
    return pulse.code;
}

/// Nothing is there now.
bool quiet()
{
    _pulse pulse{};
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    return MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT;
}

pid_t child_that(int (*run)())
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(run());
    return pid;
}

int ended(pid_t pid)
{
    int status = -1;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool several_requests()
{
    const sigevent one = pulse_event(1), two = pulse_event(2), three = pulse_event(3);
    const int first = procmgr_event_notify_add(PROCMGR_EVENT_SYNC, &one);
    const int second = procmgr_event_notify_add(PROCMGR_EVENT_SYNC | PROCMGR_EVENT_PATHSPACE, &two);
    CHECK(first > 0 && second > 0 && first != second);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_SYNC, &three) == 0);
    CHECK(procmgr_event_trigger_updateable(PROCMGR_EVENT_SYNC, 77) == 0);
    int value = 0, codes = 0;
    for (int i = 0; i < 3; ++i) {
        codes += 1 << next_pulse(&value);
        CHECK(value == 77);
    }
    CHECK(codes == 14 && quiet());
    CHECK(procmgr_event_notify(PROCMGR_EVENT_TOD, &three) == 0); // replaces
    CHECK(procmgr_event_notify_delete(first) == 0);
    CHECK(procmgr_event_notify_delete(first) == -1 && errno == EINVAL);
    CHECK(procmgr_event_trigger(PROCMGR_EVENT_SYNC) == 0);
    CHECK(next_pulse() == 2 && quiet());
    CHECK(procmgr_event_notify_delete(second) == 0);
    CHECK(procmgr_event_notify(0, nullptr) == 0);
    CHECK(procmgr_event_notify_add(0x80000000u, &one) == -1 && errno == EINVAL);
    return procmgr_event_trigger(PROCMGR_EVENT_SYNC) == 0 && quiet();
}

unsigned hash(const char* text)
{
    unsigned h = 0;
    for (; *text; ++text) {
        h = (h << 4) + static_cast<unsigned char>(*text);
        const unsigned top = h & 0xf0000000u;
        h = (h ^ (top >> 24)) & ~top;
    }
    return h | 0x80000000u;
}

bool what_happens_is_told()
{
    int value = 0;
    sigevent event = pulse_event(4);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_PATHSPACE, &event) == 0);
    CHECK(pathmgr_symlink("/tmp", "/services-link") == 0);
    CHECK(next_pulse(&value) == 4 && static_cast<unsigned>(value) == hash("/services-link"));
    CHECK(pathmgr_unlink("/services-link") == 0);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_CONFSTR, &event) == 0);
    CHECK(sethostname("services", 8) == 0);
    CHECK(next_pulse(&value) == 4 && value == _CS_HOSTNAME);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_TOD, &event) == 0);
    timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0 && clock_settime(CLOCK_REALTIME, &now) == 0);
    CHECK(next_pulse() == 4);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_CONTIG_ALLOC_FAIL, &event) == 0);
    CHECK(mmap(nullptr, size_t{1} << 29, PROT_READ, MAP_PHYS | MAP_ANON | MAP_PRIVATE, NOFD, 0) ==
              MAP_FAILED &&
          errno == ENOMEM);
    CHECK(next_pulse() == 4);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_PROCESS_DEATH, &event) == 0);
    const pid_t pid = child_that([] { return 0; });
    CHECK(ended(pid) == 0 && next_pulse(&value) == 4 && value == pid);
    CHECK(procmgr_event_notify(0, nullptr) == 0 && quiet());
    // The same with a secure event: a handle that procnto may put the pid into.
    sigevent secure = pulse_event(6);
    SIGEV_MAKE_UPDATEABLE(&secure);
    CHECK(MsgRegisterEvent(&secure, SYSMGR_COID) == 0);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_PROCESS_DEATH, &secure) == 0);
    const pid_t other = child_that([] { return 0; });
    CHECK(ended(other) == 0 && next_pulse(&value) == 6 && value == other);
    return procmgr_event_notify(0, nullptr) == 0 && MsgUnregisterEvent(&secure) == 0 && quiet();
}

int run_daemon()
{
    return procmgr_daemon(3, PROCMGR_DAEMON_NODEVNULL) == -1 || getsid(0) != 1 ? 1 : 0;
}

bool daemons()
{
    int value = 0;
    const sigevent event = pulse_event(5);
    CHECK(procmgr_event_notify(PROCMGR_EVENT_DAEMON_DEATH, &event) == 0);
    const pid_t plain = child_that([] { return 0; });
    CHECK(ended(plain) == 0);
    const pid_t pid = child_that(run_daemon);
    CHECK(ended(pid) == 3); // the status the daemon gave, before its end
    CHECK(next_pulse(&value) == 5 && value == pid && quiet());
    return procmgr_event_notify(0, nullptr) == 0;
}

int pipe_ends[2];

// Waits until somebody is its parent that has children enough, and tells who.
int run_orphan()
{
    const pid_t first = getppid();
    for (int i = 0; i < 5000 && getppid() == first; ++i)
        sched_yield();
    const pid_t parent = getppid();
    return write(pipe_ends[1], &parent, sizeof parent) == sizeof parent ? 6 : 1;
}

// Takes over the orphan when the one in between dies, and waits for it.
int run_guardian()
{
    int status = 0;
    for (int i = 0; i < 5000; ++i) {
        const pid_t pid = waitpid(-1, &status, 0);
        if (pid > 0) {
            const int result = WEXITSTATUS(status);
            return write(pipe_ends[1], &result, sizeof result) == sizeof result ? 0 : 1;
        }
        sched_yield(); // ECHILD as yet
    }
    return 1;
}

int run_between()
{
    const pid_t guardian = child_that(run_guardian);
    if (procmgr_guardian(getppid()) != -1 || errno != EINVAL)
        return 1;
    if (guardian < 0 || procmgr_guardian(guardian) == -1)
        return 2;
    const pid_t orphan = child_that(run_orphan);
    return orphan > 0 && write(pipe_ends[1], &guardian, sizeof guardian) == sizeof guardian ? 0 : 3;
}

bool guardians()
{
    pid_t guardian = 0, parent = 0;
    int result = 0;
    CHECK(pipe(pipe_ends) == 0);
    CHECK(ended(child_that(run_between)) == 0);
    CHECK(read(pipe_ends[0], &guardian, sizeof guardian) == sizeof guardian);
    CHECK(read(pipe_ends[0], &parent, sizeof parent) == sizeof parent);
    CHECK(parent == guardian);
    CHECK(read(pipe_ends[0], &result, sizeof result) == sizeof result && result == 6);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return true;
}

int run_session()
{
    if (procmgr_session(0, 0, 0, PROCMGR_SESSION_SETSID) == -1 || getsid(0) != getpid())
        return 1;
    if (procmgr_session(0, 0, 0, PROCMGR_SESSION_SETSID) != -1 || errno != EPERM)
        return 2;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    const pid_t member = child_that([] { // in the foreground group of its own
        sigset_t both;
        siginfo_t info;
        setpgid(0, 0);
        sigemptyset(&both);
        sigaddset(&both, SIGUSR1);
        if (procmgr_session(0, getsid(0), getpid(), PROCMGR_SESSION_SETPGRP) == -1 ||
            procmgr_session(0, getsid(0), SIGUSR1, PROCMGR_SESSION_SIGNAL_PGRP) == -1)
            return 1;
        return sigwaitinfo(&both, &info) == SIGUSR1 ? 0 : 2;
    });
    if (ended(member) != 0)
        return 3;
    siginfo_t info;
    if (procmgr_session(0, getsid(0), SIGUSR2, PROCMGR_SESSION_SIGNAL_LEADER) == -1 ||
        sigwaitinfo(&set, &info) != SIGUSR2) // SIGUSR1 was not for this group
        return 4;
    if (procmgr_session(0, getpid(), SIGUSR1, PROCMGR_SESSION_SIGNAL_PID) == -1 ||
        sigwaitinfo(&set, &info) != SIGUSR1)
        return 5;
    if (procmgr_session(0, getsid(0), 1, PROCMGR_SESSION_SETPGRP) != -1 || errno != EPERM)
        return 6;
    return procmgr_session(1, 0, 0, PROCMGR_SESSION_SETSID) == -1 && errno == ENOREMOTE ? 0 : 7;
}

bool sessions()
{
    const int status = ended(child_that(run_session));
    if (status != 0)
        printf("# run_session: %d\n", status);
    return status == 0;
}

bool tolerances()
{
    uint64_t old = 1, fresh = 5000000;
    CHECK(procmgr_timer_tolerance(0, nullptr, &old) == 0 && old == 0);
    CHECK(procmgr_timer_tolerance(0, &fresh, &old) == 0 && old == 0);
    CHECK(procmgr_timer_tolerance(0, nullptr, &old) == 0 && old == fresh);
    const pid_t pid = child_that([] {
        uint64_t mine = 0;
        return procmgr_timer_tolerance(0, nullptr, &mine) == 0 && mine == 5000000 ? 0 : 1;
    });
    CHECK(ended(pid) == 0); // fork passes it on
    fresh = 0;
    CHECK(procmgr_timer_tolerance(0, &fresh, nullptr) == 0);
    return procmgr_timer_tolerance(0x7ffffff0, &fresh, nullptr) == -1 && errno == ESRCH;
}

constexpr const char* shared_name = "/dev/shmem/services-test";

// As user 1000 in group 7: the file is root's, then one of its own.
int run_stranger()
{
    struct stat info;
    const gid_t groups[] = {7, 8};
    if (setgroups(2, groups) != 0 || setgid(7) != 0 || setuid(1000) != 0)
        return 1;
    if (open(shared_name, O_RDWR) != -1 || errno != EACCES)
        return 2;
    if (chmod(shared_name, 0777) != -1 || errno != EPERM)
        return 3;
    if (chown(shared_name, 1000, 7) != -1 || errno != EPERM)
        return 4;
    const utimbuf times = {5, 6};
    if (utime(shared_name, &times) != -1 || errno != EPERM)
        return 5;
    if (unlink(shared_name) != -1 || errno != EPERM)
        return 6;
    umask(027);
    const int fd = open("/dev/shmem/services-own", O_RDWR | O_CREAT, 0666);
    if (fd == -1 || fstat(fd, &info) != 0 || (info.st_mode & 0777) != 0640 || info.st_uid != 1000)
        return 7;
    if (fchown(fd, 1000, 8) != 0 || fstat(fd, &info) != 0 || info.st_gid != 8)
        return 8;
    if (fchown(fd, 1000, 9) != -1 || fchown(fd, 0, 8) != -1 || errno != EPERM)
        return 9;
    if (utime("/dev/shmem/services-own", &times) != 0 || fstat(fd, &info) != 0 ||
        info.st_atime != 5 || info.st_mtime != 6)
        return 10;
    if (fchmod(fd, 0) != 0 || open("/dev/shmem/services-own", O_RDONLY) != -1 || errno != EACCES)
        return 11;
    return unlink("/dev/shmem/services-own") == 0 ? 0 : 12;
}

bool rights_of_files()
{
    const int fd = open(shared_name, O_RDWR | O_CREAT, 0600);
    CHECK(fd != -1 && fchmod(fd, 0640) == 0);
    const int status = ended(child_that(run_stranger));
    if (status != 0)
        printf("# run_stranger: %d\n", status);
    close(fd);
    return unlink(shared_name) == 0 && status == 0;
}

// An open file is left with its server for somebody to take: the token, or -1.
int64_t leave(int fd)
{
    _io_pass message{};
    message.type = _IO_PASS;
    message.combine_len = sizeof message;
    message.action = _IO_PASS_LEAVE;
    uint64_t token = 0;
    return MsgSend(fd, &message, sizeof message, &token, sizeof token) == -1
               ? -1
               : static_cast<int64_t>(token);
}

bool give_up(int fd, int64_t token)
{
    _io_pass message{};
    message.type = _IO_PASS;
    message.combine_len = sizeof message;
    message.action = _IO_PASS_GIVE_UP;
    message.token = static_cast<uint64_t>(token);
    return MsgSend(fd, &message, sizeof message, nullptr, 0) == 0;
}

// A user without privileges fills only a part of the places; root still finds one.
bool passed_files()
{
    constexpr int most = 256;
    static const char* const paths[] = {"/dev/null", "/tmp/passed"};
    for (const char* path : paths) {
        const int fd = open(path, O_RDWR | O_CREAT, 0666);
        CHECK(fd != -1);
        static int64_t tokens[most];
        CHECK(seteuid(1000) == 0);
        for (int64_t& token : tokens)
            token = leave(fd);
        errno = 0;
        const bool full = leave(fd) == -1 && errno == EMFILE;
        CHECK(seteuid(0) == 0 && full && tokens[most - 1] != -1);
        const int64_t own = leave(fd);
        CHECK(own != -1 && give_up(fd, own));
        for (const int64_t token : tokens)
            CHECK(give_up(fd, token));
        CHECK(!give_up(fd, own) && errno == ENOENT && close(fd) == 0);
    }
    return unlink("/tmp/passed") == 0;
}

const TapTest tests[] = {
    {"PMGR-0001 several requests for events, replaced and deleted", several_requests},
    {"PMGR-0002 what happens is told, with its value", what_happens_is_told},
    {"PMGR-0003 daemons are in session 1 and their death is told", daemons},
    {"PMGR-0004 a guardian inherits the children", guardians},
    {"PMGR-0005 sessions: leader, foreground group, signals", sessions},
    {"PMGR-0006 default timer tolerance", tolerances},
    {"PMGR-0007 owner, group and mode of procnto's files", rights_of_files},
    {"PMGR-0008 files on their way to others: a user's share", passed_files},
};

} // namespace

int main()
{
    chid = ChannelCreate(_NTO_CHF_PRIVATE);
    coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    return run_tests(tests);
}
