// SPDX-License-Identifier: Apache-2.0
// IGMP, host side.
#include "netinet/igmp.hpp"

#include <netinet/in.h>
#include <new>

#include "kern/stack.hpp"
#include "net/net.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

constexpr uint64_t tenth_ns = ns_per_s / 10;
constexpr uint64_t unsolicited_ns = ns_per_s;          // RFC 3376 8.11
constexpr uint64_t unsolicited_old_ns = 10 * ns_per_s; // RFC 2236 8.10
constexpr uint64_t old_router_ns = 400 * ns_per_s; // 2 * 125 s + 10 s, and then some (RFC 2236 4)
constexpr uint32_t default_tenths = 100;           // a version 1 query allows 10 s
constexpr uint8_t router_alert[] = {wire::opt_router_alert, 4, 0, 0};

InetGroup* first_group(const ifnet& ifp)
{
    return static_cast<InetGroup*>(ifp.if_afdata[0]);
}

InetGroup* find_group(const ifnet& ifp, uint32_t group)
{
    for (InetGroup* g = first_group(ifp); g != nullptr; g = g->next)
        if (g->group == group)
            return g;
    return nullptr;
}

// Everybody is in 224.0.0.1, and nobody is told; loopback has no routers.
bool is_told(const ifnet& ifp, uint32_t group)
{
    return group != INADDR_ALLHOSTS_GROUP && (ifp.if_flags & IFF_LOOPBACK) == 0;
}

} // namespace

Igmp::Igmp(Inet& inet)
    : received(inet.stack.counters(), "igmp.received"), bad(inet.stack.counters(), "igmp.bad"),
      queries(inet.stack.counters(), "igmp.queries"),
      reports_heard(inet.stack.counters(), "igmp.reports_heard"),
      reports_sent(inet.stack.counters(), "igmp.reports_sent"),
      leaves_sent(inet.stack.counters(), "igmp.leaves_sent"), inet_(inet)
{
}

Igmp::~Igmp()
{
    inet_.stack.callouts().stop(timer_);
    while (routers_ != nullptr) {
        Router* r = routers_;
        routers_ = r->next;
        delete r;
    }
    while (leaving_ != nullptr) {
        Leaving* l = leaving_;
        leaving_ = l->next;
        delete l;
    }
}

Igmp::Router* Igmp::router_of(const ifnet& ifp)
{
    for (Router* r = routers_; r != nullptr; r = r->next)
        if (r->if_index == ifp.if_index)
            return r;
    auto* r = new (std::nothrow) Router{routers_, ifp.if_index, 0, 0};
    if (r != nullptr)
        routers_ = r;
    return r;
}

unsigned Igmp::version(const ifnet& ifp)
{
    const uint64_t now = inet_.stack.now_ns();
    for (const Router* r = routers_; r != nullptr; r = r->next)
        if (r->if_index == ifp.if_index)
            return now < r->v1_until_ns ? 1 : now < r->v2_until_ns ? 2 : 3;
    return 3;
}

void Igmp::send(ifnet& ifp, uint32_t destination, const void* message, size_t size)
{
    if (inet_.first_address(ifp) == nullptr || (ifp.if_flags & IFF_UP) == 0)
        return;
    MbufPtr m = inet_.stack.mbufs().copy_in(message, size, 64);
    if (!m || !m.prepend(sizeof(wire::Ipv4Header)))
        return;
    wire::Ipv4Header& h = *m.as<wire::Ipv4Header>();
    h = {};
    h.set_header_len(sizeof(h));
    h.tos = 0xc0;
    h.ttl = 1;
    h.protocol = wire::proto_igmp;
    h.fragment = static_cast<uint16_t>(0);
    h.source = inet_.first_address(ifp)->ip();
    h.destination = destination;
    MulticastOptions multicast;
    multicast.ttl = 1;
    multicast.loop = false;
    IpOutput how;
    how.multicast = &multicast;
    how.via_interface = ifp.if_index;
    how.options = router_alert;
    (void)ip_output(inet_, std::move(m), how);
}

