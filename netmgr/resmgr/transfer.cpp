// SPDX-License-Identifier: Apache-2.0
// read(), write() and their socket forms: data moves once, between client memory and mbuf clusters.
#include <abi/sockmsg.h>
#include <algorithm>
#include <errno.h>
#include <fcntl.h>
#include <sys/iomsg.h>

#include "kern/protosw.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

namespace {

constexpr size_t header_room = 64; // in front of sent data: link, network and transport headers
constexpr size_t stream_piece =
    64 * 1024; // of a stream write, at most, before the protocol gets it
constexpr unsigned iov_parts = 64;

// Describes the data of a chain from `m` on, at most `parts` parts; `m` is moved on.
unsigned fill_iov(iov_t* iov, mbuf*& m, size_t& bytes, unsigned parts = iov_parts)
{
    unsigned n = 0;
    bytes = 0;
    for (; m != nullptr && n < parts; m = m->m_next) {
        if (m->m_len <= 0)
            continue;
        SETIOV(&iov[n], m->m_data, m->m_len); // the macro evaluates its argument twice
        n++;
        bytes += static_cast<size_t>(m->m_len);
    }
    return n;
}

void copy_from_buffer(const char* from, mbuf* m)
{
    for (; m != nullptr; m = m->m_next) {
        memcpy(m->m_data, from, static_cast<size_t>(m->m_len));
        from += m->m_len;
    }
}

// Where the data begins in the reply.
size_t data_offset(const ReceiveState& receive)
{
    return receive.message_form ? sizeof(sock_msg_reply) + receive.name_room + receive.control_room
                                : 0;
}

size_t chain_bytes(const mbuf* m)
{
    size_t n = 0;
    for (; m != nullptr; m = m->m_next)
        n += static_cast<size_t>(m->m_len);
    return n;
}

} // namespace

// `size` bytes of the client's message from `offset` on, into a new packet.
int Server::copy_in(const Request& request, size_t offset, size_t size, MbufPtr& data)
{
    data = stack_->mbufs().get_data(size, header_room);
    if (!data)
        return ENOBUFS;
    if (offset + size <= request.have()) {
        copy_from_buffer(request.buffer() + offset, data.get());
        return 0;
    }
    mbuf* m = data.get();
    while (m != nullptr) {
        iov_t iov[iov_parts];
        size_t bytes;
        unsigned parts = fill_iov(iov, m, bytes);
        if (parts == 0)
            break;
        ssize_t n = MsgReadv_r(request.rcvid(), iov, parts, offset);
        if (n != static_cast<ssize_t>(bytes)) {
            data.reset();
            return EFAULT;
        }
        offset += bytes;
        counts_.fetched += bytes;
    }
    return 0;
}

// Sends what fits. 0: all is sent and the client answered. EWOULDBLOCK: send.done says how far it came.
int Server::try_send(const Request& request, SocketFile& file, SendState& send)
{
    Socket& so = *file.so;
    // Who changes routes is asked for the ability; asking costs too much for every packet of the others.
    const Cred cred = so.proto.domain == AF_ROUTE ? cred_of(request.scoid()) : so.owner;
    const auto* name = send.name_len != 0 ? reinterpret_cast<const sockaddr*>(&send.name) : nullptr;
    do {
        size_t room = 0;
        if (int err = sosend_room(so, send.size - send.done, name != nullptr, room))
            return err;
        MbufPtr control;
        if (send.control_len != 0 && send.done == 0) { // descriptors go with the first piece
            if (int err = copy_in(request, send.control_offset, send.control_len, control))
                return err;
            if (so.proto.domain == AF_LOCAL && closes_ring(control.get()))
                __atomic_store_n(&rings_suspected_, true, __ATOMIC_RELEASE);
        }
        MbufPtr data;
        size_t piece = send.done + room == send.size ? room : std::min(room, stream_piece);
        if (int err = copy_in(request, send.data_offset + send.done, piece, data))
            return err;
        if (int err = sosend(so, name, send.name_len, data, control, send.flags, cred))
            return err;
        send.done += piece;
    } while (send.done < send.size);
    request.reply(static_cast<long>(send.done));
    return 0;
}

