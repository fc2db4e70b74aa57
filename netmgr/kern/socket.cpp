// SPDX-License-Identifier: Apache-2.0
// Life and state of sockets: making, naming, connecting, closing, waking.
#include "kern/socket.hpp"

#include <errno.h>
#include <new>
#include <string.h>

#include <sys/sockio.h>

#include "kern/protosw.hpp"
#include "kern/stack.hpp"

namespace netmgr {

namespace {

// A name from a client, copied to a whole sockaddr_storage so that no protocol reads past its end.
int copy_name(const sockaddr* name, size_t len, sockaddr_storage& to)
{
    if (name == nullptr || len < 2 || len > sizeof(to))
        return EINVAL;
    to = {};
    memcpy(&to, name, len);
    to.ss_len = static_cast<uint8_t>(len);
    return 0;
}

void notify(Socket& so, unsigned events)
{
    if (so.upcall != nullptr)
        so.upcall(so, so.upcall_arg, events);
}

void unqueue(Socket& so)
{
    if (so.head == nullptr)
        return;
    for (Socket** link = &so.head->queue; *link != nullptr; link = &(*link)->queue_next)
        if (*link == &so) {
            *link = so.queue_next;
            so.head->queue_length--;
            break;
        }
    so.head = nullptr;
    so.queue_next = nullptr;
}

} // namespace

Socket::Socket(Stack& owner_stack, Protosw& protosw, int protocol_number)
    : stack(owner_stack), proto(protosw), protocol(protocol_number),
      id(owner_stack.next_socket_id()), rcv(owner_stack.mbufs()), snd(owner_stack.mbufs())
{
    next = stack.sockets_;
    prev_next = &stack.sockets_;
    if (next != nullptr)
        next->prev_next = &next;
    stack.sockets_ = this;
}

Socket::~Socket()
{
    *prev_next = next;
    if (next != nullptr)
        next->prev_next = prev_next;
}

int socreate(Stack& stack, int domain, int type, int protocol, const Cred& cred, Socket** out)
{
    int error = 0;
    Protosw* proto = stack.find_protosw(domain, type, protocol, error);
    if (proto == nullptr)
        return error;
    auto* so = new (std::nothrow) Socket(stack, *proto, protocol);
    if (so == nullptr)
        return ENOBUFS;
    so->owner = cred.stored();
    error = proto->attach(*so, cred);
    if (error != 0) {
        delete so;
        return error;
    }
    *out = so;
    return 0;
}

void sofree(Socket* so)
{
    unqueue(*so);
    delete so;
}

namespace {

void abort_queue(Socket& so) // connections nobody accepted
{
    while (so.queue != nullptr) {
        Socket* waiting = so.queue;
        unqueue(*waiting);
        soabort(waiting);
    }
}

} // namespace

int solinger(Socket& so)
{
    if ((so.options & SO_LINGER) == 0 || so.linger_option.l_linger == 0 || so.pcb == nullptr)
        return 0;
    return so.proto.linger(so) ? EWOULDBLOCK : 0;
}

int soclose(Socket* so)
{
    abort_queue(*so);
    so->upcall = nullptr;
    so->state |= ss_detached;
    if (so->proto.close(*so))
        sofree(so);
    return 0;
}

void soabort(Socket* so)
{
    abort_queue(*so);
    so->upcall = nullptr;
    so->state &= ~static_cast<uint32_t>(ss_detached); // freed here, not by the protocol
    if (so->pcb != nullptr)
        so->proto.abort(*so);
    sofree(so);
}

int sobind(Socket& so, const sockaddr* name, size_t len, const Cred& cred)
{
    sockaddr_storage ss;
    if (int error = copy_name(name, len, ss))
        return error;
    return so.proto.bind(so, reinterpret_cast<const sockaddr*>(&ss), cred);
}

int solisten(Socket& so, int backlog, const Cred&)
{
    if ((so.proto.flags & pr_listen) == 0)
        return EOPNOTSUPP;
    if ((so.state & (ss_connected | ss_connecting | ss_disconnecting)) != 0)
        return EINVAL;
    if (int error = so.proto.listen(so))
        return error;
    const uint32_t most = so.stack.options().somaxconn;
    so.queue_limit = backlog < 1                             ? 1
                     : static_cast<uint32_t>(backlog) > most ? most
                                                             : static_cast<uint32_t>(backlog);
    so.options |= SO_ACCEPTCONN;
    so.state |= ss_listening;
    return 0;
}

int soaccept(Socket& so, Socket** out, sockaddr_storage& peer, socklen_t& peer_len)
{
    if ((so.state & ss_listening) == 0)
        return (so.proto.flags & pr_listen) == 0 ? EOPNOTSUPP : EINVAL;
    for (Socket* waiting = so.queue; waiting != nullptr; waiting = waiting->queue_next) {
        if ((waiting->state & ss_connecting) != 0)
            continue;
        unqueue(*waiting);
        if (waiting->proto.peername(*waiting, peer, peer_len) != 0) {
            soclose(waiting); // reset while it waited
            return ECONNABORTED;
        }
        *out = waiting;
        waiting->proto.accepted(*waiting);
        return 0;
    }
    if (so.error != 0)
        return so.take_error();
    return EWOULDBLOCK;
}

int soconnect(Socket& so, const sockaddr* name, size_t len, const Cred& cred)
{
    sockaddr_storage ss;
    if ((so.state & ss_listening) != 0)
        return EOPNOTSUPP;
    if (int error = copy_name(name, len, ss))
        return error;
    if ((so.state & ss_connecting) != 0)
        return EALREADY;
    if ((so.state & ss_connected) != 0) {
        if ((so.proto.flags & pr_connrequired) != 0)
            return EISCONN;
        if (int error = so.proto.disconnect(so)) // datagrams: a new connect replaces the old
            return error;
    }
    so.error = 0;
    const auto* to = reinterpret_cast<const sockaddr*>(&ss);
    if (to->sa_family == AF_UNSPEC && (so.proto.flags & pr_connrequired) == 0)
        return 0; // only dissolves the association
    if (int error = so.proto.connect(so, to, cred))
        return error;
    return (so.state & ss_connecting) != 0 ? EINPROGRESS : 0;
}

int soconnect_result(Socket& so)
{
    if (so.error != 0)
        return so.take_error();
    if ((so.state & ss_connected) != 0)
        return 0;
    return (so.state & ss_connecting) != 0 ? EWOULDBLOCK : ENOTCONN;
}

int soshutdown(Socket& so, int how)
{
    if (how < SHUT_RD || how > SHUT_RDWR)
        return EINVAL;
    if ((so.state & (ss_connected | ss_connecting)) == 0)
        return ENOTCONN;
    if (how != SHUT_WR) {
        socantrcvmore(so);
        so.rcv.flush();
    }
    return how != SHUT_RD ? so.proto.shutdown(so) : 0;
}

int sogetsockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    return so.proto.sockname(so, name, len);
}

