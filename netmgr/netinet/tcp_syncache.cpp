// SPDX-License-Identifier: Apache-2.0
// The SYN cache: a SYN is remembered in an entry, answered, and becomes a socket only when the peer's ACK comes.
#include "netinet/tcp_syncache.hpp"

#include <errno.h>
#include <new>

#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

constexpr uint8_t max_tries = 4; // SYN-ACKs sent again: 1, 2, 4, 8 s, gone after 16 more
constexpr uint64_t first_timeout_ns = ns_per_s;
constexpr uint64_t cookie_life_ns = 180 * ns_per_s;
constexpr uint16_t cookie_mss[4] = {216, 536, 1300, 1460}; // what fits into two bits

// A SYN-ACK's window, which is never scaled.
uint16_t offered_window(const Inpcb& listener)
{
    const size_t space = listener.so.rcv.hiwat;
    return static_cast<uint16_t>(space > wire::tcp_window_max ? wire::tcp_window_max : space);
}

} // namespace

TcpSyncache::TcpSyncache(Tcp& tcp) : tcp_(tcp)
{
    tcp.inet.stack.platform().random_bytes(&salt_, sizeof(salt_));
}

TcpSyncache::~TcpSyncache()
{
    while (oldest_ != nullptr)
        erase(*oldest_);
}

TcpSyncache::Entry*& TcpSyncache::bucket(const IpAddress& peer, uint16_t peer_port,
                                         const IpAddress& local, uint16_t local_port)
{
    const uint64_t h = tcp_.isn.hash(salt_, tcp_.isn.pair(peer, local),
                                     static_cast<uint64_t>(peer_port) << 16 | local_port);
    return buckets_[h % bucket_count];
}

TcpSyncache::Entry* TcpSyncache::find(const TcpSegment& s)
{
    for (Entry* e = bucket(s.source, s.source_port, s.destination, s.destination_port);
         e != nullptr; e = e->next)
        if (e->peer == s.source && e->peer_port == s.source_port && e->local == s.destination &&
            e->local_port == s.destination_port)
            return e;
    return nullptr;
}

void TcpSyncache::erase(Entry& e)
{
    Entry** link = &bucket(e.peer, e.peer_port, e.local, e.local_port);
    while (*link != &e)
        link = &(*link)->next;
    *link = e.next;
    (e.newer != nullptr ? e.newer->older : newest_) = e.older;
    (e.older != nullptr ? e.older->newer : oldest_) = e.newer;
    tcp_.inet.stack.callouts().stop(e.timer);
    count_--;
    delete &e;
}

void TcpSyncache::forget(const Inpcb& listener)
{
    for (Entry* e = oldest_; e != nullptr;) {
        Entry* after = e->newer;
        if (e->listener == &listener)
            erase(*e);
        e = after;
    }
}

// Over a limit, cookies take over when they are on; else the oldest goes.
bool TcpSyncache::make_room(Entry* chain)
{
    const TcpSettings& set = tcp_.settings;
    int32_t in_bucket = 0;
    for (const Entry* e = chain; e != nullptr; e = e->next)
        in_bucket++;
    const bool full = count_ >= static_cast<uint32_t>(set.syn_cache_limit);
    if (!full && in_bucket < set.syn_bucket_limit)
        return true;
    ++tcp_.stats.syncache_overflow;
    if (set.syn_cookies != 0)
        return false;
    Entry* victim = oldest_;
    if (!full)
        for (Entry* e = chain; e != nullptr; e = e->next)
            victim = e; // chains grow at the head
    if (victim != nullptr)
        erase(*victim);
    return victim != nullptr;
}

TcpSyncache::Entry* TcpSyncache::make(Inpcb& listener, const TcpSegment& s)
{
    Entry*& chain = bucket(s.source, s.source_port, s.destination, s.destination_port);
    if (tcp_.settings.syn_cookies == 2 || !make_room(chain))
        return nullptr;
    auto* e = new (std::nothrow) Entry{};
    if (e == nullptr)
        return nullptr;
    e->listener = &listener;
    e->peer = s.source;
    e->peer_port = s.source_port;
    e->local = s.destination;
    e->local_port = s.destination_port;
    e->owner = this;
    e->made_ns = tcp_.now_ns();
    e->next = chain;
    chain = e;
    e->older = newest_;
    (newest_ != nullptr ? newest_->newer : oldest_) = e;
    newest_ = e;
    count_++;
    callout_init(&e->timer);
    return e;
}