int Server::handle_write(Request& request, SocketFile& file)
{
    _io_write write;
    if (!request.get(write))
        return EINVAL;
    SendState send;
    size_t at = sizeof write;
    if ((write.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_TCPIP_MSG) {
        sock_msg msg;
        if (!request.get(msg, at))
            return EINVAL;
        at += sizeof msg;
        size_t left = request.total() - at;
        if (msg.name_len > left || msg.control_len > left - msg.name_len)
            return EINVAL;
        if (msg.name_len > sizeof send.name || msg.control_len > MCLBYTES)
            return EINVAL;
        if (int err = request.read(&send.name, msg.name_len, at))
            return err;
        send.name_len = msg.name_len;
        send.flags = static_cast<int>(msg.flags);
        at += msg.name_len;
        send.control_offset = at;
        send.control_len = msg.control_len;
        at += msg.control_len;
    } else if ((write.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return EINVAL;
    }
    if (write.nbytes > request.total() - at)
        return EINVAL;
    send.data_offset = at;
    send.size = write.nbytes;
    int err = try_send(request, file, send);
    if (err == EWOULDBLOCK)
        err = park_or_fail(request, file, ParkedKind::send, &send, nullptr, send.flags);
    return err;
}

int Server::handle_read(Request& request, SocketFile& file)
{
    _io_read read;
    if (!request.get(read))
        return EINVAL;
    ReceiveState receive;
    size_t fixed = 0;
    if ((read.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_TCPIP_MSG) {
        sock_msg msg;
        if (!request.get(msg, sizeof read))
            return EINVAL;
        receive.message_form = true;
        receive.flags = static_cast<int>(msg.flags);
        receive.name_room = msg.name_len;
        receive.control_room = msg.control_len;
        fixed = sizeof(sock_msg_reply) + size_t(msg.name_len) + msg.control_len;
    } else if ((read.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return EINVAL;
    }
    if (fixed > request.room() || read.nbytes > request.room() - fixed)
        return EINVAL;
    receive.size = read.nbytes;
    if (file.so->nonblocking || (file.ioflag & O_NONBLOCK) != 0 ||
        (receive.flags & MSG_DONTWAIT) != 0)
        receive.flags = (receive.flags & ~MSG_WAITALL) | MSG_DONTWAIT;
    int err = try_receive(request, file, receive);
    if (err == EWOULDBLOCK)
        err = park_or_fail(request, file, ParkedKind::receive, nullptr, &receive, receive.flags);
    return err;
}

// MSG_WAITALL of more than the buffer holds goes to the client piece by piece.
int Server::try_receive(const Request& request, SocketFile& file, ReceiveState& receive)
{
    const bool stream = (file.so->proto.flags & pr_atomic) == 0;
    const bool all = stream && (receive.flags & (MSG_WAITALL | MSG_PEEK | MSG_OOB)) == MSG_WAITALL;
    for (;;) {
        Received got;
        if (int err = soreceive(*file.so, receive.size - receive.done, receive.flags, got))
            return err;
        // Descriptors nobody asked for, or without room, would stay on their way for ever.
        const bool rights = (file.so->proto.flags & pr_rights) != 0 && got.control;
        if (rights &&
            (!receive.message_form || chain_bytes(got.control.get()) > receive.control_room))
            stack_->local()->drop_rights(got.control.get());
        const size_t bytes = chain_bytes(got.data.get());
        if (!all || bytes == 0 || receive.done + bytes == receive.size || got.control) {
            reply_data(request, receive, got);
            return 0;
        }
        if (!write_data(request, data_offset(receive) + receive.done, got.data.get()))
            return EFAULT;
        receive.done += bytes;
    }
}

bool Server::write_data(const Request& request, size_t offset, mbuf* m)
{
    while (m != nullptr) {
        size_t bytes;
        const unsigned parts = fill_reply(m, bytes);
        if (parts != 0 && MsgWritev_r(request.rcvid(), reply_iov_, parts, offset) < 0)
            return false;
        offset += bytes;
    }
    return true;
}

// The parts of one kernel operation that answers.
unsigned Server::fill_reply(mbuf*& m, size_t& bytes)
{
    const unsigned parts = fill_iov(reply_iov_, m, bytes, options_.reply_parts);
    counts_.reply_operations += parts != 0;
    return parts;
}

// Plain form: data. Message form: sock_msg_reply, name area, control area, data, at offsets fixed by the request.
void Server::reply_data(const Request& request, const ReceiveState& receive, Received& got)
{
    const size_t offset = data_offset(receive) + receive.done;
    const auto status = static_cast<long>(receive.done + chain_bytes(got.data.get()));
    if (receive.message_form) {
        sock_msg_reply head = {};
        size_t control = chain_bytes(got.control.get());
        head.flags = static_cast<uint32_t>(got.flags);
        if (control > receive.control_room) {
            head.flags |= MSG_CTRUNC;
            control = 0;
        }
        size_t name = std::min(receive.name_room, size_t(got.name_len));
        head.name_len = static_cast<uint32_t>(name);
        head.control_len = static_cast<uint32_t>(control);
        head.data_len = static_cast<uint32_t>(status);
        iov_t iov[2 + iov_parts];
        SETIOV(&iov[0], &head, sizeof head);
        SETIOV(&iov[1], &got.name, name);
        if (MsgWritev_r(request.rcvid(), iov, 2, 0) < 0)
            return request.error(EFAULT);
        if (control != 0) {
            mbuf* m = got.control.get();
            size_t bytes;
            unsigned parts = fill_iov(iov, m, bytes);
            if (MsgWritev_r(request.rcvid(), iov, parts, sizeof head + receive.name_room) < 0)
                return request.error(EFAULT);
        }
    }
    mbuf* m = got.data.get();
    size_t first = 0;
    if (offset == 0) { // perhaps everything fits in one reply
        size_t bytes;
        const unsigned parts = fill_reply(m, bytes);
        if (m == nullptr) {
            int err = MsgReplyv_r(request.rcvid(), status, reply_iov_, parts);
            if (err < 0 && err != -ESRCH)
                request.error(EFAULT);
            return;
        }
        if (MsgWritev_r(request.rcvid(), reply_iov_, parts, 0) < 0)
            return request.error(EFAULT);
        first = bytes;
    }
    if (!write_data(request, offset + first, m))
        return request.error(EFAULT);
    request.reply(status);
}

// The request came over the connection that becomes the new descriptor.
int Server::try_accept(const Request& request, SocketFile& listener)
{
    Socket* so;
    sockaddr_storage peer = {};
    socklen_t peer_len = 0;
    if (int err = soaccept(*listener.so, &so, peer, peer_len))
        return err;
    Request copy = request;
    if (int err = bind_fd(copy, so, O_RDWR + 1))
        return err;
    request.reply(0, &peer, peer_len);
    return 0;
}

} // namespace netmgr
