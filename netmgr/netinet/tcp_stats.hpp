// SPDX-License-Identifier: Apache-2.0
// TCP's counters: one for everything that is dropped, and what netstat -s tells.
#pragma once
#include "kern/counters.hpp"

namespace netmgr {

struct TcpStats {
    explicit TcpStats(CounterRegistry& r);

    Counter connect_attempts, accepts, connects, drops, conn_drops, closed;
    Counter sent, sent_data, sent_bytes, sent_acks, sent_probes, sent_urgent, sent_control,
        sent_window_updates, retransmits, retransmit_bytes, fast_retransmits, limited_transmits;
    Counter received, received_in_order, received_bytes, received_acks, received_ack_bytes,
        received_dup_acks, received_out_of_order, received_window_updates, received_probes;
    // Dropped, whole or in part.
    Counter bad_checksum, bad_offset, too_short, bad_options, bad_address, duplicate,
        partly_duplicate, beyond_window, after_close, bad_ack, no_ack_flag, paws, no_timestamp,
        reass_full, no_memory, no_port, listen_bad_flags, listen_full, bad_signature, min_ttl,
        wrong_interface, syn_fin;
    // RFC 5961.
    Counter challenge_acks, challenge_limited, bad_reset, syn_in_window, resets_sent,
        resets_limited;
    Counter retransmit_timeouts, timeout_drops, persist_timeouts, persist_drops, keepalive_timeouts,
        keepalive_probes, keepalive_drops, delayed_acks, rtt_samples, pmtu_updates, black_holes;
    Counter sack_recoveries, sack_blocks_received, sack_blocks_sent, sack_bad_blocks,
        dsack_received, dsack_sent, sack_holes_full, lost_retransmits, spurious_timeouts,
        loss_probes;
    Counter ecn_connections, ecn_ce_received, ecn_reductions, ecn_echoes_sent;
    Counter fastopen_opened, fastopen_bad_cookie, fastopen_full;
    Counter syncache_added, syncache_completed, syncache_timeouts, syncache_overflow,
        syncache_reset, syncache_retransmits, syncache_unreachable, syncache_duplicate,
        cookies_sent, cookies_accepted, cookies_bad;
    Counter time_wait_reused, time_wait_resets_ignored;
};

} // namespace netmgr
