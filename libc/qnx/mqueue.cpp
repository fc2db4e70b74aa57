// SPDX-License-Identifier: Apache-2.0
// POSIX message queues: a descriptor of the server mqueue, which has the messages.
#include "result.hpp"

#include <abi/mqueue.h>
#include <devctl.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <stdarg.h>
#include <string.h>
#include <sys/connect.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

// The queue's file: names are below /dev/mqueue. ENOENT, ENAMETOOLONG.
int file_of(const char* name, char (&path)[PATH_MAX])
{
    while (*name == '/')
        ++name;
    const size_t length = strlen(name);
    if (length == 0)
        return -EINVAL;
    if (length > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(path, ABI_MQUEUE_PATH "/", sizeof ABI_MQUEUE_PATH);
    memcpy(path + sizeof ABI_MQUEUE_PATH, name, length + 1);
    return EOK;
}

// Without the server the calls do not exist.
int without_server(int error)
{
    struct stat stat;
    return error == ENOENT && ::stat(ABI_MQUEUE_PATH, &stat) != 0 ? ENOSYS : error;
}

mode_t after_umask(mode_t mode)
{
    const mode_t mask = umask(0);
    umask(mask);
    return mode & ~mask;
}

// Waiting ends at `until` (CLOCK_REALTIME); a limit that makes no sense only matters when there is something to wait for.
struct Limit {
    bool valid;
    uint64_t ns;
};
Limit limit_of(const struct timespec* until)
{
    if (until == nullptr)
        return {true, 0};
    return {until->tv_nsec >= 0 && until->tv_nsec < 1000000000 && until->tv_sec >= 0,
            timespec2nsec(until)};
}

void arm(const struct timespec* until, const Limit& limit)
{
    if (until != nullptr)
        TimerTimeout_r(CLOCK_REALTIME,
                       static_cast<int>(_NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY | TIMER_ABSTIME),
                       nullptr, &limit.ns, nullptr);
}

// Only what can be done at once: for a limit that is no time.
template <class Call>
auto at_once(mqd_t queue, Call&& call)
{
    const int flags = fcntl(queue, F_GETFL);
    fcntl(queue, F_SETFL, flags | O_NONBLOCK);
    auto result = call();
    const int error = errno;
    fcntl(queue, F_SETFL, flags);
    errno = error == EAGAIN && (flags & O_NONBLOCK) == 0 ? EINVAL : error;
    return result;
}

} // namespace

mqd_t mq_open(const char* name, int oflag, ...)
{
    struct abi_mqueue_open wishes = {};
    if ((oflag & O_CREAT) != 0) {
        va_list arguments;
        va_start(arguments, oflag);
        wishes.mode = after_umask(va_arg(arguments, mode_t));
        const auto* attr = va_arg(arguments, const struct mq_attr*);
        va_end(arguments);
        if (attr != nullptr && (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0))
            return qnx::errno_of(-EINVAL);
        if (attr != nullptr) {
            wishes.maxmsg = attr->mq_maxmsg;
            wishes.msgsize = attr->mq_msgsize;
        }
    }
    char path[PATH_MAX];
    if (const int error = file_of(name, path); error != EOK)
        return qnx::errno_of(error);
    const int fd = _connect_extra(path, oflag | O_CLOEXEC, _FTYPE_ANY, _IO_CONNECT_EXTRA_MQUEUE,
                                  &wishes, sizeof wishes);
    if (fd == -1)
        errno = without_server(errno);
    return fd;
}

int mq_close(mqd_t queue)
{
    return close(queue);
}

int mq_unlink(const char* name)
{
    char path[PATH_MAX];
    if (const int error = file_of(name, path); error != EOK)
        return qnx::errno_of(error == -EINVAL ? -ENOENT : error);
    const int result = unlink(path);
    if (result == -1)
        errno = without_server(errno);
    return result;
}

