// SPDX-License-Identifier: Apache-2.0
// TCP Fast Open's server half (RFC 7413 4.2): cookies given out, and connections that begin with the data of a SYN.
//
//   SYN, empty cookie  -> SYN-ACK with a cookie              SYN, wrong cookie -> the same, its data is not acknowledged
//   SYN, right cookie  -> a connection in SYN-RECEIVED that accept() gives out; its data is acknowledged. The entry stays here and
//                         repeats the SYN-ACK until the first ACK (snd_una is behind the SYN, as of every connection of the cache).
#include <string.h>

#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"
#include "netinet/tcp_syncache.hpp"

namespace netmgr {

// Of addresses only: the client may come from any port. As long as io-pkt runs.
void TcpSyncache::fast_open_cookie(const Entry& e, uint8_t* cookie) const
{
    constexpr uint64_t purpose = 0x46617374; // not a bucket's hash, not a SYN cookie's
    const uint64_t h = tcp_.isn.hash(salt_, tcp_.isn.pair(e.peer, e.local), purpose);
    memcpy(cookie, &h, fast_open_cookie_len);
}

unsigned TcpSyncache::fast_opened(const Inpcb& listener) const
{
    unsigned n = 0;
    for (const Entry* e = oldest_; e != nullptr; e = e->newer)
        n += e->listener == &listener && e->opened;
    return n;
}

// Decides what the SYN-ACK says; with a right cookie there is a connection afterwards.
void TcpSyncache::fast_open(Inpcb& listener, Entry& e, TcpSegment& s)
{
    const Tcpcb* of_listener = tcpcb_of(listener);
    if (tcp_.settings.fastopen_server == 0 || !s.options.has_fastopen || of_listener == nullptr ||
        !of_listener->has(tf_fast_open) || of_listener->has(tf_no_options | tf_signature))
        return;
    uint8_t cookie[fast_open_cookie_len];
    fast_open_cookie(e, cookie);
    const bool right = s.options.cookie_len == sizeof(cookie) &&
                       memcmp(s.options.cookie, cookie, sizeof(cookie)) == 0;
    if (!right && (s.options.cookie_len == 0 || tcp_.settings.fastopen_acceptany == 0)) {
        e.gives_cookie = true;
        if (s.options.cookie_len != 0)
            ++tcp_.stats.fastopen_bad_cookie;
        return;
    }
    if (fast_opened(listener) >= of_listener->tuning.fast_open_limit ||
        s.len >= listener.so.rcv.hiwat) {
        ++tcp_.stats.fastopen_full; // RFC 7413 5.1: the ordinary handshake
        return;
    }
    e.opened = true;
    Tcpcb* tp = establish(listener, e);
    e.opened = tp != nullptr;
    if (tp == nullptr)
        return;
    ++tcp_.stats.fastopen_opened;
    tp->fast_opened = true;
    tcp_start_congctl(*tp);
    e.early = s.len;
    if (s.len != 0) {
        tp->rcv_nxt += s.len;
        tp->rcv_up = tp->last_ack_sent = tp->rcv_nxt;
        tcp_.stats.received_bytes += s.len;
        tp->traffic.bytes_received += s.len;
        tp->so().rcv.append_stream(std::move(s.data));
    }
    tcp_arm_keepalive(*tp); // it ends when no ACK ever comes
    soisconnected(tp->so());
}

TcpSyncache::Entry* TcpSyncache::find(const Tcpcb& tp)
{
    TcpSegment s;
    s.source = tp.inp.foreign;
    s.source_port = tp.inp.foreign_port;
    s.destination = tp.inp.local;
    s.destination_port = tp.inp.local_port;
    Entry* e = find(s);
    return e != nullptr && e->opened && e->iss == tp.iss ? e : nullptr;
}

void TcpSyncache::fast_open_again(const Tcpcb& tp)
{
    ++tcp_.stats.syncache_duplicate;
    if (Entry* e = find(tp))
        answer(*e, true);
}

void TcpSyncache::fast_open_over(Tcpcb& tp)
{
    tp.fast_opened = false;
    Entry* e = find(tp);
    if (e == nullptr)
        return;
    if (e->tries == 0 && tp.state == TcpState::established)
        tcp_rtt_sample(tp, tcp_.now_ns() - e->made_ns);
    erase(*e);
}

} // namespace netmgr
