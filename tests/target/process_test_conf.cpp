// SPDX-License-Identifier: Apache-2.0
// sysconf(), pathconf() and fpathconf(): the values are those of this system, tried out where that is possible.
#include "process_test.hpp"

#include <cerrno>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syspage.h>

namespace {

bool invalid(long value)
{
    const bool result = value == -1 && errno == EINVAL;
    errno = 0;
    return result;
}

bool unlimited(long value)
{
    const bool result = value == -1 && errno == 0;
    errno = 0;
    return result;
}

bool queue_is_as_long_as_told()
{
    const long most = sysconf(_SC_SIGQUEUE_MAX);
    struct sigaction action = {};
    action.sa_sigaction = [](int, siginfo_t*, void*) {};
    action.sa_flags = SA_SIGINFO; // without it, one of a kind is kept
    sigaction(SIGRTMIN, &action, nullptr);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    for (long i = 0; i < most; i++)
        if (sigqueue(getpid(), SIGRTMIN, {}) != 0)
            return false;
    return sigqueue(getpid(), SIGRTMIN, {}) == -1 && errno == EAGAIN;
}

bool timers_are_as_many_as_told()
{
    long made = 0;
    for (timer_t timer; timer_create(CLOCK_MONOTONIC, nullptr, &timer) == 0; made++) {
    }
    return made == sysconf(_SC_TIMER_MAX) && errno == EAGAIN;
}

/// A program gets `size` bytes of arguments, one string of them; what spawning it says.
int spawn_with(size_t size)
{
    const std::string text(size - 1, 'x');
    char shell[] = "sh", option[] = "-c", nothing[] = ":";
    char* const arguments[] = {shell, option, nothing, const_cast<char*>(text.c_str()), nullptr};
    char* const none[] = {nullptr};
    pid_t pid = 0;
    const int error = posix_spawn(&pid, "/proc/boot/sh", nullptr, nullptr, arguments, none);
    return error != 0 ? error : finish(pid) == -1 ? -1 : 0;
}

bool names_are_as_long_as_told()
{
    const long most = pathconf("/tmp", _PC_NAME_MAX);
    const std::string longest = "/tmp/" + std::string(static_cast<size_t>(most), 'n');
    const int fd = open(longest.c_str(), O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0);
    CHECK(fpathconf(fd, _PC_NAME_MAX) == most && fpathconf(fd, _PC_SYNC_IO) == 1);
    CHECK(pathconf(longest.c_str(), _PC_NO_TRUNC) == 1);
    CHECK(open((longest + "n").c_str(), O_CREAT | O_WRONLY, 0600) == -1 && errno == ENAMETOOLONG);
    return close(fd) == 0 && unlink(longest.c_str()) == 0;
}

} // namespace

bool configuration()
{
    errno = 0;
    CHECK(sysconf(_SC_PAGESIZE) == getpagesize() && sysconf(_SC_CLK_TCK) == 100);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) == _syspage_ptr->num_cpu);
    CHECK(sysconf(_SC_NPROCESSORS_CONF) == _syspage_ptr->num_cpu);
    CHECK(sysconf(_SC_AVPHYS_PAGES) > 0);
    CHECK(sysconf(_SC_AVPHYS_PAGES) < sysconf(_SC_PHYS_PAGES));
    struct rlimit files;
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
    CHECK(sysconf(_SC_OPEN_MAX) == static_cast<long>(files.rlim_cur));
    CHECK(sysconf(_SC_RTSIG_MAX) == SIGRTMAX - SIGRTMIN + 1);
    CHECK(sysconf(_SC_THREAD_PRIO_INHERIT) > 0 && sysconf(_SC_PRIORITY_SCHEDULING) > 0);
    CHECK(unlimited(sysconf(_SC_ASYNCHRONOUS_IO)) && unlimited(sysconf(_SC_STREAM_MAX)));
    CHECK(invalid(sysconf(-1)) && invalid(sysconf(41)) && invalid(sysconf(1 << 20)));
    for (int name = 0; name < 256; name++) {
        const long value = sysconf(name); // each is a value, "no limit", or no name: nothing else
        CHECK(value >= -1 && (errno == 0 || errno == EINVAL));
        errno = 0;
    }
    CHECK(in_child([] { return queue_is_as_long_as_told() ? 0 : 1; }) == 0);
    CHECK(in_child([] { return timers_are_as_many_as_told() ? 0 : 1; }) == 0);
    const auto room = static_cast<size_t>(sysconf(_SC_ARG_MAX));
    CHECK(spawn_with(room - 4096) == 0 && spawn_with(room + 1) == E2BIG);
    return true;
}

bool path_configuration()
{
    errno = 0;
    CHECK(names_are_as_long_as_told());
    errno = 0;
    for (const char* path :
         {"/tmp", "/dev/null", "/proc/boot/libc.so", "/dev/shmem", "/", "/proc"}) {
        CHECK(pathconf(path, _PC_PATH_MAX) == PATH_MAX && pathconf(path, _PC_NAME_MAX) == 255);
        CHECK(pathconf(path, _PC_PIPE_BUF) == PIPE_BUF && pathconf(path, _PC_FILESIZEBITS) == 64);
        CHECK(pathconf(path, _PC_CHOWN_RESTRICTED) == 1 && pathconf(path, _PC_VDISABLE) == 0);
        CHECK(pathconf(path, _PC_LINK_MAX) >= 1 && unlimited(pathconf(path, _PC_ASYNC_IO)));
        CHECK(invalid(pathconf(path, -1)) && invalid(pathconf(path, 21)));
    }
    int ends[2];
    CHECK(pipe(ends) == 0 && fpathconf(ends[1], _PC_PIPE_BUF) == PIPE_BUF);
    CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    static const char block[PIPE_BUF] = "";
    CHECK(write(ends[1], block, PIPE_BUF) == PIPE_BUF); // whole
    close(ends[0]);
    close(ends[1]);
    CHECK(fpathconf(ends[1], _PC_NAME_MAX) == -1 && errno == EBADF);
    CHECK(pathconf("/tmp/no/such", _PC_NAME_MAX) == -1 && errno == ENOENT);
    return true;
}
