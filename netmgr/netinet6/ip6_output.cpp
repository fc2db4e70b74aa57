// SPDX-License-Identifier: Apache-2.0
// IPv6 out: way, source, group rules, path MTU, fragments made by the source (RFC 8200 4.5, 5).
#include <errno.h>

#include <net/if_types.h>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

struct Way {
    ifnet* ifp = nullptr;
    rtentry* route = nullptr;
    IpAddress hop;
};

wire::Ipv6Header& header_of(const MbufPtr& m)
{
    return *m.as<wire::Ipv6Header>();
}

IpAddress hop_of(const rtentry& route, const IpAddress& to)
{
    return (route.flags & RTF_GATEWAY) != 0 ? ip6_of(&route.gateway) : to;
}

int way_by_interface(Inet6& inet6, const IpAddress& to, unsigned index, unsigned fib, Way& way)
{
    way.ifp = inet6.net.find_interface(index);
    if (way.ifp == nullptr)
        return ENXIO;
    way.hop = to;
    rtentry* route = inet6.lookup_route(to, fib);
    if (route != nullptr && route->ifp == way.ifp) {
        way.route = route;
        way.hop = hop_of(*route, to);
    }
    return 0;
}

int way_of_group(Inet6& inet6, const IpAddress& to, const IpOutput& how, Way& way)
{
    const unsigned index = how.via_interface != 0 ? how.via_interface
                           : to.zone() != 0       ? to.zone()
                           : how.six != nullptr   ? how.six->multicast_if
                                                  : 0;
    way.ifp = inet6.multicast_interface(index, to);
    if (way.ifp == nullptr || (way.ifp->if_flags & IFF_MULTICAST) == 0)
        return ENETUNREACH;
    way.hop = to.with_zone(way.ifp->if_index);
    return 0;
}

int find_way(Inet6& inet6, const IpAddress& to, const IpOutput& how, Way& way)
{
    if (to.is_v6_multicast())
        return way_of_group(inet6, to, how, way);
    if (how.via_interface != 0)
        return way_by_interface(inet6, to, how.via_interface, how.fib, way);
    rtentry* route = how.route != nullptr ? inet6.lookup_route(*how.route, to, how.fib)
                                          : inet6.lookup_route(to, how.fib);
    if (route == nullptr) {
        inet6.missed_route(to, how.fib);
        return EHOSTUNREACH;
    }
    if ((how.flags & IpOutput::dont_route) != 0 && (route->flags & RTF_GATEWAY) != 0)
        return ENETUNREACH;
    if ((route->flags & RTF_REJECT) != 0) {
        ++inet6.stats.rejected;
        return (route->flags & RTF_HOST) != 0 ? EHOSTUNREACH : ENETUNREACH;
    }
    route->use++;
    way.route = route;
    way.ifp = route->ifp;
    way.hop = hop_of(*route, to);
    return 0;
}

// A group's member hears itself unless it does not want to (RFC 3493 5.2).
void loop_back(Inet6& inet6, const MbufPtr& m, ifnet& ifp)
{
    MbufPtr copy(m_dup(m.get(), 0, M_COPYALL, M_DONTWAIT));
    if (!copy)
        return;
    wire::Ipv6Header& h = header_of(copy);
    h.set_source(h.source().without_zone());
    h.set_destination(h.destination().without_zone());
    h.payload_len = static_cast<uint16_t>(copy.packet_len() - sizeof(h));
    ip6_finish_checksum(*copy);
    copy->m_pkthdr.rcvif = &ifp;
    copy->m_pkthdr.ether_type = wire::ether_ipv6;
    copy->m_flags |= M_LOOP;
    inet6.net.queue_input(ifp, std::move(copy));
}

int send_one(Inet6& inet6, MbufPtr m, const Way& way)
{
    wire::Ipv6Header& h = header_of(m);
    const IpAddress to = h.destination();
    h.set_source(h.source().without_zone());
    h.set_destination(to.without_zone());
    h.payload_len = static_cast<uint16_t>(m.packet_len() - sizeof(h));
    ++inet6.stats.sent;
    // An address of a link is only one on that link: our own packet to it comes in there, not on lo0.
    if (to.zone() != 0 && (way.ifp->if_flags & IFF_LOOPBACK) != 0)
        if (ifnet* real = inet6.net.find_interface(to.zone()); real != nullptr) {
            m->m_pkthdr.rcvif = real;
            m->m_pkthdr.ether_type = wire::ether_ipv6;
            m->m_flags |= M_LOOP;
            inet6.net.queue_input(*real, std::move(m));
            return 0;
        }
    const sockaddr_in6 hop = make_sockaddr_in6(way.hop);
    return way.ifp->if_output(way.ifp, m.release(), as_sockaddr(hop), way.route);
}