// What the SYN offers and we do too.
void TcpSyncache::negotiate(Entry& e, const TcpSegment& s)
{
    const TcpSettings& set = tcp_.settings;
    const Tcpcb* tp = tcpcb_of(*e.listener);
    const bool options = tp == nullptr || !tp->has(tf_no_options);
    e.irs = s.seq;
    e.way_back = s.way_back;
    e.window = s.window;
    e.peer_mss = s.options.has_mss ? s.options.mss : static_cast<uint16_t>(set.mssdflt);
    e.scale = options && s.options.has_window_scale && set.rfc1323 != 0 && set.win_scale != 0;
    e.peer_scale = s.options.window_scale;
    e.our_scale = tcp_scale_for(tcp_, e.listener->so);
    e.timestamps = options && s.options.has_timestamps && set.rfc1323 != 0 && set.timestamps != 0;
    e.ts_recent = s.options.ts_value;
    e.sack = options && s.options.sack_permitted && set.sack_enable != 0;
    e.signature = tp != nullptr && tp->has(tf_signature);
    const uint8_t setup = wire::tcp_ece | wire::tcp_cwr; // RFC 3168 6.1.1
    e.ecn = set.ecn_enable != 0 && (s.flags & setup) == setup;
}

void TcpSyncache::add(Inpcb& listener, TcpSegment& s)
{
    Entry* e = find(s);
    if (e != nullptr && e->irs == s.seq) {
        ++tcp_.stats.syncache_duplicate;
        e->ts_recent = s.options.ts_value;
        answer(*e, true);
        return;
    }
    if (e != nullptr)
        erase(*e); // the peer has started anew
    if (listener.so.queue_length > listener.so.queue_limit) {
        ++tcp_.stats.listen_full; // nobody could accept it: let the peer try later
        return;
    }
    e = make(listener, s);
    if (e == nullptr) {
        send_cookie(listener, s);
        return;
    }
    negotiate(*e, s);
    e->iss = tcp_.isn.make(e->local, e->local_port, e->peer, e->peer_port);
    ++tcp_.stats.syncache_added;
    fast_open(listener, *e, s);
    answer(*e, false);
    tcp_.inet.stack.callouts().start(e->timer, first_timeout_ns, timer, e);
}

void TcpSyncache::timer(void* arg)
{
    auto& e = *static_cast<Entry*>(arg);
    TcpSyncache& self = *e.owner;
    if (e.tries >= max_tries) {
        ++self.tcp_.stats.syncache_timeouts;
        self.erase(e);
        return;
    }
    e.tries++;
    self.answer(e, true);
    self.tcp_.inet.stack.callouts().start(e.timer, first_timeout_ns << e.tries, timer, &e);
}

// The SYN-ACK.
void TcpSyncache::answer(Entry& e, bool again)
{
    const Inpcb& listener = *e.listener;
    const Tcpcb* tp = tcpcb_of(listener);
    TcpOptions o;
    o.has_mss = tp == nullptr || !tp->has(tf_no_options);
    o.mss = tcp_offered_mss(tcp_, e.peer, listener.so.fib);
    if (tp != nullptr && tp->user_mss != 0 && tp->user_mss < o.mss)
        o.mss = tp->user_mss;
    o.has_window_scale = e.scale;
    o.window_scale = e.our_scale;
    o.sack_permitted = e.sack;
    if (e.gives_cookie) {
        o.has_fastopen = true;
        o.cookie_len = fast_open_cookie_len;
        fast_open_cookie(e, o.cookie);
    }
    uint8_t flags = wire::tcp_syn | wire::tcp_ack;
    if (e.ecn && e.tries < 2) // a path that drops it gets one without (RFC 3168 6.1.1.1)
        flags |= wire::tcp_ece;
    if (again)
        ++tcp_.stats.syncache_retransmits;
    send(e, flags, o);
}

void TcpSyncache::challenge(Entry& e)
{
    TcpOptions o;
    ++tcp_.stats.challenge_acks;
    send(e, wire::tcp_ack, o);
}