void Igmp::send_v3(ifnet& ifp, uint32_t group, wire::IgmpRecordType record,
                   std::span<const uint32_t> sources)
{
    struct {
        wire::IgmpV3Report head;
        Be32 sources[SourceList::max_sources];
    } r = {};
    r.head.type = wire::igmp_v3_report;
    r.head.record_count = 1;
    r.head.record_type = record;
    r.head.source_count = static_cast<uint16_t>(sources.size());
    r.head.group = group;
    for (size_t i = 0; i < sources.size(); ++i)
        r.sources[i] = sources[i];
    const size_t size = sizeof(r.head) + sources.size() * sizeof(Be32);
    r.head.checksum = wire::checksum(&r, size);
    send(ifp, wire::igmp_v3_routers, &r, size);
}

void Igmp::send_short(ifnet& ifp, wire::IgmpType type, uint32_t group, uint32_t destination)
{
    wire::IgmpHeader h = {};
    h.type = type;
    h.group = group;
    h.checksum = wire::checksum(&h, sizeof(h));
    send(ifp, destination, &h, sizeof(h));
}

void Igmp::report_old(ifnet& ifp, InetGroup& group)
{
    send_short(ifp, version(ifp) == 2 ? wire::igmp_v2_report : wire::igmp_v1_report, group.group,
               group.group);
    group.reported_last = true;
    ++reports_sent;
}

uint64_t Igmp::some_time(uint64_t within_ns)
{
    const auto steps = static_cast<uint32_t>(within_ns / ns_per_ms);
    return inet_.stack.now_ns() + 1 +
           static_cast<uint64_t>(inet_.stack.random_below(steps + 1)) * ns_per_ms;
}

// RFC 3376 5.1: a change of the mode is the whole filter, else only the senders that came and went.
void Igmp::say_change(ifnet& ifp, InetGroup& group)
{
    if (version(ifp) != 3) {
        report_old(ifp, group);
        return;
    }
    ++reports_sent;
    const SourceFilter& now = group.filter;
    if (group.retry_mode) {
        send_v3(ifp, group.group, now.include ? wire::igmp_to_include : wire::igmp_to_exclude,
                now.sources.all());
        return;
    }
    SourceList allowed, blocked;
    for (uint32_t source : group.retry_sources.all())
        (void)(now.allows(source) ? allowed : blocked).add(source);
    if (!allowed.empty())
        send_v3(ifp, group.group, wire::igmp_allow, allowed.all());
    if (!blocked.empty())
        send_v3(ifp, group.group, wire::igmp_block, blocked.all());
}

void Igmp::changed(ifnet& ifp, InetGroup& group, const SourceFilter& before)
{
    const bool v3 = version(ifp) == 3;
    if (!is_told(ifp, group.group) || (!v3 && !before.nobody()))
        return;
    const SourceFilter& now = group.filter;
    bool whole = before.include != now.include;
    for (uint32_t source : before.sources.all())
        if (!now.sources.has(source))
            whole |= !group.retry_sources.add(source);
    for (uint32_t source : now.sources.all())
        if (!before.sources.has(source))
            whole |= !group.retry_sources.add(source);
    if (whole) {
        group.retry_mode = true;
        group.retry_sources.clear();
    }
    say_change(ifp, group);
    group.retry_at_ns = some_time(v3 ? unsolicited_ns : unsolicited_old_ns);
    schedule(group.retry_at_ns);
}

// Nobody is wanted any more: of "all but", the mode changes; of a list, its senders go.
void Igmp::say_left(ifnet& ifp, uint32_t group, const SourceFilter& was)
{
    if (was.include)
        send_v3(ifp, group, wire::igmp_block, was.sources.all());
    else
        send_v3(ifp, group, wire::igmp_to_include);
}

