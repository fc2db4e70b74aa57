// SPDX-License-Identifier: Apache-2.0
// Advisory locks on files of every kind of server: fcntl(), lockf(), flock(); between processes, over close() and death.
#include "tap.hpp"
#include "waiting.hpp"

#include <abi/usage.h>

#include <devctl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include <string.h>
#include <sys/file.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - test of advisory file locks\n"
          "%C file\n");

namespace {

const char* path;

int open_file(int flags = O_RDWR)
{
    return open(path, flags | O_CREAT, 0666);
}

int set(int fd, int command, short type, off_t start, off_t length, short whence = SEEK_SET)
{
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = whence;
    lock.l_start = start;
    lock.l_len = length;
    return fcntl(fd, command, &lock);
}

/// What keeps a write lock of [start, start + length) away.
struct flock blocker(int fd, off_t start, off_t length, short type = F_WRLCK)
{
    struct flock lock = {};
    lock.l_type = type;
    lock.l_start = start;
    lock.l_len = length;
    if (fcntl(fd, F_GETLK, &lock) != 0)
        lock.l_type = -1;
    return lock;
}

/// A process with locks of its own that does what it is told: the other side of every test.
class Other {
public:
    template <class Body>
    explicit Other(Body&& body)
    {
        if (pipe(to_) != 0 || pipe(from_) != 0)
            abort();
        pid_ = fork();
        if (pid_ == 0) {
            close(to_[1]);
            close(from_[0]);
            body(*this);
            _exit(0);
        }
        close(to_[0]);
        close(from_[1]);
    }
    ~Other()
    {
        close(to_[1]);
        close(from_[0]);
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    // The child's side.
    void tell(int value) const { (void)write(from_[1], &value, sizeof value); }
    bool wait() const
    {
        char c;
        return read(to_[0], &c, 1) == 1;
    }
    // The parent's side.
    int hear() const
    {
        int value = -1;
        return read(from_[0], &value, sizeof value) == sizeof value ? value : -1;
    }
    void go() const { (void)write(to_[1], "g", 1); }
    pid_t pid() const { return pid_; }

private:
    int to_[2], from_[2];
    pid_t pid_;
};

bool ranges()
{
    const int fd = open_file();
    CHECK(fd != -1 && ftruncate(fd, 100) == 0);
    CHECK(set(fd, F_SETLK, F_WRLCK, 10, 20) == 0);            // 10-29
    CHECK(set(fd, F_SETLK, F_UNLCK, 15, 5) == 0);             // 10-14, 20-29
    CHECK(set(fd, F_SETLK, F_RDLCK, 25, 10) == 0);            // 10-14 w, 20-24 w, 25-34 r
    CHECK(set(fd, F_SETLK, F_WRLCK, -10, 10, SEEK_END) == 0); // 90-99
    CHECK(set(fd, F_SETLK, F_WRLCK, 60, -10) == 0);           // 50-59
    CHECK(blocker(fd, 0, 0).l_type == F_UNLCK);               // one's own are no hindrance
    Other other([](Other& self) {
        const int mine = open_file();
        struct flock lock = blocker(mine, 0, 0);
        self.tell(lock.l_type == F_WRLCK && lock.l_start == 10 && lock.l_len == 5 &&
                  lock.l_pid == getppid() && lock.l_whence == SEEK_SET);
        self.tell(blocker(mine, 15, 5).l_type == F_UNLCK);
        lock = blocker(mine, 18, 20);
        self.tell(lock.l_start == 20 && lock.l_len == 5);
        self.tell(set(mine, F_SETLK, F_RDLCK, 25, 10) == 0); // shared
        self.tell(blocker(mine, 25, 10, F_RDLCK).l_type == F_UNLCK);
        lock = blocker(mine, 40, 0);
        self.tell(lock.l_start == 50 && lock.l_len == 10);
        lock = blocker(mine, 70, 0);
        self.tell(lock.l_start == 90 && lock.l_len == 10);
        errno = 0;
        self.tell(set(mine, F_SETLK, F_WRLCK, 12, 1) == -1 && errno == EAGAIN);
        self.wait();
    });
    for (int i = 0; i < 8; ++i)
        CHECK(other.hear() == 1);
    CHECK(blocker(fd, 25, 1).l_pid == other.pid());
    errno = 0;
    CHECK(set(fd, F_SETLK, F_WRLCK, 30, 1) == -1 && errno == EAGAIN); // the other reads there
    return close(fd) == 0;
}

bool errors()
{
    const int fd = open_file(), in = open_file(O_RDONLY), out = open_file(O_WRONLY);
    CHECK(set(in, F_SETLK, F_WRLCK, 0, 1) == -1 && errno == EBADF);
    CHECK(set(out, F_SETLK, F_RDLCK, 0, 1) == -1 && errno == EBADF);
    CHECK(set(in, F_SETLK, F_RDLCK, 0, 1) == 0 && set(out, F_SETLK, F_WRLCK, 0, 1) == 0);
    CHECK(blocker(in, 0, 1).l_type == F_UNLCK); // F_GETLK asks for no right
    CHECK(set(fd, F_SETLK, F_WRLCK, -1, 1) == -1 && errno == EINVAL);
    CHECK(set(fd, F_SETLK, F_WRLCK, 5, -6) == -1 && errno == EINVAL);
    CHECK(set(fd, F_SETLK, 77, 0, 1) == -1 && errno == EINVAL);
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 1, 9) == -1 && errno == EINVAL);
    CHECK(set(fd, F_SETLK, F_WRLCK, INT64_MAX, INT64_MAX) == -1 && errno == EOVERFLOW);
    CHECK(set(fd, F_GETLK, F_UNLCK, 0, 1) == -1 && errno == EINVAL);
    CHECK(flock(fd, 0) == -1 && errno == EINVAL);
    CHECK(set(999, F_SETLK, F_WRLCK, 0, 1) == -1 && errno == EBADF);
    CHECK(close(in) == 0 && close(out) == 0 && close(fd) == 0);
    return true;
}