int sogetpeername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    if ((so.state & ss_connected) == 0)
        return ENOTCONN;
    return so.proto.peername(so, name, len);
}

int soioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred& cred)
{
    const size_t fixed = IOCPARM_LEN(cmd);
    reply = 0;
    if (data.size() < fixed)
        return EINVAL;
    if (cmd == SIOCATMARK) {
        const int at_mark = (so.state & ss_at_mark) != 0;
        memcpy(data.data(), &at_mark, sizeof(at_mark));
        reply = sizeof(at_mark);
        return 0;
    }
    if ((IOCGROUP(cmd) == 'i' || IOCGROUP(cmd) == 'r') && so.stack.interface_ioctl() != nullptr)
        return so.stack.interface_ioctl()(so.stack, cmd, data, reply, cred);
    return so.proto.ioctl(so, cmd, data, reply, cred);
}

unsigned sopoll(Socket& so, unsigned events)
{
    unsigned now = 0;
    bool connection_waits = false;
    for (Socket* w = so.queue; w != nullptr && !connection_waits; w = w->queue_next)
        connection_waits = (w->state & ss_connecting) == 0;
    const bool own = (so.proto.flags & pr_own_buffer) != 0 && so.proto.readable(so);
    const bool enough = !so.rcv.empty() &&
                        ((so.proto.flags & pr_atomic) != 0 || so.rcv.data_bytes() >= so.rcv.lowat);
    if (own || enough || connection_waits || (so.state & ss_cant_receive) != 0 || so.error != 0)
        now |= so_readable;
    const bool may_send = (so.proto.flags & pr_connrequired) == 0 || (so.state & ss_connected) != 0;
    if ((may_send && so.proto.send_space(so) >= so.snd.lowat) || (so.state & ss_cant_send) != 0 ||
        so.error != 0)
        now |= so_writable;
    if (so.oob_mark != 0 || (so.state & ss_at_mark) != 0)
        now |= so_exception;
    return now & events;
}

