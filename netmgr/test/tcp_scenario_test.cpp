// SPDX-License-Identifier: Apache-2.0
// TCP in one-line tables: start state, segments in and out, end state. tests/rfc/*.txt says which requirement each line shows.
#include "test/tcp_script.hpp"

namespace netmgr::host {

namespace {

class TcpScenario : public ::testing::TestWithParam<Scenario> {};

TEST_P(TcpScenario, Plays)
{
    TcpScript script;
    script.play(GetParam());
}

std::string name_of(const ::testing::TestParamInfo<Scenario>& info)
{
    return info.param.name;
}

// RFC 9293 3.10.7.1: no connection.
const Scenario closed[] = {
    {"closed_syn_is_reset", "closed", "<S 5 0 >R. 0 6", "gone"},
    {"closed_ack_is_reset_with_its_number", "closed", "<. 5 100 >R 100 0", "gone"},
    {"closed_data_is_reset", "closed", "<P. 5:10 100 >R 100 0", "gone"},
    {"closed_fin_without_ack_counts", "closed", "<F 5:10 0 >R. 0 16", "gone"},
    {"closed_rst_is_ignored", "closed", "<R 5 0 <R. 5 7", "gone"},
    {"closed_resets_are_limited", "closed",
     "!rstppslimit=2 <S 5 0 >R. 0 6 <S 5 0 >R. 0 6 <S 5 0 tcp.resets_limited=1 +1001 <S 5 0 >R. 0 "
     "6",
     "gone"},
};

// 3.10.7.2: LISTEN, and the SYN cache that stands for SYN-RECEIVED after it.
const Scenario listening[] = {
    {"listen_handshake", "listen", "<S 0 0 >S. 0 1 <. 1 1 tcp.syncache_completed=1", "established"},
    {"listen_rst_is_ignored", "listen", "<R 0 0 <R. 0 5", "listen"},
    {"listen_ack_is_reset", "listen", "<. 7 9 >R 9 0", "listen"},
    {"listen_syn_ack_is_reset", "listen", "<S. 7 9 >R 9 0", "listen"},
    {"listen_nothing_is_dropped", "listen", "<P 7:5 0 <F 7 0 tcp.listen_bad_flags=2", "listen"},
    {"listen_syn_ack_repeats", "listen", "<S 0 0 >S. 0 1 +1000 >S. 0 1 +2000 >S. 0 1 <. 1 1",
     "established"},
    {"listen_half_open_expires", "listen",
     "<S 0 0 >S. 0 1 +1000 >S. 0 1 +2000 >S. 0 1 +4000 >S. 0 1 +8000 >S. 0 1 +16001 "
     "tcp.syncache_timeouts=1",
     "listen"},
    {"listen_same_syn_same_answer", "listen", "<S 0 0 >S. 0 1 <S 0 0 >S. 0 1", "syn_received"},
    {"listen_bad_ack_is_reset", "listen", "<S 0 0 >S. 0 1 <. 1 5 >R 5 0", "syn_received"},
    {"listen_remembers_passive_open", "listen", "<S 0 0 >S. 0 1 <R 1 0 tcp.syncache_reset=1",
     "listen"},
    {"listen_blind_rst_does_nothing", "listen",
     "<S 0 0 >S. 0 1 <R 500 0 >. 1 1 tcp.bad_reset=1 <R 40000 0 tcp.bad_reset=2", "syn_received"},
    {"listen_data_with_the_last_ack", "listen", "<S 0 0 >S. 0 1 <P. 1:100 1 >. 1 101",
     "established"},
    {"listen_cookie", "listen", "!syn_cookies=2 <S 0 0 >S. 0 1 <. 1 1 tcp.cookies_accepted=1",
     "established"},
    {"listen_wrong_cookie", "listen",
     "!syn_cookies=2 <S 0 0 >S. 0 1 <. 1 9 >R 9 0 tcp.cookies_bad=1", "listen"},
    {"listen_old_cookie", "listen", "!syn_cookies=2 <S 0 0 >S. 0 1 +200000 <. 1 1 >R 1 0",
     "listen"},
    {"listen_cache_full_gives_cookies", "listen",
     "!syn_cache_limit=1 <S 0 0 >S. 0 1 <S 9 0 >S. 0 10", "syn_received"},
};

// 3.10.7.3.
const Scenario syn_sent[] = {
    {"syn_sent_connects", "syn_sent", "<S. 0 1 >. 1 1", "established"},
    {"syn_sent_refused", "syn_sent", "<R. 0 1 error 111", "gone"},
    {"syn_sent_rst_without_ack_is_ignored", "syn_sent", "<R 0 0 tcp.bad_reset=1", "syn_sent"},
    {"syn_sent_rst_with_wrong_ack_is_ignored", "syn_sent", "<R. 0 7", "syn_sent"},
    {"syn_sent_wrong_ack_is_reset", "syn_sent", "<. 0 7 >R 7 0", "syn_sent"},
    {"syn_sent_old_syn_ack_is_reset", "syn_sent", "<S. 0 0 >R 0 0", "syn_sent"},
    {"syn_sent_nothing_is_dropped", "syn_sent", "<F 0 0 <P 0:3 0", "syn_sent"},
    {"syn_sent_simultaneous_open", "syn_sent", "<S 0 0 >S. 0 1 <S. 0 1 >. 1 1", "established"},
    {"syn_sent_simultaneous_open_by_ack", "syn_sent", "<S 0 0 >S. 0 1 <. 1 1", "established"},
    {"syn_sent_simultaneous_open_reset", "syn_sent", "<S 0 0 >S. 0 1 <R. 1 1 error 111", "gone"},
    {"syn_sent_syn_repeats_doubling", "syn_sent",
     "+1000 >S 0 0 +2000 >S 0 0 +4000 >S 0 0 +8000 >S 0 0 <S. 0 1 >. 1 1", "established"},
    {"syn_sent_gives_up_after_three_minutes", "syn_sent",
     "+1000 >S 0 0 +2000 >S 0 0 +4000 >S 0 0 +8000 >S 0 0 +16000 >S 0 0 +32000 >S 0 0 +64000 >S 0 "
     "0 +50000 +4000 error 110",
     "gone"},
    {"syn_sent_close_forgets", "syn_sent", "close +5000", "gone"},
    {"syn_sent_syn_ack_fin", "syn_sent", "<SF. 0 1 >. 1 2", "close_wait"},
};

// 3.10.7.4 first: sequence numbers.
const Scenario sequence[] = {
    {"old_data_is_acknowledged_and_dropped", "established",
     "<P. 1:10 1 >. 1 11 <P. 1:10 1 >. 1 11 tcp.duplicate=1", "established"},
    {"partly_old_data_is_cut", "established", "<P. 1:10 1 >. 1 11 <P. 6:10 1 >. 1 16 read 15",
     "established"},
    {"data_behind_the_window_is_dropped", "established",
     "<P. 40000:10 1 >. 1 1 tcp.beyond_window=1", "established"},
    {"data_over_the_window_edge_is_cut", "established", "<P. 32760:20 1 >. 1 1", "established"},
    {"out_of_order_is_kept", "established", "<P. 11:10 1 >. 1 1 <P. 1:10 1 >. 1 21 read 20",
     "established"},
    {"gaps_are_filled_in_any_order", "established",
     "<P. 21:10 1 >. 1 1 <P. 11:10 1 >. 1 1 <P. 1:10 1 >. 1 31 read 30", "established"},
    {"overlaps_keep_the_first_copy", "established",
     "<P. 11:10 1 >. 1 1 <P. 5:20 1 >. 1 1 <P. 1:10 1 >. 1 25 read 24", "established"},
    {"fin_out_of_order_waits", "established", "<F. 11 1 >. 1 1 <P. 1:10 1 >. 1 12 read 10",
     "close_wait"},
    {"acks_are_aggregated_every_second", "established",
     "<. 1:1000 1 <. 1001:1000 1 >. 1 2001 <. 2001:1000 1 +39 +2 >. 1 3001", "established"},
    {"an_ack_waits_less_than_half_a_second", "established", "<P. 1:10 1 +39 +2 >. 1 11",
     "established"},
    {"an_unacceptable_ack_storm_is_limited", "established",
     "!challengeack_limit=2 <. 90000 1 >. 1 1 <. 90000 1 >. 1 1 <. 90000 1 tcp.challenge_limited=1",
     "established"},
};

// Second and fourth: RST and SYN (RFC 5961).
const Scenario attacks[] = {
    {"exact_rst_resets", "established", "<R 1 0 error 104", "gone"},
    {"rst_in_the_window_is_challenged", "established", "<R 5 0 >. 1 1 tcp.challenge_acks=1",
     "established"},
    {"rst_behind_the_window_is_dropped", "established", "<R 90000 0 tcp.bad_reset=1",
     "established"},
    {"syn_in_the_window_is_challenged", "established", "<S 5 0 >. 1 1", "established"},
    {"syn_anywhere_is_challenged", "established", "<S 900000 0 >. 1 1", "established"},
    {"syn_ack_is_challenged", "established", "<S. 0 1 >. 1 1", "established"},
    {"ack_of_the_future_is_challenged", "established", "<P. 1:10 500 >. 1 1 tcp.bad_ack=1",
     "established"},
    {"ack_of_the_far_past_is_challenged", "established", "<P. 1:10 -40000 >. 1 1 tcp.bad_ack=1",
     "established"},
    {"no_ack_flag_is_dropped", "established", "<P 1:10 0 tcp.no_ack_flag=1", "established"},
    {"rst_in_fin_wait_1", "fin_wait_1", "<R 1 0", "gone"},
    {"rst_in_fin_wait_2", "fin_wait_2", "<R 1 0", "gone"},
    {"rst_in_close_wait", "close_wait", "<R 2 0 error 104", "gone"},
    {"rst_in_closing", "closing", "<R 2 0", "gone"},
    {"rst_in_last_ack", "last_ack", "<R 2 0", "gone"},
    {"rst_with_zero_window", "established",
     "<P. 1:16384 1 >. 1 16385 <P. 16385:16848 1 >. 1 33233 w=0 <R 33233 0 error 104", "gone"},
};

// Fifth: acknowledgments and what they let out.
const Scenario sending[] = {
    {"data_goes_out_and_is_acknowledged", "established", "write 100 >P. 1:100 1 <. 1 101",
     "established"},
    {"nagle_holds_the_second_small_one", "established",
     "write 10 >P. 1:10 1 write 10 write 10 <. 1 11 >P. 11:20 1 <. 1 31", "established"},
    {"nodelay_does_not", "established", "nodelay write 10 >P. 1:10 1 write 10 >P. 11:10 1 <. 1 21",
     "established"},
    {"default_mss_is_536", "established",
     "write 2000 >. 1:536 1 >. 537:536 1 >. 1073:536 1 <. 1 1609 >P. 1609:392 1 <. 1 2001",
     "established"},
    {"timeout_doubles", "established",
     "!rto_min=1000 write 10 >P. 1:10 1 +1000 >P. 1:10 1 +2000 >P. 1:10 1 +4000 >P. 1:10 1 <. 1 11",
     "established"},
    {"three_duplicates_resend", "established",
     "write 3000 >. 1:536 1 >. 537:536 1 >. 1073:536 1 >. 1609:536 1 >. 2145:536 1 <. 1 1 <. 1 1 "
     "<. 1 1 >. 1:536 1 <. 1 2681 >P. 2681:320 1 tcp.fast_retransmits=1 <. 1 3001",
     "established"},
    {"window_limits_sending", "established",
     "<. 1 1 w=600 write 2000 >. 1:536 1 <. 1 537 w=600 >. 537:536 1 <. 1 1073 w=10000 >. 1073:536 "
     "1 <. 1 1609 >P. 1609:392 1 <. 1 2001",
     "established"},
    {"zero_window_is_probed_and_may_stay", "established",
     "!rto_min=1000 <. 1 1 w=0 write 100 +1000 >. 1:1 1 <. 1 1 w=0 +2000 >. 1:1 1 <. 1 1 w=0 +4000 "
     ">. 1:1 1 <. 1 1 w=0 +8000 >. 1:1 1 <. 1 1 w=100 >P. 1:100 1 <. 1 101",
     "established"},
    {"shrunk_window_is_survived", "established",
     "!rto_min=1000 write 1000 >. 1:536 1 <. 1 1 w=100 +1000 >. 1:536 1 <. 1 537 w=10000 >P. "
     "537:464 1 <. 1 1001",
     "established"},
    {"small_windows_are_not_filled", "established",
     "<. 1 1 w=10 write 2000 +400 tcp.sent_data=0 <. 1 1 w=10000 >. 1:536 1 >. 537:536 1 >. "
     "1073:536 1 <. 1 1609 >P. 1609:392 1 <. 1 2001",
     "established"},
    {"push_is_set_on_the_last", "established",
     "write 600 >. 1:536 1 <. 1 537 >P. 537:64 1 <. 1 601", "established"},
    {"window_counts_unsigned", "established",
     "<. 1 1 w=40000 write 2000 >. 1:536 1 >. 537:536 1 >. 1073:536 1 <. 1 1609 w=40000 >P. "
     "1609:392 1 <. 1 2001",
     "established"},
};

const Scenario receiving[] = {
    {"closed_window_reopens_in_one_step", "established",
     "<P. 1:16384 1 >. 1 16385 <P. 16385:16848 1 >. 1 33233 w=0 read 33232 >. 1 33233 w=33232",
     "established"},
    {"probe_of_a_closed_window_is_answered", "established",
     "<P. 1:16384 1 >. 1 16385 <P. 16385:16848 1 >. 1 33233 w=0 <. 33233:1 1 >. 1 33233 w=0",
     "established"},
    {"urgent_with_zero_window_is_seen", "established",
     "<P. 1:16384 1 >. 1 16385 <P. 16385:16848 1 >. 1 33233 w=0 <U. 33233 1 up=5 read 33232 >. 1 "
     "33233",
     "established"},
    {"keepalive_after_two_hours", "established",
     "keepalive +7199000 +1100 >. 0 1 <. 1 1 +7199000 +1100 >. 0 1 <. 1 1", "established"},
    {"keepalive_gives_up_after_eight", "established",
     "keepalive +7200000 >. 0 1 +75000 >. 0 1 +75000 >. 0 1 +75000 >. 0 1 +75000 >. 0 1 +75000 >. "
     "0 1 +75000 >. 0 1 +75000 >. 0 1 +74000 +1001 >R. 1 1 error 110",
     "gone"},
    {"keepalive_interval_is_configurable", "established",
     "!keepidle=20 !keepintvl=4 keepalive +10000 >. 0 1 +2000 >. 0 1 <. 1 1", "established"},
    {"keepalive_is_off_by_default", "established", "+20000000 tcp.keepalive_probes=0",
     "established"},
};

// Closing: every state and every way out of it.
const Scenario closing[] = {
    {"active_close", "established", "close >F. 1 1 <. 1 2 <F. 1 2 >. 2 2", "time_wait"},
    {"active_close_fin_and_ack_in_one", "established", "close >F. 1 1 <F. 1 2 >. 2 2", "time_wait"},
    {"simultaneous_close", "established", "close >F. 1 1 <F. 1 1 >. 2 2 <. 2 2", "time_wait"},
    {"passive_close", "established", "<F. 1 1 >. 1 2 close >F. 1 2 <. 2 2", "gone"},
    {"close_sends_what_is_left", "established",
     "write 100 >P. 1:100 1 write 50 close >FP. 101:50 1 <. 1 152", "fin_wait_2"},
    {"close_with_unread_data_resets", "established", "<P. 1:10 1 >. 1 11 close >R. 1 11", "gone"},
    {"data_after_close_resets", "fin_wait_1", "<P. 1:10 1 >R. 2 1", "gone"},
    {"data_after_close_resets_in_fin_wait_2", "fin_wait_2", "<P. 1:10 1 >R. 2 1", "gone"},
    {"abort_resets", "established", "abort >R. 1 1", "gone"},
    {"half_close_still_receives", "established",
     "shutdown >F. 1 1 <. 1 2 <P. 1:10 2 >. 2 11 read 10", "fin_wait_2"},
    {"fin_is_resent", "established",
     "!rto_min=1000 close >F. 1 1 +1000 >F. 1 1 +2000 >F. 1 1 <. 1 2", "fin_wait_2"},
    {"close_wait_ignores_data", "close_wait", "<P. 2:10 1", "close_wait"},
    {"close_wait_sends", "close_wait", "write 10 >P. 1:10 2 <. 2 11", "close_wait"},
    {"fin_again_in_close_wait", "close_wait", "<F. 1 1 >. 1 2", "close_wait"},
    {"fin_again_in_closing", "closing", "<F. 1 1 >. 2 2 <. 2 2", "time_wait"},
    {"fin_again_in_last_ack", "last_ack", "<F. 1 1 >. 2 2 <. 2 2", "gone"},
    {"time_wait_lasts_two_msl", "time_wait", "+59900 <. 2 2 +50", "time_wait"},
    {"time_wait_ends", "time_wait", "+60001", "gone"},
    {"time_wait_fin_restarts_it", "time_wait", "+59000 <F. 1 2 >. 2 2 +59000", "time_wait"},
    {"time_wait_rst_is_ignored", "time_wait", "<R 2 0 tcp.time_wait_resets_ignored=1", "time_wait"},
    {"time_wait_newer_syn_reuses", "time_wait", "<S 100000 0 >S. 0 100001 tcp.time_wait_reused=1",
     "gone"},
    {"time_wait_old_syn_is_answered", "time_wait", "<S 0 0 >. 2 2", "time_wait"},
    {"fin_wait_2_is_not_for_ever", "fin_wait_2", "+600001", "gone"},
    {"retransmission_gives_up", "established",
     "!rto_min=1000 !maxrexmt=3 write 10 >P. 1:10 1 +1000 >P. 1:10 1 +2000 >P. 1:10 1 +4000 >P. "
     "1:10 1 +8050 >R. 11 1 error 110",
     "gone"},
};

INSTANTIATE_TEST_SUITE_P(Closed, TcpScenario, ::testing::ValuesIn(closed), name_of);
INSTANTIATE_TEST_SUITE_P(Listen, TcpScenario, ::testing::ValuesIn(listening), name_of);
INSTANTIATE_TEST_SUITE_P(SynSent, TcpScenario, ::testing::ValuesIn(syn_sent), name_of);
INSTANTIATE_TEST_SUITE_P(Sequence, TcpScenario, ::testing::ValuesIn(sequence), name_of);
INSTANTIATE_TEST_SUITE_P(Attacks, TcpScenario, ::testing::ValuesIn(attacks), name_of);
INSTANTIATE_TEST_SUITE_P(Sending, TcpScenario, ::testing::ValuesIn(sending), name_of);
INSTANTIATE_TEST_SUITE_P(Receiving, TcpScenario, ::testing::ValuesIn(receiving), name_of);
INSTANTIATE_TEST_SUITE_P(Closing, TcpScenario, ::testing::ValuesIn(closing), name_of);

} // namespace

} // namespace netmgr::host
