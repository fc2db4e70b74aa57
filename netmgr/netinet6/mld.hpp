// SPDX-License-Identifier: Apache-2.0
// Telling multicast routers about our groups: the listener side of MLD versions 1 and 2, without source filters.
#pragma once
#include "kern/callout_wheel.hpp"
#include "kern/counters.hpp"
#include "kern/mbuf_ptr.hpp"
#include "wire/ip_address.hpp"

struct ifnet;

namespace netmgr {

class Inet6;
struct In6Group;

class Mld {
public:
    explicit Mld(Inet6& inet6);
    ~Mld();
    Mld(const Mld&) = delete;
    Mld& operator=(const Mld&) = delete;

    // m: checked. Queries count only with the Router Alert option (RFC 2710 3, RFC 3810 6.2).
    void input(const mbuf& m, size_t header_len, bool router_alert);
    void joined(ifnet& ifp, In6Group& group);
    void left(ifnet& ifp, const In6Group& group);

    Counter received, bad, queries, reports_heard, reports_sent, done_sent;

private:
    bool is_silent(const IpAddress& group) const;
    void answer_later(In6Group& group, uint64_t within_ns);
    void report(ifnet& ifp, In6Group& group, uint8_t record);
    void send(ifnet& ifp, const IpAddress& group, uint8_t record, uint8_t v1_type);
    void schedule(uint64_t at_ns);
    static void timer(void* mld);

    Inet6& inet6_;
    callout timer_ = CALLOUT_INITIALIZER;
    uint64_t timer_at_ns_ = 0;
};

} // namespace netmgr
