// SPDX-License-Identifier: Apache-2.0
// The variables behind sysctl net.inet.tcp.*. Times are in units of slowhz (half seconds) where NetBSD's are, else as named.
#pragma once
#include <stdint.h>

namespace netmgr {

struct TcpSettings {
    int32_t sendspace = 32768;
    int32_t recvspace = 32768;
    int32_t mssdflt = 536; // assumed of a peer that names none (RFC 9293 MUST-15)
    int32_t minmss = 216;  // smaller ones are raised: a defence against floods of tiny segments
    int32_t mss_ifmtu = 0; // offer an MSS by the outgoing interface, not by the largest
    int32_t rfc1323 = 1;   // timestamps and window scaling
    int32_t win_scale = 1;
    int32_t timestamps = 1;
    int32_t sack_enable = 1;
    int32_t sack_maxholes = 128;
    int32_t sack_globalmaxholes = 1024;
    int32_t sack_globalholes = 0;
    int32_t keepidle = 14400;
    int32_t keepintvl = 150;
    int32_t keepcnt = 8;
    int32_t keepinit = 360; // 180 s: RFC 9293 MUST-23
    int32_t slowhz = 2;
    int32_t do_loopback_cksum = 0;
    int32_t delack_ms = 40;
    int32_t ack_on_push = 0;
    int32_t init_win = 10; // segments (RFC 6928)
    int32_t cwm = 0;       // restart from the initial window after an idle time (RFC 5681 4.1)
    int32_t msl = 60;      // 30 s
    int32_t rto_min_ms = 200;
    int32_t rto_max_ms = 64000;
    int32_t maxrexmt = 12; // R2
    int32_t syn_cache_limit = 10255;
    int32_t syn_bucket_limit = 105;
    int32_t syn_cookies = 1;    // 0 never, 1 when the cache is full, 2 always
    int32_t ecn_enable = 0;     // 0 no, 1 ask and accept, 2 accept only
    int32_t ecn_maxretries = 1; // repeated SYNs that still ask
    // RFC 793's own answers instead of RFC 5961's: any RST or SYN in the window ends the connection.
    int32_t insecure_rst = 0;
    int32_t insecure_syn = 0;
    int32_t icmp_may_rst = 1;        // hard ICMP errors end a connection that is being opened
    int32_t drop_synfin = 0;         // segments with SYN and FIN are dropped unseen
    int32_t blackhole = 0;           // to closed ports: 1 no RST for a SYN, 2 none at all
    int32_t rexmit_initial = 1000;   // ms, before there is a round-trip time (RFC 6298 2.1)
    int32_t rexmit_slop = 0;         // ms, added to every timeout but the first
    int32_t rexmit_drop_options = 0; // the third repeated SYN has no options but the MSS
    int32_t log_refused = 0;
    int32_t rstppslimit = 10000; // RSTs a second to closed ports; 0 none, -1 no limit
    int32_t ackdrop_limit = 10;  // challenge ACKs of a connection in 5 s (RFC 5961 7)
    int32_t mtudisc_blackhole = 1;
    int32_t recvbuf_auto = 1;
    int32_t recvbuf_inc = 16384;
    int32_t recvbuf_max = 262144;
    int32_t sendbuf_auto = 1;
    int32_t sendbuf_inc = 8192;
    int32_t sendbuf_max = 262144;
    int32_t abc_enable = 1; // appropriate byte counting (RFC 3465)
    int32_t limited_transmit = 1;
    int32_t prr = 1;             // proportional rate reduction (RFC 6937)
    int32_t frto = 1;            // find needless timeouts without timestamps (RFC 5682)
    int32_t fastopen_client = 1; // TCP_FASTOPEN means something
    int32_t fastopen_server = 1;
    int32_t fastopen_acceptany = 0;  // a cookie need not be ours
    int32_t tolerate_missing_ts = 0; // take segments without the timestamps that were agreed on
    int32_t rst_on_sock_fail = 0; // a connection that nobody can accept is reset, not left waiting
};

} // namespace netmgr
