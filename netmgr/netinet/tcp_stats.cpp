// SPDX-License-Identifier: Apache-2.0
// The names of TCP's counters.
#include "netinet/tcp_stats.hpp"

namespace netmgr {

TcpStats::TcpStats(CounterRegistry& r)
    : connect_attempts(r, "tcp.connect_attempts"), accepts(r, "tcp.accepts"),
      connects(r, "tcp.connects"), drops(r, "tcp.drops"), conn_drops(r, "tcp.conn_drops"),
      closed(r, "tcp.closed"), sent(r, "tcp.sent"), sent_data(r, "tcp.sent_data"),
      sent_bytes(r, "tcp.sent_bytes"), sent_acks(r, "tcp.sent_acks"),
      sent_probes(r, "tcp.sent_probes"), sent_urgent(r, "tcp.sent_urgent"),
      sent_control(r, "tcp.sent_control"), sent_window_updates(r, "tcp.sent_window_updates"),
      retransmits(r, "tcp.retransmits"), retransmit_bytes(r, "tcp.retransmit_bytes"),
      fast_retransmits(r, "tcp.fast_retransmits"), limited_transmits(r, "tcp.limited_transmits"),
      received(r, "tcp.received"), received_in_order(r, "tcp.received_in_order"),
      received_bytes(r, "tcp.received_bytes"), received_acks(r, "tcp.received_acks"),
      received_ack_bytes(r, "tcp.received_ack_bytes"),
      received_dup_acks(r, "tcp.received_dup_acks"),
      received_out_of_order(r, "tcp.received_out_of_order"),
      received_window_updates(r, "tcp.received_window_updates"),
      received_probes(r, "tcp.received_probes"), bad_checksum(r, "tcp.bad_checksum"),
      bad_offset(r, "tcp.bad_offset"), too_short(r, "tcp.too_short"),
      bad_options(r, "tcp.bad_options"), bad_address(r, "tcp.bad_address"),
      duplicate(r, "tcp.duplicate"), partly_duplicate(r, "tcp.partly_duplicate"),
      beyond_window(r, "tcp.beyond_window"), after_close(r, "tcp.after_close"),
      bad_ack(r, "tcp.bad_ack"), no_ack_flag(r, "tcp.no_ack_flag"), paws(r, "tcp.paws"),
      no_timestamp(r, "tcp.no_timestamp"), reass_full(r, "tcp.reass_full"),
      no_memory(r, "tcp.no_memory"), no_port(r, "tcp.no_port"),
      listen_bad_flags(r, "tcp.listen_bad_flags"), listen_full(r, "tcp.listen_full"),
      bad_signature(r, "tcp.bad_signature"), min_ttl(r, "tcp.min_ttl"),
      wrong_interface(r, "tcp.wrong_interface"), syn_fin(r, "tcp.syn_fin"),
      challenge_acks(r, "tcp.challenge_acks"), challenge_limited(r, "tcp.challenge_limited"),
      bad_reset(r, "tcp.bad_reset"), syn_in_window(r, "tcp.syn_in_window"),
      resets_sent(r, "tcp.resets_sent"), resets_limited(r, "tcp.resets_limited"),
      retransmit_timeouts(r, "tcp.retransmit_timeouts"), timeout_drops(r, "tcp.timeout_drops"),
      persist_timeouts(r, "tcp.persist_timeouts"), persist_drops(r, "tcp.persist_drops"),
      keepalive_timeouts(r, "tcp.keepalive_timeouts"), keepalive_probes(r, "tcp.keepalive_probes"),
      keepalive_drops(r, "tcp.keepalive_drops"), delayed_acks(r, "tcp.delayed_acks"),
      rtt_samples(r, "tcp.rtt_samples"), pmtu_updates(r, "tcp.pmtu_updates"),
      black_holes(r, "tcp.black_holes"), sack_recoveries(r, "tcp.sack_recoveries"),
      sack_blocks_received(r, "tcp.sack_blocks_received"),
      sack_blocks_sent(r, "tcp.sack_blocks_sent"), sack_bad_blocks(r, "tcp.sack_bad_blocks"),
      dsack_received(r, "tcp.dsack_received"), dsack_sent(r, "tcp.dsack_sent"),
      sack_holes_full(r, "tcp.sack_holes_full"), lost_retransmits(r, "tcp.lost_retransmits"),
      spurious_timeouts(r, "tcp.spurious_timeouts"), loss_probes(r, "tcp.loss_probes"),
      ecn_connections(r, "tcp.ecn_connections"), ecn_ce_received(r, "tcp.ecn_ce_received"),
      ecn_reductions(r, "tcp.ecn_reductions"), ecn_echoes_sent(r, "tcp.ecn_echoes_sent"),
      fastopen_opened(r, "tcp.fastopen_opened"), fastopen_bad_cookie(r, "tcp.fastopen_bad_cookie"),
      fastopen_full(r, "tcp.fastopen_full"), syncache_added(r, "tcp.syncache_added"),
      syncache_completed(r, "tcp.syncache_completed"),
      syncache_timeouts(r, "tcp.syncache_timeouts"), syncache_overflow(r, "tcp.syncache_overflow"),
      syncache_reset(r, "tcp.syncache_reset"), syncache_retransmits(r, "tcp.syncache_retransmits"),
      syncache_unreachable(r, "tcp.syncache_unreachable"),
      syncache_duplicate(r, "tcp.syncache_duplicate"), cookies_sent(r, "tcp.cookies_sent"),
      cookies_accepted(r, "tcp.cookies_accepted"), cookies_bad(r, "tcp.cookies_bad"),
      time_wait_reused(r, "tcp.time_wait_reused"),
      time_wait_resets_ignored(r, "tcp.time_wait_resets_ignored")
{
}

} // namespace netmgr
