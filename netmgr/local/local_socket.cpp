// SPDX-License-Identifier: Apache-2.0
// Local sockets: data goes straight into the other one's receive buffer.
#include <errno.h>
#include <new>

#include "kern/control.hpp"
#include "local/local.hpp"

namespace netmgr {

namespace {

constexpr size_t stream_space = 16384;
constexpr size_t datagram_send_space = 8192;
constexpr size_t datagram_receive_space = 32768;
constexpr int sol_local = 0; // level of LOCAL_*

LocalPcb& pcb_of(Socket& so)
{
    return *static_cast<LocalPcb*>(so.pcb);
}

bool is_stream(const Socket& so)
{
    return so.proto.type == SOCK_STREAM;
}

void store_name(const LocalPcb* pcb, sockaddr_storage& name, socklen_t& len)
{
    name = {};
    name.ss_family = AF_LOCAL;
    name.ss_len = 2;
    if (pcb != nullptr && pcb->address.sun_len != 0)
        memcpy(&name, &pcb->address, pcb->address.sun_len);
    len = name.ss_len;
}

void leave(LocalPcb& pcb) // a datagram socket no longer sends to its peer
{
    if (pcb.peer == nullptr)
        return;
    for (LocalPcb** link = &pcb.peer->senders; *link != nullptr; link = &(*link)->next_sender)
        if (*link == &pcb) {
            *link = pcb.next_sender;
            break;
        }
    pcb.peer = nullptr;
    pcb.next_sender = nullptr;
    pcb.so.state &= ~static_cast<uint32_t>(ss_connected);
}

} // namespace

LocalProtosw::LocalProtosw(LocalDomain& local, int socket_type)
    : Protosw(AF_LOCAL, socket_type, 0,
              socket_type == SOCK_STREAM ? pr_connrequired | pr_wantrcvd | pr_listen | pr_rights
                                         : pr_atomic | pr_addr | pr_rights),
      domain_(local)
{
}

int LocalProtosw::attach(Socket& so, const Cred&)
{
    const bool fresh = so.snd.hiwat == 0; // a connection has its listener's sizes
    if (fresh)
        if (int error = is_stream(so) ? soreserve(so, stream_space, stream_space)
                                      : soreserve(so, datagram_send_space, datagram_receive_space))
            return error;
    so.pcb = new (std::nothrow) LocalPcb(so);
    return so.pcb != nullptr ? 0 : ENOBUFS;
}

void LocalProtosw::detach(Socket& so)
{
    LocalPcb& pcb = pcb_of(so);
    for (mbuf* record = so.rcv.first_record(); record != nullptr; record = record->m_nextpkt)
        domain_.drop_rights(record);
    if (is_stream(so))
        (void)disconnect(so);
    else
        leave(pcb);
    while (pcb.senders != nullptr) {
        LocalPcb& sender = *pcb.senders;
        leave(sender);
        soseterror(sender.so, ECONNRESET);
    }
    if (pcb.name != nullptr)
        pcb.name->pcb = nullptr; // the name stays until it is unlinked
    so.pcb = nullptr;
    delete &pcb;
}

int LocalProtosw::bind(Socket& so, const sockaddr* name, const Cred& cred)
{
    return domain_.bind(pcb_of(so), name, cred);
}

int LocalProtosw::listen(Socket& so)
{
    return pcb_of(so).name != nullptr ? 0 : EDESTADDRREQ;
}

int LocalProtosw::connect_stream(LocalPcb& from, LocalPcb& listener, const Cred& cred)
{
    if ((listener.so.state & ss_listening) == 0) {
        ++domain_.refused;
        return ECONNREFUSED;
    }
    Socket* made = sonewconn(listener.so);
    if (made == nullptr) {
        ++domain_.refused;
        return ECONNREFUSED; // too many wait already
    }
    LocalPcb& to = pcb_of(*made);
    to.peer = &from;
    from.peer = &to;
    to.address = listener.address;
    to.wants_creds = listener.wants_creds;
    to.peer_cred = cred;
    from.peer_cred = listener.so.owner;
    to.has_peer_cred = from.has_peer_cred = true;
    if (from.waits_for_accept || listener.waits_for_accept)
        soisconnecting(from.so);
    else
        soisconnected(from.so);
    soisconnected(*made);
    return 0;
}

void LocalProtosw::accepted(Socket& so)
{
    LocalPcb& pcb = pcb_of(so);
    if (pcb.peer != nullptr && (pcb.peer->so.state & ss_connecting) != 0)
        soisconnected(pcb.peer->so);
}

int LocalProtosw::connect(Socket& so, const sockaddr* name, const Cred& cred)
{
    LocalPcb& pcb = pcb_of(so);
    LocalPcb* to = nullptr;
    if (int error = domain_.open(name, so.proto.type, cred, to))
        return error;
    if (is_stream(so))
        return connect_stream(pcb, *to, cred);
    pcb.peer = to;
    pcb.next_sender = to->senders;
    to->senders = &pcb;
    soisconnected(so);
    return 0;
}

int LocalDomain::connect_pair(Socket& a, Socket& b)
{
    if (&a.proto != &b.proto || a.proto.domain != AF_LOCAL)
        return EOPNOTSUPP;
    LocalPcb& one = pcb_of(a);
    LocalPcb& two = pcb_of(b);
    if (one.peer != nullptr || two.peer != nullptr || &a == &b)
        return EISCONN;
    if (((a.state | b.state) & ss_listening) != 0)
        return EOPNOTSUPP;
    one.peer = &two;
    two.peer = &one;
    if (!is_stream(a)) {
        one.next_sender = two.senders;
        two.senders = &one;
        two.next_sender = one.senders;
        one.senders = &two;
    }
    one.peer_cred = two.peer_cred = a.owner;
    one.has_peer_cred = two.has_peer_cred = true;
    soisconnected(a);
    soisconnected(b);
    return 0;
}

// Both sides of a stream: what was sent can still be read, then comes the end.
int LocalProtosw::disconnect(Socket& so)
{
    LocalPcb& pcb = pcb_of(so);
    LocalPcb* peer = pcb.peer;
    if (peer == nullptr)
        return is_stream(so) ? ENOTCONN : 0;
    if (!is_stream(so)) {
        leave(pcb);
        return 0;
    }
    pcb.peer = nullptr;
    peer->peer = nullptr;
    if ((peer->so.state & ss_connecting) != 0 && peer->so.head == nullptr)
        soseterror(peer->so, ECONNREFUSED); // the listener went before it accepted
    soisdisconnected(so);
    soisdisconnected(peer->so);
    return 0;
}

int LocalProtosw::shutdown(Socket& so)
{
    socantsendmore(so);
    if (LocalPcb* peer = pcb_of(so).peer; peer != nullptr && is_stream(so))
        socantrcvmore(peer->so);
    return 0;
}

size_t LocalProtosw::send_space(Socket& so)
{
    const LocalPcb* peer = pcb_of(so).peer;
    return is_stream(so) && peer != nullptr ? peer->so.rcv.space() : so.snd.space();
}

void LocalProtosw::rcvd(Socket& so)
{
    if (LocalPcb* peer = pcb_of(so).peer)
        sowwakeup(peer->so);
}

// LOCAL_CREDS: who sent it. A stream's reader hears it once.
void LocalProtosw::add_creds(LocalPcb& to, MbufPtr& control, const Cred& cred)
{
    if (!to.wants_creds)
        return;
    sockcred who = {};
    who.sc_uid = who.sc_euid = cred.uid;
    who.sc_gid = who.sc_egid = cred.gid;
    control_append(domain_.stack.mbufs(), control, SOL_SOCKET, SCM_CREDS, &who, sizeof(who));
    if (is_stream(to.so))
        to.wants_creds = false;
}

int LocalProtosw::send_datagram(LocalPcb& from, LocalPcb& to, MbufPtr data, MbufPtr control)
{
    sockaddr_storage name;
    socklen_t len = 0;
    store_name(&from, name, len);
    mbuf* rights = control.get();
    MbufPtr spare(rights != nullptr ? m_copym(rights, 0, M_COPYALL, M_DONTWAIT) : nullptr);
    if (!to.so.rcv.append_address(reinterpret_cast<const sockaddr*>(&name), std::move(data),
                                  std::move(control))) {
        domain_.drop_rights(spare.get());
        to.so.overflowed++;
        ++domain_.socket_full;
        return ENOBUFS;
    }
    sorwakeup(to.so);
    return 0;
}

int LocalProtosw::send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control,
                       int send_flags, const Cred& cred)
{
    LocalPcb& pcb = pcb_of(so);
    LocalPcb* to = pcb.peer;
    if ((send_flags & MSG_OOB) != 0)
        return EOPNOTSUPP;
    if (control)
        if (int error = domain_.check_control(control.get()))
            return error;
    for (mbuf* m = control.get(); m != nullptr; m = m->m_next)
        m->m_type = MT_CONTROL;
    if (name != nullptr && is_stream(so))
        return EISCONN;
    int error = 0;
    if (name != nullptr)
        error = pcb.peer != nullptr ? EISCONN : domain_.open(name, so.proto.type, cred, to);
    else if (to == nullptr)
        error = is_stream(so) ? EPIPE : ENOTCONN;
    if (error != 0) {
        domain_.drop_rights(control.get());
        return error;
    }
    add_creds(*to, control, cred);
    if (!is_stream(so))
        return send_datagram(pcb, *to, std::move(data), std::move(control));
    if ((to->so.state & ss_cant_receive) != 0) {
        domain_.drop_rights(control.get());
        return EPIPE;
    }
    if (control) { // a record of its own: its data is never mixed with what came before
        m_cat(control.get(), data.release());
        to->so.rcv.append_control(std::move(control));
    } else {
        to->so.rcv.append_stream(std::move(data));
    }
    sorwakeup(to->so);
    return 0;
}

