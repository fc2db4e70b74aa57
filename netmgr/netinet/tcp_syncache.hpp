// SPDX-License-Identifier: Apache-2.0
// Connections half open: SYNs answered but not yet confirmed, in little memory; cookies when even that runs out (RFC 4987 3.6).
#pragma once
#include <stdint.h>

#include <sys/callout.h>

#include "netinet/in_pcb.hpp"
#include "netinet/tcp_segment.hpp"

namespace netmgr {

class Tcp;
struct Tcpcb;

class TcpSyncache {
public:
    explicit TcpSyncache(Tcp& tcp);
    ~TcpSyncache();
    TcpSyncache(const TcpSyncache&) = delete;
    TcpSyncache& operator=(const TcpSyncache&) = delete;

    // A SYN for a listener: answered.
    void add(Inpcb& listener, TcpSegment& segment);
    // An ACK without a connection: the third step of one here (or of a cookie). The new connection, or nullptr with answered
    // set when the segment is dealt with.
    Tcpcb* complete(Inpcb& listener, const TcpSegment& segment, bool& answered);
    void reset(const TcpSegment& segment); // RST for one here
    void unreachable(const IpAddress& peer, uint16_t peer_port, const IpAddress& local,
                     uint16_t local_port, SeqNum seq);
    void forget(const Inpcb& listener);
    // Fast Open's connections (RFC 7413 4.2), which exist while their SYN-ACK is still repeated here.
    void fast_open_again(const Tcpcb& tp); // the SYN came once more
    void fast_open_over(Tcpcb& tp);        // it was acknowledged, or the connection is gone
    bool empty() const { return count_ == 0; }
    unsigned count() const { return count_; }
    // fn(local address, local port, peer's address, peer's port) of every half-open connection.
    template <typename Fn>
    void for_each(Fn fn) const
    {
        for (const Entry* e = oldest_; e != nullptr; e = e->newer)
            fn(e->local, e->local_port, e->peer, e->peer_port);
    }

private:
    struct Entry {
        Entry* next;
        Entry* newer; // all entries, by age
        Entry* older;
        Inpcb* listener;
        IpAddress peer, local;
        uint16_t peer_port, local_port;
        SeqNum irs, iss;
        uint32_t ts_recent;
        uint32_t window;
        uint16_t peer_mss;
        uint8_t peer_scale, our_scale;
        bool scale, timestamps, sack, ecn, signature;
        bool gives_cookie, opened; // Fast Open: in the SYN-ACK; there is a connection already
        uint32_t early;            // bytes of the SYN that it took
        uint8_t tries;
        uint64_t made_ns;
        IpOptions way_back;
        callout timer;
        TcpSyncache* owner;
    };
    static constexpr unsigned bucket_count = 256;
    static constexpr uint8_t fast_open_cookie_len = 8;

    Entry*& bucket(const IpAddress& peer, uint16_t peer_port, const IpAddress& local,
                   uint16_t local_port);
    Entry* find(const TcpSegment& segment);
    Entry* make(Inpcb& listener, const TcpSegment& segment);
    void negotiate(Entry& e, const TcpSegment& segment);
    void erase(Entry& e);
    bool make_room(Entry* chain);
    void answer(Entry& e, bool again);
    void send(Entry& e, uint8_t flags, TcpOptions& options);
    void challenge(Entry& e); // RFC 5961 3.2
    void send_cookie(Inpcb& listener, const TcpSegment& segment);
    bool check_cookie(const TcpSegment& segment, Entry& e);
    SeqNum cookie(const TcpSegment& segment, SeqNum irs, uint32_t minute, unsigned mss_index);
    Tcpcb* establish(Inpcb& listener, const Entry& e);
    Entry* find(const Tcpcb& tp);
    void fast_open(Inpcb& listener, Entry& e, TcpSegment& segment);
    unsigned fast_opened(const Inpcb& listener) const;
    void fast_open_cookie(const Entry& e, uint8_t* cookie) const;
    static void timer(void* entry);

    Tcp& tcp_;
    uint64_t salt_;
    uint64_t cookies_until_ns_ = 0;
    Entry* buckets_[bucket_count] = {};
    Entry* newest_ = nullptr;
    Entry* oldest_ = nullptr;
    unsigned count_ = 0;
};

} // namespace netmgr
