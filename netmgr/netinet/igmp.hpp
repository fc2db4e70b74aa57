// SPDX-License-Identifier: Apache-2.0
// Telling multicast routers about our groups: the host side of IGMP versions 1 to 3, with the senders our sockets want.
#pragma once
#include "kern/callout_wheel.hpp"
#include "kern/counters.hpp"
#include "netinet/inet.hpp"
#include "wire/igmp.hpp"

namespace netmgr {

/*
 * A group on an interface:
 *   join --------> report now, again after a random while (robustness 2)
 *   other senders wanted: version 3 only, what changed, twice likewise (RFC 3376 5.1)
 *   query -------> report after a random part of the time the router allows; versions 1 and 2: not when another host did
 *   last leave --> version 3: two "left" records; version 2: a leave message when we reported last; version 1: nothing
 * The version is that of the oldest router heard of lately (RFC 3376 7.2.1).
 */
class Igmp {
public:
    explicit Igmp(Inet& inet);
    ~Igmp();
    Igmp(const Igmp&) = delete;
    Igmp& operator=(const Igmp&) = delete;

    void input(MbufPtr m, size_t header_len);
    // The group's filter is the new one; before: nobody() when it was joined.
    void changed(ifnet& ifp, InetGroup& group, const SourceFilter& before);
    void left(ifnet& ifp, const InetGroup& group);
    void interface_gone(const ifnet& ifp);
    unsigned version(const ifnet& ifp);

    Counter received, bad, queries, reports_heard, reports_sent, leaves_sent;

private:
    struct Router { // what is known about the routers of an interface
        Router* next;
        uint16_t if_index;
        uint64_t v1_until_ns, v2_until_ns;
    };
    struct Leaving { // a "left" record still to be said
        Leaving* next;
        uint16_t if_index;
        uint32_t group;
        uint64_t at_ns;
        SourceFilter was;
    };

    Router* router_of(const ifnet& ifp);
    void handle_query(const mbuf& m, size_t header_len, size_t size);
    void ask(InetGroup& group, const SourceList& about, uint64_t within_ns);
    void handle_report(ifnet& ifp, uint32_t group);
    void answer_later(InetGroup& group, uint64_t within_ns);
    void report_old(ifnet& ifp, InetGroup& group);
    void say_change(ifnet& ifp, InetGroup& group);
    void say_left(ifnet& ifp, uint32_t group, const SourceFilter& was);
    void answer(ifnet& ifp, InetGroup& group);
    void send(ifnet& ifp, uint32_t destination, const void* message, size_t size);
    void send_v3(ifnet& ifp, uint32_t group, wire::IgmpRecordType record,
                 std::span<const uint32_t> sources = {});
    uint64_t some_time(uint64_t within_ns);
    void send_short(ifnet& ifp, wire::IgmpType type, uint32_t group, uint32_t destination);
    uint64_t run_due();
    void schedule(uint64_t at_ns);
    static void timer(void* igmp);

    Inet& inet_;
    Router* routers_ = nullptr;
    Leaving* leaving_ = nullptr;
    callout timer_ = CALLOUT_INITIALIZER;
    uint64_t timer_at_ns_ = 0; // 0: not running
};

} // namespace netmgr