int mq_timedsend(mqd_t queue, const char* message, size_t length, unsigned priority,
                 const struct timespec* until)
{
    if (priority >= ABI_MQUEUE_PRIORITIES)
        return qnx::errno_of(-EINVAL);
    const Limit limit = limit_of(until);
    if (!limit.valid)
        return at_once(queue,
                       [&] { return mq_timedsend(queue, message, length, priority, nullptr); });
    struct _io_write header = {};
    header.type = _IO_WRITE;
    header.combine_len = sizeof header;
    header.nbytes = sizeof(struct abi_mqueue_priority) + length;
    header.xtype = _IO_XTYPE_MQUEUE;
    const struct abi_mqueue_priority rank = {priority, 0};
    iov_t parts[3];
    SETIOV(&parts[0], &header, sizeof header);
    SETIOV(&parts[1], &rank, sizeof rank);
    SETIOV(&parts[2], message, length);
    arm(until, limit);
    return MsgSendvs(queue, parts, 3, nullptr, 0) == -1 ? -1 : 0;
}

int mq_send(mqd_t queue, const char* message, size_t length, unsigned priority)
{
    return mq_timedsend(queue, message, length, priority, nullptr);
}

ssize_t mq_timedreceive(mqd_t queue, char* __restrict message, size_t length,
                        unsigned* __restrict priority, const struct timespec* __restrict until)
{
    const Limit limit = limit_of(until);
    if (!limit.valid)
        return at_once(queue,
                       [&] { return mq_timedreceive(queue, message, length, priority, nullptr); });
    struct _io_read header = {};
    header.type = _IO_READ;
    header.combine_len = sizeof header;
    header.nbytes = length;
    header.xtype = _IO_XTYPE_MQUEUE;
    struct abi_mqueue_priority rank = {};
    iov_t answer[2];
    SETIOV(&answer[0], &rank, sizeof rank);
    SETIOV(&answer[1], message, length);
    arm(until, limit);
    const long got = MsgSendsv(queue, &header, sizeof header, answer, 2);
    if (got != -1 && priority != nullptr)
        *priority = rank.priority;
    return got;
}

ssize_t mq_receive(mqd_t queue, char* message, size_t length, unsigned* priority)
{
    return mq_timedreceive(queue, message, length, priority, nullptr);
}

int mq_getattr(mqd_t queue, struct mq_attr* attr)
{
    struct abi_mqueue_status status = {};
    const int error =
        devctl(queue, static_cast<int>(ABI_DCMD_MQUEUE_STATUS), &status, sizeof status, nullptr);
    if (error != EOK)
        return qnx::errno_of(error == ENOTTY || error == ENOSYS ? -EBADF : -error);
    *attr = {};
    attr->mq_flags = fcntl(queue, F_GETFL) & O_NONBLOCK;
    attr->mq_maxmsg = status.maxmsg;
    attr->mq_msgsize = status.msgsize;
    attr->mq_curmsgs = status.curmsgs;
    attr->mq_sendwait = status.sendwait;
    attr->mq_recvwait = status.recvwait;
    return 0;
}

int mq_setattr(mqd_t queue, const struct mq_attr* __restrict wanted,
               struct mq_attr* __restrict before)
{
    struct mq_attr now;
    if (mq_getattr(queue, before != nullptr ? before : &now) == -1)
        return -1;
    const int flags = fcntl(queue, F_GETFL);
    return fcntl(queue, F_SETFL,
                 (flags & ~O_NONBLOCK) | (static_cast<int>(wanted->mq_flags) & O_NONBLOCK));
}

int mq_notify(mqd_t queue, const struct sigevent* event)
{
    struct abi_mqueue_notify request = {};
    static_assert(sizeof *event <= sizeof request.event);
    request.wanted = event != nullptr;
    if (event != nullptr)
        memcpy(request.event, event, sizeof *event);
    const int error =
        devctl(queue, static_cast<int>(ABI_DCMD_MQUEUE_NOTIFY), &request, sizeof request, nullptr);
    return error == EOK ? 0 : qnx::errno_of(error == ENOTTY || error == ENOSYS ? -EBADF : -error);
}