void Igmp::left(ifnet& ifp, const InetGroup& group)
{
    if (!is_told(ifp, group.group))
        return;
    const unsigned v = version(ifp);
    if (v == 2 && group.reported_last) {
        send_short(ifp, wire::igmp_v2_leave, group.group, INADDR_ALLRTRS_GROUP);
        ++leaves_sent;
    }
    if (v != 3)
        return;
    say_left(ifp, group.group, group.filter);
    ++leaves_sent;
    const uint64_t at = some_time(unsolicited_ns);
    auto* l = new (std::nothrow) Leaving{leaving_, ifp.if_index, group.group, at, {}};
    if (l == nullptr)
        return; // the router asks before it believes a single message lost
    if (!l->was.set(group.filter)) {
        delete l;
        return;
    }
    leaving_ = l;
    schedule(at);
}

void Igmp::interface_gone(const ifnet& ifp)
{
    for (Router** link = &routers_; *link != nullptr;) {
        Router* r = *link;
        if (r->if_index != ifp.if_index) {
            link = &r->next;
            continue;
        }
        *link = r->next;
        delete r;
    }
}

// A random time within what is allowed; an earlier one that is set already stays (RFC 3376 5.2).
void Igmp::answer_later(InetGroup& group, uint64_t within_ns)
{
    const uint64_t at = some_time(within_ns);
    if (group.report_at_ns != 0 && group.report_at_ns <= at)
        return;
    group.report_at_ns = at;
    schedule(at);
}

// What is asked joins what was asked and is not answered yet (RFC 3376 5.2, rules 3 to 5).
void Igmp::ask(InetGroup& group, const SourceList& about, uint64_t within_ns)
{
    const bool pending = group.report_at_ns != 0;
    group.asked_all = about.empty() || (pending && group.asked_all);
    if (!pending)
        group.asked.clear();
    for (uint32_t source : about.all())
        group.asked_all |= !group.asked.add(source);
    answer_later(group, within_ns);
}

namespace {

// The senders a version 3 query names; too many, and it counts as one about them all. False: cut short.
bool queried_sources(const mbuf& m, size_t at, size_t end, SourceList& out)
{
    wire::IgmpV3QueryTail tail;
    m_copydata(&m, static_cast<int>(at), sizeof(tail), &tail);
    at += sizeof(tail);
    if (at + tail.source_count * sizeof(Be32) > end)
        return false;
    for (unsigned i = 0; i < tail.source_count && i <= SourceList::max_sources; ++i) {
        Be32 source;
        m_copydata(&m, static_cast<int>(at + i * sizeof(source)), sizeof(source), &source);
        if (!out.add(source)) {
            out.clear();
            break;
        }
    }
    return true;
}

} // namespace

void Igmp::handle_query(const mbuf& m, size_t header_len, size_t size)
{
    ifnet& ifp = *m.m_pkthdr.rcvif;
    wire::IgmpHeader query;
    m_copydata(&m, static_cast<int>(header_len), sizeof(query), &query);
    ++queries;
    const uint32_t asked = query.group;
    const uint64_t now = inet_.stack.now_ns();
    Router* router = router_of(ifp);
    uint64_t within = query.max_response * tenth_ns;
    SourceList about;
    if (size < wire::igmp_v3_query_min) {
        const bool v1 = query.max_response == 0;
        if (router != nullptr)
            (v1 ? router->v1_until_ns : router->v2_until_ns) = now + old_router_ns;
        within = v1 ? default_tenths * tenth_ns : within;
    } else {
        within = wire::igmp_v3_tenths(query.max_response) * tenth_ns;
        if (!queried_sources(m, header_len + sizeof(query), header_len + size, about)) {
            ++bad;
            return;
        }
    }
    if (asked != 0 && !IN_MULTICAST(asked)) {
        ++bad;
        return;
    }
    for (InetGroup* g = first_group(ifp); g != nullptr; g = g->next)
        if ((asked == 0 || asked == g->group) && is_told(ifp, g->group))
            ask(*g, about, within);
}

