// SPDX-License-Identifier: Apache-2.0
// The IPv4 component: makes Inet and its protocols, hooks them into layer 2, configures lo0.
#include "netinet/inet.hpp"

#include <errno.h>
#include <netinet/in.h>
#include <new>

#include "net/sockaddr.hpp"
#include "netinet/icmp.hpp"
#include "netinet/igmp.hpp"
#include "netinet/ip6_layer.hpp"
#include "netinet/raw_ip.hpp"
#include "netinet/udp.hpp"

namespace netmgr {

namespace {

int resolve_ipv4(Stack& stack, ifnet& ifp, MbufPtr& m, const sockaddr* hop, rtentry*,
                 wire::MacAddress& mac)
{
    const uint32_t ip = ip_of(hop);
    if ((m->m_flags & M_BCAST) != 0) {
        mac = wire::MacAddress::broadcast();
        return 0;
    }
    if ((m->m_flags & M_MCAST) != 0 && IN_MULTICAST(ip)) {
        mac = wire::MacAddress::of_ipv4_group(ip);
        return 0;
    }
    if ((ifp.if_flags & IFF_NOARP) != 0) {
        m.reset();
        return EHOSTUNREACH;
    }
    return stack.inet().arp.resolve(ifp, m, ip, mac);
}

int resolve_nothing(Stack&, ifnet&, MbufPtr& m, const sockaddr*, rtentry*, wire::MacAddress&)
{
    m.reset();
    return EAFNOSUPPORT;
}

} // namespace

IpStats::IpStats(CounterRegistry& r)
    : received(r, "ip.received"), delivered(r, "ip.delivered"), forwarded(r, "ip.forwarded"),
      sent(r, "ip.sent"), fragments_received(r, "ip.fragments_received"),
      reassembled(r, "ip.reassembled"), fragmented(r, "ip.fragmented"),
      fragments_sent(r, "ip.fragments_sent"), too_short(r, "ip.too_short"),
      bad_version(r, "ip.bad_version"), bad_header_len(r, "ip.bad_header_len"),
      bad_checksum(r, "ip.bad_checksum"), bad_len(r, "ip.bad_len"), bad_source(r, "ip.bad_source"),
      bad_options(r, "ip.bad_options"), source_routed(r, "ip.source_routed"),
      source_route_followed(r, "ip.source_route_followed"), not_for_us(r, "ip.not_for_us"),
      no_protocol(r, "ip.no_protocol"), no_route(r, "ip.no_route"),
      cannot_fragment(r, "ip.cannot_fragment"), no_memory(r, "ip.no_memory"),
      filtered(r, "ip.filtered"), ttl_exceeded(r, "ip.ttl_exceeded"),
      redirects_sent(r, "ip.redirects_sent"), rejected(r, "ip.rejected"),
      blackholed(r, "ip.blackholed"), fragment_dropped(r, "ip.fragment_dropped"),
      fragment_overlap(r, "ip.fragment_overlap"), fragment_timeout(r, "ip.fragment_timeout")
{
}

Inet::Inet(Stack& owner)
    : stack(owner), net(owner.net()), stats(owner.counters()), arp(owner),
      ids(owner, owner.options().ipid_reserved), reassembly(*this), flows(*this)
{
    for (IpProtocolHandler& handler : protocols)
        handler.input = unknown_protocol_input;
    ip.forwarding = owner.options().forwarding ? 1 : 0;
    ip.maxflows = owner.options().fastforward ? IpFlows::usual : 0;
    flows.set_limit(ip.maxflows);
    stack.callouts().start(slow_timer_, ns_per_s / 2, slow_timer, this);
}

Inet::~Inet()
{
    stack.callouts().stop(slow_timer_);
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        interface_gone(*ifp);
    delete raw;
    delete udp;
    delete icmp_state;
    delete igmp;
}

void Inet::slow_timer(void* arg)
{
    auto& inet = *static_cast<Inet*>(arg);
    inet.reassembly.expire(inet.stack.now_ns());
    inet.expire_routes();
    inet.stack.callouts().start(inet.slow_timer_, ns_per_s / 2, slow_timer, arg);
}

bool Inet::add_table(InpcbTable& table)
{
    for (InpcbTable*& slot : tables)
        if (slot == nullptr) {
            slot = &table;
            return true;
        }
    return false;
}

void Inet::remove_table(InpcbTable& table)
{
    for (InpcbTable*& slot : tables)
        if (slot == &table)
            slot = nullptr;
}

void Inet::interface_gone(ifnet& ifp)
{
    flows.flush();
    for (InpcbTable* table : tables)
        if (table != nullptr)
            table->interface_gone(ifp);
    arp.forget(ifp);
    if (igmp != nullptr)
        igmp->interface_gone(ifp);
    if (six != nullptr)
        six->interface_gone(ifp);
    for (auto* group = static_cast<InetGroup*>(ifp.if_afdata[0]); group != nullptr;) {
        InetGroup* next = group->next;
        delete group;
        group = next;
    }
    ifp.if_afdata[0] = nullptr;
}

void Inet::raw_input_of(MbufPtr m, size_t header_len)
{
    raw_input(*this, std::move(m), header_len);
}

int Inet::reserve_port(uint16_t port, bool reserve)
{
    const auto bit = static_cast<uint8_t>(1u << (port % 8));
    uint8_t& byte = reserved_ports_[port / 8];
    byte = static_cast<uint8_t>(reserve ? byte | bit : byte & ~bit);
    return 0;
}

int attach_inet(Stack& stack)
{
    auto* inet = new (std::nothrow) Inet(stack);
    if (inet == nullptr)
        return ENOMEM;
    stack.set_inet(inet);
    inet->icmp_state = new (std::nothrow) Icmp(stack.counters());
    inet->udp = new (std::nothrow) UdpProtosw(*inet);
    inet->raw = new (std::nothrow) RawProtosw(*inet);
    inet->igmp = new (std::nothrow) Igmp(*inet);
    if (inet->icmp_state == nullptr || inet->igmp == nullptr || inet->udp == nullptr ||
        inet->raw == nullptr) {
        detach_inet(stack);
        return ENOMEM;
    }
    inet->protocols[wire::proto_icmp] = {icmp_input, nullptr};
    inet->protocols[wire::proto_igmp] = {
        [](Inet& i, MbufPtr m, size_t header_len) { i.igmp->input(std::move(m), header_len); },
        nullptr};
    inet->protocols[wire::proto_udp] = {
        [](Inet& i, MbufPtr m, size_t header_len) { i.udp->input(std::move(m), header_len); },
        [](Inet& i, const IpError& what) { i.udp->error(what); },
    };
    inet->add_table(inet->udp->table);
    inet->add_table(inet->raw->table);
    stack.add_protosw(*inet->udp);
    stack.add_protosw(*inet->raw);
    stack.input().add_handler(wire::ether_ipv4, ip_input);
    stack.input().add_handler(wire::ether_arp,
                              [](Stack& s, MbufPtr m) { s.inet().arp.input(std::move(m)); });
    Net& net = stack.net();
    net.add_resolver({AF_INET, wire::ether_ipv4, resolve_ipv4});
    net.add_resolver({AF_ARP, wire::ether_arp, resolve_nothing});
    net.address_ioctl = [](Stack& s, ifnet& ifp, unsigned cmd, std::span<uint8_t> data,
                           size_t& reply) { return s.inet().control(ifp, cmd, data, reply); };
    net.neighbours = &inet->arp;
    net.fast_forward = [](Stack& s, const ifnet& in, MbufPtr& m) {
        return s.inet().flows.forward(in, m);
    };
    net.fibs_changed = [](Stack& s, ifnet& ifp) { s.inet().fibs_changed(ifp); };
    net.interface_gone = [](Stack& s, ifnet& ifp) { s.inet().interface_gone(ifp); };
    if (int error = attach_ip_sysctl(*inet))
        return error;
    return inet->add_address(*net.loopback, INADDR_LOOPBACK, IN_CLASSA_NET, 0);
}

void detach_inet(Stack& stack)
{
    stack.net().interface_gone = nullptr;
    stack.net().address_ioctl = nullptr;
    stack.net().fibs_changed = nullptr;
    stack.net().neighbours = nullptr;
    stack.net().fast_forward = nullptr;
    delete &stack.inet();
    stack.set_inet(nullptr);
}

} // namespace netmgr