void sorwakeup(Socket& so)
{
    notify(so, so_readable);
}

void sowwakeup(Socket& so)
{
    notify(so, so_writable);
}

void soisconnecting(Socket& so)
{
    so.state &= ~static_cast<uint32_t>(ss_connected | ss_disconnecting);
    so.state |= ss_connecting;
}

void soisconnected(Socket& so)
{
    so.state &= ~static_cast<uint32_t>(ss_connecting | ss_disconnecting);
    so.state |= ss_connected;
    if (so.head != nullptr)
        sorwakeup(*so.head);
    else
        notify(so, so_all_events);
}

void soisdisconnecting(Socket& so)
{
    so.state &= ~static_cast<uint32_t>(ss_connecting);
    so.state |= ss_disconnecting | ss_cant_send | ss_cant_receive;
    notify(so, so_all_events);
}

void sohasoutofband(Socket& so)
{
    notify(so, so_exception);
}

void soisdisconnected(Socket& so)
{
    so.state &= ~static_cast<uint32_t>(ss_connecting | ss_connected | ss_disconnecting);
    so.state |= ss_cant_send | ss_cant_receive;
    notify(so, so_all_events);
}

void socantsendmore(Socket& so)
{
    so.state |= ss_cant_send;
    sowwakeup(so);
}

void socantrcvmore(Socket& so)
{
    so.state |= ss_cant_receive;
    sorwakeup(so);
}

void soseterror(Socket& so, int error)
{
    so.error = error;
    notify(so, so_all_events);
}

int soreserve(Socket& so, size_t send_space, size_t receive_space)
{
    if (send_space > so.stack.socket_limit() || receive_space > so.stack.socket_limit())
        return ENOBUFS;
    so.snd.hiwat = send_space;
    so.rcv.hiwat = receive_space;
    so.snd.lowat = send_space < MCLBYTES ? send_space : MCLBYTES;
    return 0;
}

Socket* sonewconn(Socket& head)
{
    if (head.queue_length >= head.queue_limit + head.queue_limit / 2 + 1)
        return nullptr;
    auto* so = new (std::nothrow) Socket(head.stack, head.proto, head.protocol);
    if (so == nullptr)
        return nullptr;
    so->options = head.options & ~static_cast<uint32_t>(SO_ACCEPTCONN);
    so->linger_option = head.linger_option;
    so->send_timeout_ns = head.send_timeout_ns;
    so->receive_timeout_ns = head.receive_timeout_ns;
    so->owner = head.owner;
    so->fib = head.fib;
    so->fib = head.fib;
    so->state = ss_connecting;
    so->snd.autosize = head.snd.autosize;
    so->rcv.autosize = head.rcv.autosize;
    so->rcv.lowat = head.rcv.lowat;
    so->nonblocking = head.nonblocking;
    if (soreserve(*so, head.snd.hiwat, head.rcv.hiwat) != 0 ||
        so->proto.attach(*so, head.owner) != 0) {
        delete so;
        return nullptr;
    }
    so->head = &head;
    Socket** link = &head.queue;
    while (*link != nullptr)
        link = &(*link)->queue_next;
    *link = so;
    head.queue_length++;
    return so;
}

} // namespace netmgr