int send_fragments(Inet6& inet6, MbufPtr m, const Way& way, size_t mtu)
{
    constexpr size_t headers = sizeof(wire::Ipv6Header) + sizeof(wire::Ipv6Fragment);
    if (mtu < headers + 8) // a tunnel's or a route's can be set to anything
        return EMSGSIZE;
    ip6_finish_checksum(*m);
    if (!m.pullup(sizeof(wire::Ipv6Header)))
        return ENOBUFS;
    const wire::Ipv6Header whole = header_of(m);
    const size_t total = m.packet_len() - sizeof(whole);
    const size_t piece = (mtu - headers) & ~size_t{7};
    const uint32_t id = inet6.stack.random32();
    ++inet6.stats.fragmented;
    for (size_t at = 0; at < total; at += piece) {
        const size_t size = total - at < piece ? total - at : piece;
        MbufPtr data(m_copym(m.get(), static_cast<int>(sizeof(whole) + at), static_cast<int>(size),
                             M_DONTWAIT));
        MbufPtr f(data ? inet6.stack.mbufs().get_hdr(MT_DATA) : nullptr);
        if (!f) {
            ++inet6.stats.no_memory;
            return ENOBUFS;
        }
        m_copy_pkthdr(f.get(), m.get());
        f->m_data += 32; // room for link headers
        f->m_len = headers;
        f->m_pkthdr.len = static_cast<int>(headers + size);
        f->m_pkthdr.csum_flags = 0;
        header_of(f) = whole;
        header_of(f).next = wire::next_fragment;
        *f.as<wire::Ipv6Fragment>(sizeof(whole)) = {
            whole.next, 0,
            static_cast<uint16_t>(at | (at + size < total ? wire::Ipv6Fragment::more : 0u)), id};
        m_cat(f.get(), data.release());
        ++inet6.stats.fragments_sent;
        if (int error = send_one(inet6, std::move(f), way))
            return error;
    }
    return 0;
}

// The largest packet that may go this way: a group's or a careful sender's is small (RFC 3542 11.1).
size_t mtu_for(Inet6& inet6, const IpAddress& to, const IpOutput& how, const Way& way)
{
    const int wish = how.min_mtu6 != -2 ? how.min_mtu6 : how.six != nullptr ? how.six->min_mtu : 0;
    const size_t mtu = way.route != nullptr ? inet6.path_mtu(*way.route) : inet6.link_mtu(*way.ifp);
    const bool small = (wish == 1 || (wish == -1 && to.is_v6_multicast())) &&
                       (how.flags & IpOutput::forwarding) == 0;
    return small && mtu > wire::ipv6_mtu_min ? wire::ipv6_mtu_min : mtu;
}

int transport_offload(const Inet6& inet6, const ifnet& ifp)
{
    if ((ifp.if_flags & IFF_LOOPBACK) == 0)
        return ifp.if_csum_flags_tx;
    return (inet6.inet.udp_settings.do_loopback_cksum == 0 ? M_CSUM_UDPv6 : 0) |
           (inet6.inet.tcp_loopback_cksum == 0 ? M_CSUM_TCPv6 : 0);
}

// False: only the copy for ourselves goes.
bool handle_group(Inet6& inet6, MbufPtr& m, const IpOutput& how, const Way& way)
{
    const IpAddress to = way.hop;
    // What the stack says itself (solicitations, reports) is not for itself: it would see a double of its own address.
    const bool loop = how.six != nullptr && how.six->multicast_loop;
    m->m_flags |= M_MCAST;
    header_of(m).set_destination(to);
    if (loop && (way.ifp->if_flags & IFF_LOOPBACK) == 0 && inet6.is_member(*way.ifp, to))
        loop_back(inet6, m, *way.ifp);
    return header_of(m).hop_limit != 0 && to.scope() != IpAddress::scope_node;
}

} // namespace