void TcpSyncache::send(Entry& e, uint8_t flags, TcpOptions& o)
{
    const Inpcb& listener = *e.listener;
    const Tcpcb* tp = tcpcb_of(listener);
    o.has_timestamps = e.timestamps;
    o.ts_value = static_cast<uint32_t>(tcp_.now_ns() / ns_per_ms) +
                 tcp_.isn.timestamp_offset(e.local, e.peer);
    o.ts_echo = e.ts_recent;
    o.has_signature = e.signature;
    // SO_RCVBUF may have become smaller than what the SYN brought.
    const size_t space = listener.so.rcv.hiwat;
    const size_t window = space > e.early ? space - e.early : 0;
    const bool syn = (flags & wire::tcp_syn) != 0;
    const size_t field = syn || !e.scale ? window : window >> e.our_scale;
    const Tcp::Headers h = {
        e.local,
        e.peer,
        e.local_port,
        e.peer_port,
        syn ? e.iss : e.iss + 1,
        e.irs + 1 + e.early,
        flags,
        static_cast<uint16_t>(field > wire::tcp_window_max ? wire::tcp_window_max : field),
        0,
        ip_hops(tcp_.inet, &listener, e.peer),
        ip_class(&listener, e.peer),
        tcp_.inet.ip.mtudisc != 0};
    IpOutput how;
    how.fib = listener.so.fib;
    how.six = listener.six;
    how.set_options(listener.options.len != 0 ? listener.options : e.way_back);
    (void)tcp_.send_segment(h, o, MbufPtr(), how,
                            tp != nullptr ? std::span<const uint8_t>(tp->md5_key, tp->md5_key_len)
                                          : std::span<const uint8_t>());
}

void TcpSyncache::reset(const TcpSegment& s)
{
    Entry* e = find(s);
    if (e == nullptr)
        return;
    const SeqNum left = e->irs + 1;
    const bool inside = s.seq >= left && s.seq < left + offered_window(*e->listener);
    if (s.seq == left || (inside && tcp_.settings.insecure_rst != 0)) {
        ++tcp_.stats.syncache_reset;
        erase(*e);
        return;
    }
    ++tcp_.stats.bad_reset;
    if (inside)
        challenge(*e);
}

void TcpSyncache::unreachable(const IpAddress& peer, uint16_t peer_port, const IpAddress& local,
                              uint16_t local_port, SeqNum seq)
{
    TcpSegment s;
    s.source = peer;
    s.source_port = peer_port;
    s.destination = local;
    s.destination_port = local_port;
    Entry* e = find(s);
    // One error may be a route that flaps: only after SYN-ACKs were repeated.
    if (e == nullptr || e->iss != seq || e->tries < 2)
        return;
    ++tcp_.stats.syncache_unreachable;
    erase(*e);
}

Tcpcb* TcpSyncache::complete(Inpcb& listener, const TcpSegment& s, bool& answered)
{
    Entry* e = find(s);
    Entry from_cookie = {};
    answered = false;
    if (e == nullptr) {
        // Cookies are believed only while some are out: they can be guessed, though not easily.
        if (tcp_.now_ns() >= cookies_until_ns_ || !check_cookie(s, from_cookie))
            return nullptr;
        from_cookie.listener = &listener;
        Tcpcb* tp = establish(listener, from_cookie);
        answered = tp == nullptr;
        return tp;
    }
    if (s.ack != e->iss + 1)
        return nullptr; // RFC 9293 3.10.7.4: reset with this ACK's number
    // The window: what is at or behind the SYN, within what we offered (RFC 5961 4).
    if (s.seq < e->irs + 1 || s.seq > e->irs + 1 + offered_window(listener) ||
        (e->timestamps && s.options.has_timestamps &&
         ts_before(s.options.ts_value, e->ts_recent))) {
        answered = true;
        answer(*e, true); // not acceptable: our ACK again
        return nullptr;
    }
    const uint64_t defer_ns = tcpcb_of(listener)->tuning.defer_accept_ns;
    const uint64_t age_ns = tcp_.now_ns() - e->made_ns;
    if (age_ns < defer_ns && s.len == 0 && !s.has(wire::tcp_fin)) {
        // TCP_DEFER_ACCEPT: not before data comes; when the time is over our SYN-ACK asks for another ACK.
        tcp_.inet.stack.callouts().start(e->timer, defer_ns - age_ns, timer, e);
        answered = true;
        return nullptr;
    }
    Tcpcb* tp = establish(listener, *e);
    if (tp != nullptr || tcp_.settings.rst_on_sock_fail != 0)
        erase(*e); // and the caller resets it when there is no connection
    else
        answered = true; // the accept queue is full: our SYN-ACK will be repeated
    return tp;
}

