// SPDX-License-Identifier: Apache-2.0
// TCP as sockets use it: attach, bind, listen, connect, send, shutdown, close (RFC 9293 3.10.1 - 3.10.5).
#include <errno.h>
#include <netinet/in.h>
#include <new>

#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

// The same four numbers as a connection of ours in TIME-WAIT: our clock and ISN only go up, so it may be used again (RFC 6191).
void release_time_wait(Tcp& tcp, const Inpcb& inp, const IpAddress& to, uint16_t port)
{
    if (inp.local_port == 0 || inp.local.is_any())
        return;
    const Inpcb* old = tcp.table.lookup_exact(inp.local, inp.local_port, to, port);
    Tcpcb* tp = old != nullptr ? tcpcb_of(*old) : nullptr;
    if (tp != nullptr && tp->state == TcpState::time_wait && tp->has(tf_timestamps)) {
        ++tcp.stats.time_wait_reused;
        tcp_close(*tp);
    }
}

} // namespace

Tcp::Tcp(Inet& owner)
    : Protosw(AF_INET, SOCK_STREAM, IPPROTO_TCP, pr_connrequired | pr_wantrcvd | pr_listen),
      inet(owner), stats(owner.stack.counters()), table(owner), isn(owner.stack), syncache(*this),
      congctl(&tcp_cubic)
{
}

Tcp::~Tcp() = default;

int Tcp::attach(Socket& so, const Cred&)
{
    if (so.snd.hiwat == 0 && so.rcv.hiwat == 0)
        if (int error = soreserve(so, static_cast<size_t>(settings.sendspace),
                                  static_cast<size_t>(settings.recvspace)))
            return error;
    Inpcb* inp = table.create(so);
    if (inp == nullptr)
        return ENOBUFS;
    if (tcp_new(*this, *inp) != nullptr)
        return 0;
    table.destroy(*inp);
    return ENOBUFS;
}

// The socket layer is through with it at once: no goodbye but a RST.
void Tcp::detach(Socket& so)
{
    abort(so);
}

void Tcp::abort(Socket& so)
{
    if (Tcpcb* tp = tcpcb_of(so))
        tcp_drop(*tp, ECONNABORTED);
}

int Tcp::bind(Socket& so, const sockaddr* name, const Cred& cred)
{
    if (tcpcb_of(so) == nullptr)
        return EINVAL;
    IpAddress ip;
    uint16_t port = 0;
    if (table.decode_name(inpcb_of(so), name, ip, port) == 0 &&
        (ip.is_v4() ? IN_MULTICAST(ip.ip4()) : ip.is_v6_multicast()))
        return EAFNOSUPPORT;
    return table.bind(inpcb_of(so), name, cred);
}

int Tcp::listen(Socket& so)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return EINVAL;
    if (tp->state != TcpState::closed && tp->state != TcpState::listen)
        return EINVAL;
    if (tp->inp.local_port == 0)
        if (int error = table.choose_port(tp->inp, so.owner))
            return error;
    if (Inpcb* other = table.listener_on(tp->inp); other != nullptr)
        return EADDRINUSE;
    tp->state = TcpState::listen;
    return 0;
}

int Tcp::connect(Socket& so, const sockaddr* name, const Cred& cred)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return EINVAL;
    IpAddress ip;
    uint16_t port = 0;
    if (table.decode_name(tp->inp, name, ip, port) == 0) {
        if (ip.is_v4() ? IN_MULTICAST(ip.ip4()) || inet.is_broadcast_anywhere(ip.ip4())
                       : ip.is_v6_multicast())
            return EADDRNOTAVAIL; // RFC 9293 MUST-46
        release_time_wait(*this, tp->inp, ip, port);
    }
    if (int error = table.connect(tp->inp, name, cred))
        return error;
    if (tp->inp.local == tp->inp.foreign && tp->inp.local_port == tp->inp.foreign_port &&
        table.lookup_listener(tp->inp.local, tp->inp.local_port) != nullptr) {
        table.disconnect(tp->inp);
        return EINVAL;
    }
    ++stats.connect_attempts;
    soisconnecting(so);
    tp->state = TcpState::syn_sent;
    tcp_start_sending(
        *tp, isn.make(tp->inp.local, tp->inp.local_port, tp->inp.foreign, tp->inp.foreign_port));
    tcp_arm_keepalive(*tp);
    const int error = tcp_output(*tp);
    if (error == 0)
        return 0;
    tp->state = TcpState::closed; // no route: nothing was sent
    tcp_stop_timers(*tp);
    table.disconnect(tp->inp);
    so.state &= ~static_cast<uint32_t>(ss_connecting);
    return error;
}