void ip6_finish_checksum(mbuf& m)
{
    constexpr int wanted = M_CSUM_UDPv6 | M_CSUM_TCPv6;
    if ((m.m_pkthdr.csum_flags & wanted) == 0)
        return;
    constexpr size_t start = sizeof(wire::Ipv6Header);
    wire::Checksum sum; // the field holds the pseudo header's sum
    sum.add_chain(&m, start, static_cast<size_t>(m.m_pkthdr.len) - start);
    uint16_t value = sum.value();
    if (value == 0 && (m.m_pkthdr.csum_flags & M_CSUM_UDPv6) != 0)
        value = 0xffff; // RFC 8200 8.1
    const Be16 field = value;
    m_copyback(&m, static_cast<int>(start + m.m_pkthdr.csum_data), sizeof(field), &field);
    m.m_pkthdr.csum_flags &= ~wanted;
}

int Inet6::output(MbufPtr m, const IpOutput& how)
{
    Way way;
    const IpAddress to = header_of(m).destination();
    const bool forwarding = (how.flags & IpOutput::forwarding) != 0;
    if (m.packet_len() > sizeof(wire::Ipv6Header) + wire::ipv6_payload_max)
        return EMSGSIZE;
    if (int error = find_way(*this, to, how, way))
        return error;
    if (way.route != nullptr && (way.route->flags & RTF_BLACKHOLE) != 0) {
        ++stats.blackholed;
        return 0;
    }
    if ((way.ifp->if_flags & IFF_UP) == 0)
        return ENETDOWN;
    // RFC 4007 9: an address of one link does not leave by another.
    const IpAddress from = header_of(m).source();
    if (from.zone() != 0 && from.zone() != way.ifp->if_index &&
        (way.ifp->if_flags & IFF_LOOPBACK) == 0)
        return EHOSTUNREACH;
    if (to.is_v6_multicast() && !handle_group(*this, m, how, way))
        return 0;
    int error = 0;
    if (!net.pfil_inet6.run(m, way.ifp, pfil_out, error)) {
        ++stats.filtered;
        return error;
    }
    const size_t mtu = mtu_for(*this, to, how, way);
    if (m.packet_len() > mtu) {
        const bool whole = how.dont_fragment6 != -1
                               ? how.dont_fragment6 == 1
                               : how.six != nullptr && (how.six->flags & in6_dontfrag) != 0;
        if (forwarding || whole)
            return EMSGSIZE;
        return send_fragments(*this, std::move(m), way, mtu);
    }
    if ((m->m_pkthdr.csum_flags & ~transport_offload(*this, *way.ifp)) != 0)
        ip6_finish_checksum(*m);
    return send_one(*this, std::move(m), way);
}

int Inet6::icmp_send(ifnet* ifp, const IpAddress& source, const IpAddress& to, const void* message,
                     size_t size, uint8_t hops, bool router_alert)
{
    struct HopByHop {
        uint8_t next, len, type, option_len;
        Be16 value;
        uint8_t padding[2];
    };
    const size_t extra = router_alert ? sizeof(HopByHop) : 0;
    const size_t at = sizeof(wire::Ipv6Header) + extra;
    MbufPtr m = stack.mbufs().get_data(at + size, 32);
    if (!m || !m.pullup(at + sizeof(wire::Icmp6Header)))
        return ENOBUFS;
    wire::Ipv6Header& h = header_of(m);
    h = {};
    h.set_flow(0, 0);
    h.next = router_alert ? wire::next_hop_by_hop : wire::next_icmp6;
    h.hop_limit = hops;
    h.set_source(source);
    h.set_destination(to);
    if (router_alert)
        *m.as<HopByHop>(sizeof(h)) = {wire::next_icmp6,         0,
                                      wire::opt6_router_alert,  2,
                                      static_cast<uint16_t>(0), {wire::opt6_padn, 0}};
    m_copyback(m.get(), static_cast<int>(at), static_cast<int>(size), message);
    wire::Checksum sum;
    sum.add_pseudo(source, to, wire::next_icmp6, size);
    sum.add_chain(m.get(), at, size);
    m.as<wire::Icmp6Header>(at)->checksum = sum.value();
    IpOutput how;
    how.via_interface = ifp != nullptr ? ifp->if_index : 0;
    return output(std::move(m), how);
}

} // namespace netmgr