int LocalProtosw::sockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    store_name(&pcb_of(so), name, len);
    return 0;
}

int LocalProtosw::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    const LocalPcb* peer = pcb_of(so).peer;
    if (peer == nullptr && (so.state & ss_connected) == 0)
        return ENOTCONN;
    store_name(peer, name, len);
    return 0;
}

int LocalProtosw::setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
                         const Cred&)
{
    int v = 0;
    if (level != sol_local)
        return ENOPROTOOPT;
    if (value.size() < sizeof(v))
        return EINVAL;
    memcpy(&v, value.data(), sizeof(v));
    LocalPcb& pcb = pcb_of(so);
    switch (name) {
    case LOCAL_CREDS:
        pcb.wants_creds = v != 0;
        return 0;
    case LOCAL_CONNWAIT:
        pcb.waits_for_accept = v != 0;
        return 0;
    default:
        return ENOPROTOOPT;
    }
}

int LocalProtosw::getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size)
{
    const LocalPcb& pcb = pcb_of(so);
    if (level != sol_local)
        return ENOPROTOOPT;
    if (name == LOCAL_PEEREID) {
        const unpcbid id = {pcb.peer_cred.pid, pcb.peer_cred.uid, pcb.peer_cred.gid};
        if (!pcb.has_peer_cred)
            return ENOTCONN;
        size = sizeof(id) < value.size() ? sizeof(id) : value.size();
        memcpy(value.data(), &id, size);
        return 0;
    }
    if (name != LOCAL_CREDS && name != LOCAL_CONNWAIT)
        return ENOPROTOOPT;
    const int v = (name == LOCAL_CREDS ? pcb.wants_creds : pcb.waits_for_accept) ? 1 : 0;
    size = sizeof(v) < value.size() ? sizeof(v) : value.size();
    memcpy(value.data(), &v, size);
    return 0;
}

} // namespace netmgr