int Tcp::disconnect(Socket& so)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return ENOTCONN;
    tcp_drop(*tp, 0);
    return 0;
}

bool Tcp::connects_by_send(Socket& so)
{
    const Tcpcb* tp = tcpcb_of(so);
    return tp != nullptr && tp->has(tf_fast_open) && tp->state == TcpState::closed;
}

int Tcp::send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control, int send_flags,
              const Cred& cred)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return so.error != 0 ? so.take_error() : ENOTCONN;
    if (control && m_length(control.get()) != 0)
        return EINVAL; // TCP has no control messages
    const auto size = static_cast<uint32_t>(m_length(data.get()));
    so.snd.append_stream(std::move(data));
    if (name != nullptr && connects_by_send(so)) {
        const int error = connect(so, name, cred);
        if (error != 0)
            so.snd.drop(size);
        return error;
    }
    if ((send_flags & MSG_OOB) != 0 && size != 0) {
        tp->snd_up = tp->snd_una + static_cast<uint32_t>(so.snd.data_bytes());
        tp->flags |= tf_urgent; // RFC 6093 4: points behind the last byte
    }
    const int error = tcp_output(*tp);
    return error == ENOBUFS ? 0 : error;
}

int Tcp::shutdown(Socket& so)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return ENOTCONN;
    socantsendmore(so);
    if (tp->state == TcpState::syn_sent) {
        tcp_close(*tp);
        return 0;
    }
    tcp_user_closed(*tp);
    return tcp_output(*tp);
}

bool Tcp::close(Socket& so)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return true;
    const bool abort_now = (so.options & SO_LINGER) != 0 && so.linger_option.l_linger == 0;
    // RFC 9293 3.6.1: data that nobody will read any more means a RST, so that the peer learns of it.
    const bool unread = so.rcv.data_bytes() != 0 || !tp->reass.empty();
    if (!tp->synchronized() || ((abort_now || unread) && tp->state != TcpState::time_wait)) {
        so.state &= ~static_cast<uint32_t>(ss_detached); // freed by our caller, not by tcp_close
        tcp_drop(*tp, 0);
        return true;
    }
    so.rcv.flush();
    soisdisconnecting(so);
    tcp_user_closed(*tp);
    (void)tcp_output(*tp);
    return false;
}

bool Tcp::linger(Socket& so)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr || !tp->synchronized() || so.rcv.data_bytes() != 0 || !tp->reass.empty())
        return false; // close() has nothing to wait for, or resets
    if ((so.state & ss_disconnecting) == 0) {
        soisdisconnecting(so);
        tcp_user_closed(*tp);
        (void)tcp_output(*tp);
    }
    return tp->fin_wanted();
}

void Tcp::rcvd(Socket& so)
{
    if (Tcpcb* tp = tcpcb_of(so); tp != nullptr && tp->synchronized())
        (void)tcp_output(*tp); // perhaps a window update
}

// TCP_NOTSENT_LOWAT: what waits in the buffer behind the window would only be late.
size_t Tcp::send_space(Socket& so)
{
    const Tcpcb* tp = tcpcb_of(so);
    const bool enough =
        tp != nullptr && tp->tuning.unsent_lowat != 0 && tcp_unsent(*tp) >= tp->tuning.unsent_lowat;
    return enough ? 0 : so.snd.space();
}

int Tcp::rcvoob(Socket& so, MbufPtr& data, int flags)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr || (so.options & SO_OOBINLINE) != 0 || tp->oob_taken ||
        (so.oob_mark == 0 && (so.state & ss_at_mark) == 0 && !tp->oob_have))
        return EINVAL;
    if (!tp->oob_have)
        return EWOULDBLOCK; // announced, not here yet
    data = inet.stack.mbufs().copy_in(&tp->oob_byte, 1);
    if (!data)
        return ENOBUFS;
    if ((flags & MSG_PEEK) == 0) {
        tp->oob_have = false;
        tp->oob_taken = true;
    }
    return 0;
}

int Tcp::pcb_state(Socket& so)
{
    const Tcpcb* tp = tcpcb_of(so);
    return static_cast<int>(tp != nullptr ? tp->state : TcpState::closed);
}

int Tcp::sockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    if (tcpcb_of(so) == nullptr)
        return EINVAL;
    const Inpcb& inp = inpcb_of(so);
    InpcbTable::encode_name(so, inp.local, inp.local_port, name, len);
    return 0;
}

int Tcp::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    if (tcpcb_of(so) == nullptr)
        return ENOTCONN;
    const Inpcb& inp = inpcb_of(so);
    InpcbTable::encode_name(so, inp.foreign, inp.foreign_port, name, len);
    return 0;
}

} // namespace netmgr
