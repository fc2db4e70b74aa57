// SPDX-License-Identifier: Apache-2.0
// ICMP errors about our segments (RFC 9293 3.9.2.2, RFC 5927: only those that quote a sequence number in flight).
#include <errno.h>

#include "netinet/tcp.hpp"

namespace netmgr {

void Tcp::error(const IpError& what)
{
    wire::TcpHeader h = {};
    constexpr size_t quoted = 8; // ports and sequence number: all that RFC 792 promises
    if (what.payload.size() < quoted)
        return;
    memcpy(&h, what.payload.data(), quoted);
    const SeqNum seq(h.seq);
    Inpcb* inp =
        table.lookup_exact(what.source, h.source_port, what.destination, h.destination_port);
    if (inp == nullptr) {
        if (what.error != EMSGSIZE)
            syncache.unreachable(what.destination, h.destination_port, what.source, h.source_port,
                                 seq);
        return;
    }
    Tcpcb* tp = tcpcb_of(*inp);
    if (tp == nullptr || seq < tp->snd_una || seq >= tp->snd_max)
        return;
    if (what.error == EMSGSIZE) {
        tcp_path_mtu_changed(*tp, what.next_mtu);
        return;
    }
    // RFC 9293 3.9.2.2: hard errors end a connection that is only being opened; later they are hints, like all others.
    if (what.hard && tp->tcp.settings.icmp_may_rst != 0 && tp->state == TcpState::syn_sent) {
        tcp_drop(*tp, what.error);
        return;
    }
    tp->soft_error = what.error;
}

} // namespace netmgr
