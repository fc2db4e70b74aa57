// SPDX-License-Identifier: Apache-2.0
// FIFOs by name: open() waits for the other end, data, ends of files, rights, unlink.
#include "tap.hpp"
#include "waiting.hpp"

#include <abi/usage.h>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/states.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - FIFO test\n"
          "%C\n");

namespace {

constexpr const char* path = "/tmp/fifo-test";

int refused(int flags)
{
    const int fd = open(path, flags);
    return fd == -1 ? errno : (close(fd), EOK);
}

bool names()
{
    struct stat info;
    CHECK(mkfifo(path, 0640) == 0 && mkfifo(path, 0640) == -1 && errno == EEXIST);
    CHECK(stat(path, &info) == 0 && S_ISFIFO(info.st_mode) && (info.st_mode & 0777) == 0640);
    CHECK(lstat(path, &info) == 0 && S_ISFIFO(info.st_mode));
    CHECK(chmod(path, 0600) == 0 && stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    CHECK(refused(O_WRONLY | O_NONBLOCK) == ENXIO);
    CHECK(refused(O_RDONLY | O_CREAT | O_EXCL) == EEXIST);
    CHECK(refused(O_RDONLY | O_NONBLOCK) == EOK);
    CHECK(seteuid(1000) == 0);
    const int other = refused(O_RDONLY | O_NONBLOCK);
    return seteuid(0) == 0 && other == EACCES;
}

// Both sides come after one another; what is written comes out, then the end.
bool data()
{
    const pid_t writer = fork();
    if (writer == 0) {
        const int fd = open(path, O_WRONLY);
        _exit(write(fd, "through the name", 16) == 16 ? 0 : 1);
    }
    char text[32] = "";
    struct stat info;
    const int fd = open(path, O_RDONLY);
    CHECK(fd != -1 && fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode));
    CHECK(read(fd, text, 7) == 7 && read(fd, text + 7, 20) == 9);
    CHECK(strcmp(text, "through the name") == 0);
    int status = 0;
    CHECK(waitpid(writer, &status, 0) == writer && status == 0);
    CHECK(read(fd, text, 1) == 0); // the writer is gone
    return close(fd) == 0;
}

void nothing(int)
{
}

bool interrupted()
{
    struct sigaction action {};
    action.sa_handler = nothing;
    sigaction(SIGALRM, &action, nullptr);
    const itimerval soon{{0, 0}, {0, 20000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
    CHECK(open(path, O_RDONLY) == -1 && errno == EINTR);
    CHECK(refused(O_WRONLY | O_NONBLOCK) ==
          ENXIO); // nobody reads: the interrupted one is forgotten
    const pid_t reader = fork();
    if (reader == 0) {
        open(path, O_RDONLY);
        _exit(1);
    }
    int fd = -1;
    while ((fd = open(path, O_WRONLY | O_NONBLOCK)) == -1 && errno == ENXIO)
        sched_yield();
    CHECK(fd != -1 && waitpid(reader, nullptr, 0) == reader);
    signal(SIGPIPE, SIG_IGN);
    CHECK(write(fd, "x", 1) == -1 && errno == EPIPE);
    CHECK(close(fd) == 0);
    const pid_t killed = fork();
    if (killed == 0) {
        open(path, O_WRONLY);
        _exit(1);
    }
    kill(killed, SIGKILL);
    int status = 0;
    CHECK(waitpid(killed, &status, 0) == killed && WIFSIGNALED(status));
    return refused(O_RDONLY | O_NONBLOCK) == EOK;
}

bool both_ends()
{
    char text[8] = "";
    const int fd = open(path, O_RDWR); // waits for nobody
    CHECK(fd != -1 && write(fd, "self", 4) == 4 && read(fd, text, 8) == 4);
    pollfd ready{fd, POLLIN | POLLOUT, 0};
    CHECK(poll(&ready, 1, 0) == 1 && ready.revents == POLLOUT);
    CHECK(rename(path, "/tmp/fifo-moved") == 0 && unlink("/tmp/fifo-moved") == 0);
    CHECK(write(fd, "gone", 4) == 4 && read(fd, text, 8) == 4 && memcmp(text, "gone", 4) == 0);
    CHECK(open("/dev/pipe/made.up", O_RDONLY | O_NONBLOCK) == -1 && errno == ENOENT);
    return close(fd) == 0;
}

// A read that cannot be delivered is EFAULT, whether the data was there or came while it waited, and takes nothing out.
bool bad_buffer()
{
    int ends[2];
    char text[8] = "";
    char* const nowhere = reinterpret_cast<char*>(64);
    CHECK(pipe(ends) == 0 && write(ends[1], "kept", 4) == 4);
    CHECK(read(ends[0], nowhere, 4) == -1 && errno == EFAULT);
    CHECK(read(ends[0], text, 8) == 4 && memcmp(text, "kept", 4) == 0);
    const pid_t reader = fork();
    if (reader == 0)
        _exit(read(ends[0], nowhere, 4) == -1 && errno == EFAULT ? 0 : 1);
    CHECK(comes_to_state(reader, 1, STATE_REPLY));
    CHECK(write(ends[1], "late", 4) == 4);
    int status = 0;
    CHECK(waitpid(reader, &status, 0) == reader && status == 0);
    CHECK(read(ends[0], text, 8) == 4 && memcmp(text, "late", 4) == 0);
    return close(ends[0]) == 0 && close(ends[1]) == 0;
}

const TapTest tests[] = {
    {"FIFO-0001 mkfifo(), stat(), rights, O_NONBLOCK", names},
    {"FIFO-0002 open() waits for the other side, data, the end", data},
    {"FIFO-0003 signals and deaths while open() waits", interrupted},
    {"FIFO-0004 O_RDWR, rename and unlink of an open one", both_ends},
    {"FIFO-0005 a read into a bad buffer takes nothing", bad_buffer},
};

} // namespace

int main()
{
    unlink(path);
    const int status = run_tests(tests);
    unlink(path);
    return status;
}