void Igmp::answer(ifnet& ifp, InetGroup& group)
{
    const SourceFilter& f = group.filter;
    if (version(ifp) != 3) {
        report_old(ifp, group);
    } else if (group.asked_all) {
        ++reports_sent;
        send_v3(ifp, group.group, f.include ? wire::igmp_is_include : wire::igmp_is_exclude,
                f.sources.all());
    } else {
        SourceList wanted;
        for (uint32_t source : group.asked.all())
            if (f.allows(source))
                (void)wanted.add(source);
        if (wanted.empty())
            return;
        ++reports_sent;
        send_v3(ifp, group.group, wire::igmp_is_include, wanted.all());
    }
}

// Versions 1 and 2: one report a group is enough for the router.
void Igmp::handle_report(ifnet& ifp, uint32_t group)
{
    ++reports_heard;
    InetGroup* g = find_group(ifp, group);
    if (g == nullptr || version(ifp) == 3)
        return;
    g->report_at_ns = g->retry_at_ns = 0;
    g->reported_last = false;
}

void Igmp::input(MbufPtr m, size_t header_len)
{
    ++received;
    const size_t size = m.packet_len() - header_len;
    wire::Checksum sum;
    sum.add_chain(m.get(), header_len, size);
    if (size < sizeof(wire::IgmpHeader) || sum.value() != 0 ||
        !m.pullup(header_len + sizeof(wire::IgmpHeader))) {
        ++bad;
        return;
    }
    ifnet& ifp = *m->m_pkthdr.rcvif;
    const wire::IgmpHeader h = *m.as<wire::IgmpHeader>(header_len);
    if ((m->m_flags & M_LOOP) == 0 && (ifp.if_flags & IFF_LOOPBACK) == 0) {
        if (h.type == wire::igmp_query)
            handle_query(*m, header_len, size);
        else if (h.type == wire::igmp_v1_report || h.type == wire::igmp_v2_report)
            handle_report(ifp, h.group);
    }
    inet_.raw_input_of(std::move(m), header_len); // routing daemons
}

// Sends what is due; the next time something is, 0 when nothing is.
uint64_t Igmp::run_due()
{
    const uint64_t now = inet_.stack.now_ns();
    uint64_t next = 0;
    auto later = [&](uint64_t at) { next = next == 0 || at < next ? at : next; };
    for (ifnet* ifp = inet_.net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        for (InetGroup* g = first_group(*ifp); g != nullptr; g = g->next) {
            if (g->retry_at_ns != 0 && g->retry_at_ns <= now) {
                g->retry_at_ns = 0;
                say_change(*ifp, *g);
                g->retry_mode = false;
                g->retry_sources.clear();
            }
            if (g->report_at_ns != 0 && g->report_at_ns <= now) {
                g->report_at_ns = 0;
                answer(*ifp, *g);
            }
            if (g->retry_at_ns != 0)
                later(g->retry_at_ns);
            if (g->report_at_ns != 0)
                later(g->report_at_ns);
        }
    for (Leaving** link = &leaving_; *link != nullptr;) {
        Leaving* l = *link;
        if (l->at_ns > now) {
            later(l->at_ns);
            link = &l->next;
            continue;
        }
        *link = l->next;
        ifnet* ifp = inet_.net.find_interface(l->if_index);
        if (ifp != nullptr && find_group(*ifp, l->group) == nullptr)
            say_left(*ifp, l->group, l->was);
        delete l;
    }
    return next;
}

void Igmp::schedule(uint64_t at_ns)
{
    if (timer_at_ns_ != 0 && timer_at_ns_ <= at_ns)
        return;
    const uint64_t now = inet_.stack.now_ns();
    timer_at_ns_ = at_ns;
    inet_.stack.callouts().start(timer_, at_ns > now ? at_ns - now : 0, timer, this);
}

void Igmp::timer(void* igmp)
{
    auto& self = *static_cast<Igmp*>(igmp);
    self.timer_at_ns_ = 0;
    if (const uint64_t next = self.run_due())
        self.schedule(next);
}

} // namespace netmgr