bool goes_with_close()
{
    const int fd = open_file();
    const int second = open_file();
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 10) == 0);
    Other other([](Other& self) {
        const int mine = open_file();
        self.tell(blocker(mine, 0, 10).l_type == F_WRLCK);
        self.wait();
        self.tell(blocker(mine, 0, 10).l_type == F_UNLCK);
        self.tell(set(mine, F_SETLK, F_WRLCK, 0, 0) == 0);
        self.wait();
    });
    CHECK(other.hear() == 1);
    close(second); // any descriptor of the file
    other.go();
    CHECK(other.hear() == 1 && other.hear() == 1);
    CHECK(set(fd, F_SETLK, F_WRLCK, 5, 1) == -1 && errno == EAGAIN);
    kill(other.pid(), SIGKILL);
    CHECK(set(fd, F_SETLKW, F_WRLCK, 5, 1) == 0); // and with the process
    return close(fd) == 0;
}

bool waiting()
{
    const int fd = open_file();
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
    Other other([](Other& self) {
        const int mine = open_file();
        signal(SIGUSR1, [](int) {});
        self.tell(0);
        errno = 0;
        self.tell(set(mine, F_SETLKW, F_RDLCK, 3, 4) == -1 && errno == EINTR);
        const uint64_t limit = 1000000;
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &limit,
                     nullptr);
        self.tell(set(mine, F_SETLKW, F_RDLCK, 3, 4) == -1 && errno == ETIMEDOUT);
        self.tell(set(mine, F_SETLKW, F_RDLCK, 3, 4) == 0);
        self.wait();
    });
    CHECK(other.hear() == 0 && comes_to_state(other.pid(), 1, STATE_REPLY));
    kill(other.pid(), SIGUSR1);
    CHECK(other.hear() == 1 && other.hear() == 1);
    CHECK(comes_to_state(other.pid(), 1, STATE_REPLY));
    CHECK(set(fd, F_SETLK, F_RDLCK, 0, 0) == 0); // shared now: the other may go on
    CHECK(other.hear() == 1);
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 3) == 0);
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 4) == -1 && errno == EAGAIN);
    return close(fd) == 0;
}

bool deadlock()
{
    const int fd = open_file();
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
    Other other([](Other& self) {
        const int mine = open_file();
        self.tell(set(mine, F_SETLK, F_WRLCK, 1, 1) == 0);
        self.tell(set(mine, F_SETLKW, F_WRLCK, 0, 1) == 0);
        self.wait();
    });
    CHECK(other.hear() == 1 && comes_to_state(other.pid(), 1, STATE_REPLY));
    CHECK(set(fd, F_SETLKW, F_WRLCK, 1, 1) == -1 && errno == EDEADLK);
    CHECK(set(fd, F_SETLK, F_UNLCK, 0, 1) == 0 && other.hear() == 1);
    return close(fd) == 0;
}

bool whole_files()
{
    const int fd = open_file();
    const int twin = dup(fd), stranger = open_file();
    CHECK(flock(fd, LOCK_EX) == 0 && flock(twin, LOCK_EX | LOCK_NB) == 0); // the same open file
    CHECK(flock(stranger, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    close(fd);
    CHECK(flock(stranger, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    CHECK(flock(twin, LOCK_SH) == 0 && flock(stranger, LOCK_SH | LOCK_NB) == 0);
    CHECK(flock(twin, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    close(stranger);
    CHECK(flock(twin, LOCK_EX | LOCK_NB) == 0);
    Other other([](Other& self) {
        const int mine = open_file();
        self.tell(flock(mine, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
        self.tell(flock(mine, LOCK_EX) == 0);
        self.wait();
    });
    CHECK(other.hear() == 1 && comes_to_state(other.pid(), 1, STATE_REPLY));
    CHECK(flock(twin, LOCK_UN) == 0 && other.hear() == 1);
    return close(twin) == 0;
}

bool lockf_calls()
{
    const int fd = open_file();
    CHECK(lseek(fd, 100, SEEK_SET) == 100 && lockf(fd, F_TLOCK, 10) == 0);
    CHECK(lockf(fd, F_TEST, 10) == 0);
    Other other([](Other& self) {
        const int mine = open_file();
        lseek(mine, 105, SEEK_SET);
        errno = 0;
        self.tell(lockf(mine, F_TEST, 1) == -1 && errno == EACCES);
        self.tell(lockf(mine, F_TLOCK, 1) == -1 && errno == EAGAIN);
        self.tell(lockf(mine, F_LOCK, 1) == 0);
        self.wait();
    });
    CHECK(other.hear() == 1 && other.hear() == 1 && comes_to_state(other.pid(), 1, STATE_REPLY));
    CHECK(lockf(fd, F_ULOCK, 10) == 0 && other.hear() == 1);
    return close(fd) == 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    path = argv[1];
    static const TapTest tests[] = {
        {"LOCK-0001 ranges: cut, joined, shared, from all three origins; what F_GETLK tells",
         ranges},
        {"LOCK-0002 wrong ranges, types and descriptors", errors},
        {"LOCK-0003 close() of any descriptor and death end a process' locks", goes_with_close},
        {"LOCK-0004 waiting: EINTR, ETIMEDOUT, until the range is free", waiting},
        {"LOCK-0005 waiting in a circle is EDEADLK", deadlock},
        {"LOCK-0006 flock() belongs to the open file", whole_files},
        {"LOCK-0007 lockf()", lockf_calls},
    };
    const int status = run_tests(tests);
    unlink(path);
    return status;
}
