// SPDX-License-Identifier: Apache-2.0
// SCM_RIGHTS: the file is left with its server under a token, and taken from there by the receiver.
#include "rights.hpp"
#include "manager.hpp"
#include <abi/sockright.h>
#include <string.h>
#include <sys/iomsg.h>

namespace {

int pass(int coid, uint32_t action, uint64_t token, uint64_t* reply)
{
    struct _io_pass msg = {};
    msg.type = _IO_PASS;
    msg.combine_len = sizeof msg;
    msg.action = action;
    msg.token = token;
    long result = MsgSend_r(coid, &msg, sizeof msg, reply, reply != nullptr ? sizeof *reply : 0);
    return result < 0 ? static_cast<int>(-result) : 0;
}

int leave(int fd, struct sock_right& right)
{
    struct _server_info server;
    if (fd < 0 || ConnectServerInfo_r(0, fd, &server) != fd)
        return EBADF;
    right = {server.pid, server.chid, 0};
    int err = pass(fd, _IO_PASS_LEAVE, 0, &right.token);
    return err == ENOSYS ? EOPNOTSUPP : err; // a server that cannot give its files away
}

void give_up(const struct sock_right& right)
{
    int coid = ConnectAttach_r(0, right.pid, right.chid, _NTO_SIDE_CHANNEL, 0);
    if (coid < 0)
        return;
    pass(coid, _IO_PASS_GIVE_UP, right.token, nullptr);
    ConnectDetach_r(coid);
}

// The new descriptor, or -1.
int take_one(const struct sock_right& right)
{
    int fd = ConnectAttach_r(0, right.pid, right.chid, 0, 0);
    if (fd < 0)
        return -1;
    if (pass(fd, _IO_PASS_TAKE, right.token, nullptr) == 0)
        return fd;
    ConnectDetach_r(fd);
    return -1;
}

size_t count_of(const struct cmsghdr& header, size_t each)
{
    return (header.cmsg_len - CMSG_LEN(0)) / each;
}

// Walks control messages; false from fn ends it.
template <typename Fn>
bool walk(const void* data, size_t size, Fn fn)
{
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (size_t at = 0; at + sizeof(struct cmsghdr) <= size;) {
        struct cmsghdr header;
        memcpy(&header, bytes + at, sizeof header);
        if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > size - at)
            return false;
        if (!fn(header, bytes + at + CMSG_LEN(0)))
            return false;
        at += CMSG_ALIGN(header.cmsg_len);
    }
    return true;
}

bool is_rights(const struct cmsghdr& header)
{
    return header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS;
}

} // namespace

namespace rights {

bool present(const struct msghdr* msg)
{
    bool found = false;
    walk(msg->msg_control, msg->msg_control != nullptr ? msg->msg_controllen : 0,
         [&](const struct cmsghdr& header, const unsigned char*) {
             found = found || is_rights(header);
             return true;
         });
    return found;
}

size_t room_inside(size_t size)
{
    return size / sizeof(int) * sizeof(struct sock_right) + 64;
}

void give_back(const void* made, size_t size)
{
    walk(made, size, [&](const struct cmsghdr& header, const unsigned char* data) {
        for (size_t i = 0; is_rights(header) && i < count_of(header, sizeof(struct sock_right));
             ++i) {
            struct sock_right right;
            memcpy(&right, data + i * sizeof right, sizeof right);
            give_up(right);
        }
        return true;
    });
}

int put(const struct msghdr* msg, void* to, size_t room, size_t& size)
{
    auto* out = static_cast<unsigned char*>(to);
    int err = 0;
    size = 0;
    memset(out, 0, room);
    bool whole = walk(msg->msg_control, msg->msg_controllen,
                      [&](const struct cmsghdr& header, const unsigned char* data) {
                          struct cmsghdr made = header;
                          size_t bytes = header.cmsg_len - CMSG_LEN(0);
                          size_t count = is_rights(header) ? count_of(header, sizeof(int)) : 0;
                          if (is_rights(header))
                              bytes = count * sizeof(struct sock_right);
                          if (CMSG_SPACE(bytes) > room - size)
                              return err = EINVAL, false;
                          unsigned char* at = out + size + CMSG_LEN(0);
                          made.cmsg_len = static_cast<socklen_t>(CMSG_LEN(bytes));
                          if (!is_rights(header))
                              memcpy(at, data, bytes);
                          for (size_t i = 0; i < count; ++i, at += sizeof(struct sock_right)) {
                              int fd;
                              struct sock_right right;
                              memcpy(&fd, data + i * sizeof fd, sizeof fd);
                              err = leave(fd, right);
                              if (err != 0) { // those that were left already
                                  made.cmsg_len =
                                      static_cast<socklen_t>(CMSG_LEN(i * sizeof right));
                                  memcpy(out + size, &made, sizeof made);
                                  size += CMSG_SPACE(i * sizeof right);
                                  return false;
                              }
                              memcpy(at, &right, sizeof right);
                          }
                          memcpy(out + size, &made, sizeof made);
                          size += CMSG_SPACE(bytes);
                          return true;
                      });
    if (whole || err == 0)
        return whole ? 0 : EINVAL;
    give_back(out, size);
    return err;
}

void take(const void* from, size_t size, struct msghdr* msg)
{
    auto* out = static_cast<unsigned char*>(msg->msg_control);
    const size_t room = msg->msg_controllen;
    size_t used = 0;
    walk(from, size, [&](const struct cmsghdr& header, const unsigned char* data) {
        struct cmsghdr made = header;
        const bool fds = is_rights(header);
        const size_t count = fds ? count_of(header, sizeof(struct sock_right)) : 0;
        size_t fit = 0;
        if (used + CMSG_LEN(0) <= room)
            fit = (room - used - CMSG_LEN(0)) / sizeof(int);
        const size_t bytes =
            fds ? (count < fit ? count : fit) * sizeof(int) : header.cmsg_len - CMSG_LEN(0);
        if (used + CMSG_LEN(bytes) > room || (fds && fit < count))
            msg->msg_flags |= MSG_CTRUNC;
        if (!fds && used + CMSG_LEN(bytes) > room)
            return true;
        unsigned char* at = out + used + CMSG_LEN(0);
        size_t taken = 0;
        if (!fds)
            memcpy(at, data, bytes);
        for (size_t i = 0; i < count; ++i) {
            struct sock_right right;
            memcpy(&right, data + i * sizeof right, sizeof right);
            int fd = i < fit ? take_one(right) : -1;
            if (i >= fit)
                give_up(right);
            if (fd == -1)
                continue;
            memcpy(at + taken, &fd, sizeof fd);
            taken += sizeof fd;
        }
        if (fds && taken == 0)
            return true;
        made.cmsg_len = static_cast<socklen_t>(CMSG_LEN(fds ? taken : bytes));
        memcpy(out + used, &made, sizeof made);
        const size_t step = CMSG_SPACE(fds ? taken : bytes);
        used = used + step < room ? used + step : room;
        return true;
    });
    msg->msg_controllen = static_cast<socklen_t>(used);
}

} // namespace rights
