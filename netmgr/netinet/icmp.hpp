// SPDX-License-Identifier: Apache-2.0
// ICMP's counters and rate limit.
#pragma once
#include "netinet/inet.hpp"

namespace netmgr {

class Icmp {
public:
    explicit Icmp(CounterRegistry& r)
        : received(r, "icmp.received"), reflected(r, "icmp.reflected"),
          errors_sent(r, "icmp.errors_sent"), rate_limited(r, "icmp.rate_limited"),
          bad_len(r, "icmp.bad_len"), bad_checksum(r, "icmp.bad_checksum"),
          broadcast_echo(r, "icmp.broadcast_echo_ignored"), ignored(r, "icmp.ignored"),
          not_ours(r, "icmp.error_not_ours"), redirects_refused(r, "icmp.redirects_refused")
    {
    }
    bool may_send_error(int32_t limit, uint64_t now_ns);

    Counter received, reflected, errors_sent, rate_limited, bad_len, bad_checksum, broadcast_echo;
    Counter ignored;           // of a type that only raw sockets may care for
    Counter not_ours;          // errors about packets that no socket of ours can have sent
    Counter redirects_refused; // not of the gateway in use

private:
    uint64_t window_start_ns_ = 0;
    int32_t sent_in_window_ = 0;
};

// RFC 5927: what an error (of either family) quotes can have been sent by a TCP connection or a UDP socket of ours.
bool icmp_quotes_transport(Inet& inet, const IpError& what, uint8_t protocol);

void icmp_input(Inet& inet, MbufPtr m, size_t header_len);

} // namespace netmgr