Tcpcb* TcpSyncache::establish(Inpcb& listener, const Entry& e)
{
    Socket* so = sonewconn(listener.so);
    if (so == nullptr) {
        ++tcp_.stats.listen_full;
        return nullptr;
    }
    Inpcb& inp = inpcb_of(*so);
    Tcpcb& tp = *tcpcb_of(inp);
    const Tcpcb* of_listener = tcpcb_of(listener);
    tcp_.table.adopt(inp, listener, e.local, e.local_port, e.peer, e.peer_port);
    tp.flags |= (of_listener->flags &
                 (tf_no_delay | tf_no_push | tf_no_options | tf_signature | tf_quick_ack)) |
                (e.timestamps ? tf_timestamps : 0u) | (e.sack ? tf_sack : 0u) |
                (e.ecn ? tf_ecn : 0u);
    tp.user_mss = of_listener->user_mss;
    tp.keepalive = of_listener->keepalive;
    tp.tuning = of_listener->tuning;
    tp.user_timeout_ns = of_listener->user_timeout_ns;
    tp.md5_key_len = of_listener->md5_key_len;
    memcpy(tp.md5_key, of_listener->md5_key, sizeof(tp.md5_key));
    tcp_start_sending(tp, e.iss);
    tp.snd_una = tp.snd_nxt = tp.snd_max = e.iss + 1;
    tp.snd_up = tp.ecn_recover = tp.snd_una;
    tp.board.clear(tp.snd_una);
    tp.irs = e.irs;
    tp.rcv_nxt = tp.last_ack_sent = tp.rcv_up = e.irs + 1;
    tp.rcv_adv = tp.rcv_nxt;
    if (e.scale) {
        tp.flags |= tf_scale;
        tp.snd_scale = e.peer_scale;
        tp.rcv_scale = e.our_scale;
    }
    tp.rcv_adv += offered_window(listener);
    if (e.timestamps) {
        tp.ts_recent = e.ts_recent;
        tp.ts_recent_ns = tcp_.now_ns();
    }
    tp.peer_mss = e.peer_mss;
    tcp_learn_route(tp, e.way_back);
    tcp_set_mss(tp);
    tp.snd_wl1 = e.irs;
    tp.snd_wl2 = e.iss;
    tp.snd_wnd = tp.max_snd_wnd = e.window;
    tp.state = TcpState::syn_received;
    tp.rexmt_shift = e.tries > 0 ? 2 : 0; // RFC 5681 3.1
    if (e.tries == 0 && e.made_ns != 0 && !e.opened)
        tcp_rtt_sample(tp, tcp_.now_ns() - e.made_ns);
    ++tcp_.stats.syncache_completed;
    ++tcp_.stats.accepts;
    return &tp;
}

/*
 * A cookie: | 5 bits minute | 2 bits MSS | 25 bits keyed hash of connection, peer's ISN and minute |. The rest of the
 * options is lost; that is what the memory saved costs.
 */
SeqNum TcpSyncache::cookie(const TcpSegment& s, SeqNum irs, uint32_t minute, unsigned mss_index)
{
    const uint64_t h =
        tcp_.isn.hash(tcp_.isn.pair(s.source, s.destination),
                      static_cast<uint64_t>(s.source_port) << 16 | s.destination_port |
                          static_cast<uint64_t>(irs.value) << 32,
                      salt_ ^ (static_cast<uint64_t>(minute) << 2 | mss_index));
    return SeqNum((minute & 31) << 27 | mss_index << 25 | static_cast<uint32_t>(h & 0x1ffffff));
}

void TcpSyncache::send_cookie(Inpcb& listener, const TcpSegment& s)
{
    if (tcp_.settings.syn_cookies == 0) {
        ++tcp_.stats.no_memory;
        return;
    }
    const uint16_t offered =
        s.options.has_mss ? s.options.mss : static_cast<uint16_t>(tcp_.settings.mssdflt);
    unsigned index = 3;
    while (index > 0 && cookie_mss[index] > offered)
        index--;
    Entry e = {};
    e.listener = &listener;
    e.peer = s.source;
    e.peer_port = s.source_port;
    e.local = s.destination;
    e.local_port = s.destination_port;
    e.irs = s.seq;
    e.iss = cookie(s, s.seq, static_cast<uint32_t>(tcp_.now_ns() / (60 * ns_per_s)), index);
    ++tcp_.stats.cookies_sent;
    cookies_until_ns_ = tcp_.now_ns() + cookie_life_ns;
    answer(e, false);
}

bool TcpSyncache::check_cookie(const TcpSegment& s, Entry& e)
{
    const SeqNum given = s.ack - 1;
    const SeqNum irs = s.seq - 1;
    const auto now = static_cast<uint32_t>(tcp_.now_ns() / (60 * ns_per_s));
    const unsigned index = given.value >> 25 & 3;
    for (uint32_t age = 0; age < 3 && age <= now; ++age) {
        if (cookie(s, irs, now - age, index) != given)
            continue;
        e.peer = s.source;
        e.peer_port = s.source_port;
        e.local = s.destination;
        e.local_port = s.destination_port;
        e.irs = irs;
        e.iss = given;
        e.window = s.window;
        e.peer_mss = cookie_mss[index];
        ++tcp_.stats.cookies_accepted;
        return true;
    }
    ++tcp_.stats.cookies_bad;
    return false;
}

} // namespace netmgr
