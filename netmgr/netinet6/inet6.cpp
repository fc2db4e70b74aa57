// SPDX-License-Identifier: Apache-2.0
// The IPv6 component: makes Inet6, hooks it into layer 2, sockets and interfaces, gives lo0 its address.
#include "netinet6/inet6.hpp"

#include <errno.h>
#include <new>

#include <netinet6/in6_var.h>

#include "net/sockaddr6.hpp"
#include "netinet/tcp.hpp"
#include "netinet/udp.hpp"

namespace netmgr {

namespace {

int resolve_ipv6(Stack& stack, ifnet& ifp, MbufPtr& m, const sockaddr* hop, rtentry*,
                 wire::MacAddress& mac)
{
    return inet6_of(stack).nd.resolve(ifp, m, ip6_of(hop), mac);
}

} // namespace

Ip6Stats::Ip6Stats(CounterRegistry& r)
    : received(r, "ip6.received"), delivered(r, "ip6.delivered"), forwarded(r, "ip6.forwarded"),
      sent(r, "ip6.sent"), fragments_received(r, "ip6.fragments_received"),
      reassembled(r, "ip6.reassembled"), fragmented(r, "ip6.fragmented"),
      fragments_sent(r, "ip6.fragments_sent"), too_short(r, "ip6.too_short"),
      bad_version(r, "ip6.bad_version"), bad_len(r, "ip6.bad_len"), bad_source(r, "ip6.bad_source"),
      bad_scope(r, "ip6.bad_scope"), bad_options(r, "ip6.bad_options"),
      too_many_headers(r, "ip6.too_many_headers"), routing_header(r, "ip6.routing_header"),
      not_for_us(r, "ip6.not_for_us"), no_protocol(r, "ip6.no_protocol"),
      no_route(r, "ip6.no_route"), cannot_fragment(r, "ip6.cannot_fragment"),
      too_big(r, "ip6.too_big"), no_memory(r, "ip6.no_memory"), filtered(r, "ip6.filtered"),
      hops_exceeded(r, "ip6.hops_exceeded"), redirects_sent(r, "ip6.redirects_sent"),
      rejected(r, "ip6.rejected"), blackholed(r, "ip6.blackholed"),
      fragment_dropped(r, "ip6.fragment_dropped"), fragment_overlap(r, "ip6.fragment_overlap"),
      fragment_timeout(r, "ip6.fragment_timeout"), tentative(r, "ip6.tentative"),
      late_hop_by_hop(r, "ip6.late_hop_by_hop"), short_first_fragment(r, "ip6.short_first_fragment")
{
}

Icmp6Stats::Icmp6Stats(CounterRegistry& r)
    : received(r, "icmp6.received"), reflected(r, "icmp6.reflected"),
      errors_sent(r, "icmp6.errors_sent"), rate_limited(r, "icmp6.rate_limited"),
      bad_len(r, "icmp6.bad_len"), bad_checksum(r, "icmp6.bad_checksum"), bad_nd(r, "icmp6.bad_nd")
{
}

Inet6::Inet6(Inet& below)
    : inet(below), stack(below.stack), net(below.net), stats(stack.counters()),
      icmp_stats(stack.counters()), reassembly(*this), nd(*this), mld(*this), raw(*this),
      udp(*below.udp), tcp(*below.tcp)
{
    ip.forwarding = stack.options().forwarding6 ? 1 : 0;
    stack.callouts().start(slow_timer_, ns_per_s / 2, slow_timer, this);
}

Inet6::~Inet6()
{
    stack.callouts().stop(slow_timer_);
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        interface_gone(*ifp);
}

void Inet6::slow_timer(void* arg)
{
    auto& self = *static_cast<Inet6*>(arg);
    const uint64_t now = self.stack.now_ns();
    self.reassembly.expire(now);
    self.expire_addresses(now);
    self.stack.callouts().start(self.slow_timer_, ns_per_s / 2, slow_timer, arg);
}

int attach_inet6(Stack& stack)
{
    Inet& inet = stack.inet();
    auto* six = new (std::nothrow) Inet6(inet);
    if (six == nullptr)
        return ENOMEM;
    inet.six = six;
    stack.add_protosw(six->tcp);
    stack.add_protosw(six->udp);
    stack.add_protosw(six->raw);
    stack.input().add_handler(wire::ether_ipv6,
                              [](Stack& s, MbufPtr m) { inet6_of(s).input(std::move(m)); });
    Net& net = stack.net();
    net.add_resolver({AF_INET6, wire::ether_ipv6, resolve_ipv6});
    net.neighbours6 = &six->nd;
    net.watch = [](Stack& s, NetEvent what, ifnet* ifp) {
        if (what == NetEvent::if_change || what == NetEvent::addr_added)
            inet6_of(s).interface_changed(*ifp);
    };
    if (int error = attach_ip6_sysctl(*six))
        return error;
    return six->add_address(
        *net.loopback, {IpAddress::v6_loopback(), 128, IN6_IFF_NODAD, UINT32_MAX, UINT32_MAX, {}});
}

void detach_inet6(Stack& stack)
{
    Inet& inet = stack.inet();
    Net& net = stack.net();
    net.watch = nullptr;
    net.neighbours6 = nullptr;
    delete static_cast<Inet6*>(inet.six);
    inet.six = nullptr;
}

} // namespace netmgr
