// SPDX-License-Identifier: Apache-2.0
// MLD: queries answered after a random while, joins and leaves told.
#include "netinet6/mld.hpp"

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"
#include "wire/igmp.hpp"

namespace netmgr {

namespace {

constexpr uint64_t unsolicited_v1_ns = 10 * ns_per_s; // RFC 2710 7.10
constexpr uint64_t unsolicited_v2_ns = ns_per_s;      // RFC 3810 9.11
constexpr uint64_t v1_router_ns = 260 * ns_per_s;     // RFC 3810 9.12
constexpr uint8_t hops = 1;

// RFC 3810 5.1.3: up to 32767 as it is, above as mantissa and exponent.
uint64_t response_ns(uint16_t code)
{
    const uint64_t ms = code < 0x8000 ? code
                                      : static_cast<uint64_t>((code & 0xfff) | 0x1000)
                                            << ((code >> 12 & 7) + 3);
    return ms * ns_per_ms;
}

} // namespace

Mld::Mld(Inet6& inet6)
    : received(inet6.stack.counters(), "mld6.received"), bad(inet6.stack.counters(), "mld6.bad"),
      queries(inet6.stack.counters(), "mld6.queries"),
      reports_heard(inet6.stack.counters(), "mld6.reports_heard"),
      reports_sent(inet6.stack.counters(), "mld6.reports_sent"),
      done_sent(inet6.stack.counters(), "mld6.done_sent"), inet6_(inet6)
{
}

Mld::~Mld()
{
    inet6_.stack.callouts().stop(timer_);
}

// RFC 3810 6: nobody reports the group of all nodes, nor what does not leave the node.
bool Mld::is_silent(const IpAddress& group) const
{
    return group.without_zone() == IpAddress::v6_group(2, 1) ||
           group.scope() <= IpAddress::scope_node;
}

void Mld::schedule(uint64_t at_ns)
{
    if (timer_at_ns_ != 0 && timer_at_ns_ <= at_ns)
        return;
    const uint64_t now = inet6_.stack.now_ns();
    timer_at_ns_ = at_ns;
    inet6_.stack.callouts().start(timer_, at_ns > now ? at_ns - now : 0, timer, this);
}

void Mld::answer_later(In6Group& group, uint64_t within_ns)
{
    const uint64_t now = inet6_.stack.now_ns();
    const auto steps = static_cast<uint32_t>(within_ns / ns_per_ms);
    const uint64_t at = now + 1 + (steps != 0 ? inet6_.stack.random_below(steps) : 0) * ns_per_ms;
    if (group.report_at_ns == 0 || at < group.report_at_ns)
        group.report_at_ns = at;
    schedule(group.report_at_ns);
}

void Mld::joined(ifnet& ifp, In6Group& group)
{
    if (is_silent(group.group) || (ifp.if_flags & IFF_LOOPBACK) != 0)
        return;
    report(ifp, group, wire::igmp_to_exclude);
    group.changed = true;
    const bool v1 = inet6_.stack.now_ns() < inet6_.state_of(ifp)->mld_v1_until_ns;
    answer_later(group, v1 ? unsolicited_v1_ns : unsolicited_v2_ns);
}

void Mld::left(ifnet& ifp, const In6Group& group)
{
    if (is_silent(group.group) || (ifp.if_flags & IFF_LOOPBACK) != 0)
        return;
    const In6Interface& state = *inet6_.state_of(ifp);
    if (inet6_.stack.now_ns() >= state.mld_v1_until_ns || group.reported_last) {
        send(ifp, group.group, wire::igmp_to_include, wire::mld_done);
        ++done_sent;
    }
}

void Mld::report(ifnet& ifp, In6Group& group, uint8_t record)
{
    send(ifp, group.group, record, wire::mld_report);
    group.reported_last = true;
    ++reports_sent;
}

void Mld::send(ifnet& ifp, const IpAddress& group, uint8_t record, uint8_t v1_type)
{
    const ifaddr* a = inet6_.link_local_of(ifp);
    const IpAddress source =
        a != nullptr && a->dad_left == 0 ? address_in(a->address) : IpAddress(); // RFC 3590
    const IpAddress clean = group.without_zone();
    if (inet6_.stack.now_ns() < inet6_.state_of(ifp)->mld_v1_until_ns) {
        wire::MldHeader h = {};
        h.type = v1_type;
        memcpy(h.group, clean.bytes, sizeof(h.group));
        const IpAddress to =
            v1_type == wire::mld_done ? IpAddress::v6_group(2, 2).with_zone(ifp.if_index) : group;
        (void)inet6_.icmp_send(&ifp, source, to, &h, sizeof(h), hops, true);
        return;
    }
    wire::MldV2Report r = {};
    r.type = wire::mld_v2_report;
    r.record_count = uint16_t{1};
    r.record_type = record;
    memcpy(r.group, clean.bytes, sizeof(r.group));
    (void)inet6_.icmp_send(&ifp, source, IpAddress::v6_group(2, 22).with_zone(ifp.if_index), &r,
                           sizeof(r), hops, true);
}

void Mld::input(const mbuf& m, size_t header_len, bool router_alert)
{
    const size_t size = static_cast<size_t>(m.m_pkthdr.len) - header_len;
    ifnet& ifp = *m.m_pkthdr.rcvif;
    In6Interface* state = inet6_.state_of(ifp);
    const IpArrival a = ip_arrival(m);
    ++received;
    if (size < sizeof(wire::MldHeader) || a.ttl != hops || !a.source.is_link_local() ||
        state == nullptr) {
        ++bad;
        return;
    }
    wire::MldHeader h;
    m_copydata(&m, static_cast<int>(header_len), sizeof(h), &h);
    const IpAddress group = IpAddress::from(h.group).with_zone(ifp.if_index);
    const uint64_t now = inet6_.stack.now_ns();
    if (h.type == wire::mld_report) {
        ++reports_heard;
        for (In6Group* g = state->groups; g != nullptr; g = g->next)
            if (g->group == group && now < state->mld_v1_until_ns) {
                g->report_at_ns = 0; // another host said it
                g->reported_last = false;
            }
        return;
    }
    if (h.type != wire::mld_query)
        return;
    const bool v1 = size == wire::mld_v1_query_size;
    if (!router_alert || (!v1 && size < wire::mld_v2_query_min)) {
        ++bad;
        return;
    }
    ++queries;
    uint64_t within = response_ns(h.max_delay_ms);
    if (v1) {
        state->mld_v1_until_ns = now + v1_router_ns;
        within = h.max_delay_ms * ns_per_ms;
    }
    for (In6Group* g = state->groups; g != nullptr; g = g->next)
        if (!is_silent(g->group) && (group.is_any() || g->group == group))
            answer_later(*g, within);
}

void Mld::timer(void* arg)
{
    Mld& self = *static_cast<Mld*>(arg);
    const uint64_t now = self.inet6_.stack.now_ns();
    uint64_t next = 0;
    self.timer_at_ns_ = 0;
    Net& net = self.inet6_.net;
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        In6Interface* state = self.inet6_.state_of(*ifp);
        for (In6Group* g = state != nullptr ? state->groups : nullptr; g != nullptr; g = g->next) {
            if (g->report_at_ns != 0 && g->report_at_ns <= now) {
                g->report_at_ns = 0;
                self.report(*ifp, *g, g->changed ? wire::igmp_to_exclude : wire::igmp_is_exclude);
                g->changed = false;
            }
            if (g->report_at_ns != 0 && (next == 0 || g->report_at_ns < next))
                next = g->report_at_ns;
        }
    }
    if (next != 0)
        self.schedule(next);
}

} // namespace netmgr
