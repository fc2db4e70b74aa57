// SPDX-License-Identifier: Apache-2.0
// select() and pselect() over ppoll().
#include "result.hpp"
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>

namespace {

// A mistake in any set is EBADF for the whole call, as POSIX wants it.
int collect(int nfds, const fd_set* sets[3], struct pollfd* fds)
{
    constexpr short events[3] = {POLLIN, POLLOUT, POLLPRI};
    int count = 0;
    for (int fd = 0; fd < nfds; ++fd) {
        short wanted = 0;
        for (int i = 0; i < 3; ++i) {
            if (sets[i] != nullptr && FD_ISSET(fd, sets[i]))
                wanted = static_cast<short>(wanted | events[i]);
        }
        if (wanted != 0)
            fds[count++] = {fd, wanted, 0};
    }
    return count;
}

int report(const struct pollfd* fds, int count, fd_set* read, fd_set* write, fd_set* except)
{
    int bits = 0;
    for (int i = 0; i < count; ++i) {
        short got = fds[i].revents;
        if ((got & POLLERR) != 0)
            got = static_cast<short>(
                got | (fds[i].events & (POLLIN | POLLOUT))); // the next call tells the error
        if (read != nullptr && (got & POLLIN) != 0) {
            FD_SET(fds[i].fd, read);
            bits++;
        }
        if (write != nullptr && (got & POLLOUT) != 0) {
            FD_SET(fds[i].fd, write);
            bits++;
        }
        if (except != nullptr && (got & POLLPRI) != 0) {
            FD_SET(fds[i].fd, except);
            bits++;
        }
    }
    return bits;
}

} // namespace

int pselect(int nfds, fd_set* read, fd_set* write, fd_set* except, const struct timespec* timeout,
            const sigset_t* mask)
{
    if (nfds < 0 || nfds > FD_SETSIZE)
        return qnx::errno_of(-EINVAL);
    struct pollfd fds[FD_SETSIZE];
    const fd_set* sets[3] = {read, write, except};
    int count = collect(nfds, sets, fds);
    int ready = ppoll(fds, static_cast<nfds_t>(count), timeout, mask);
    if (ready < 0)
        return -1;
    for (int i = 0; i < count; ++i) {
        if ((fds[i].revents & POLLNVAL) != 0)
            return qnx::errno_of(-EBADF);
    }
    fd_set* given[3] = {read, write, except};
    for (fd_set* set : given) {
        if (set != nullptr)
            FD_ZERO(set);
    }
    return report(fds, count, read, write, except);
}

int select(int nfds, fd_set* read, fd_set* write, fd_set* except, struct timeval* timeout)
{
    if (timeout == nullptr)
        return pselect(nfds, read, write, except, nullptr, nullptr);
    if (timeout->tv_sec < 0 || timeout->tv_usec < 0)
        return qnx::errno_of(-EINVAL);
    struct timespec span = {};
    span.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
    span.tv_nsec = timeout->tv_usec % 1000000 * 1000;
    return pselect(nfds, read, write, except, &span, nullptr);
}
