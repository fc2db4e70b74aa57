// SPDX-License-Identifier: Apache-2.0
// What libsocket's files share: the way to the socket manager, and errors.
#pragma once
#include <errno.h>
#include <sys/neutrino.h>
#include <sys/socket.h>

namespace socket_manager {

// A new socket's descriptor, or -1 with errno.
int open_socket(int domain, int type, int protocol);

// A socket for questions about the stack (ioctl, sysctl), closed at the end of the scope.
class QuestionSocket {
public:
    QuestionSocket();
    ~QuestionSocket();
    QuestionSocket(const QuestionSocket&) = delete;
    QuestionSocket& operator=(const QuestionSocket&) = delete;
    int fd() const { return fd_; }

private:
    int fd_;
};

template <typename T>
inline T with_errno(long result)
{
    if (result < 0) {
        errno = static_cast<int>(-result);
        return static_cast<T>(-1);
    }
    return static_cast<T>(result);
}

} // namespace socket_manager
