// SPDX-License-Identifier: Apache-2.0
// IPv4 out: options, route, source, group and broadcast rules, checksum, fragments.
#include <errno.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

struct Way {
    ifnet* ifp = nullptr;
    rtentry* route = nullptr;
    const ifaddr* ifa = nullptr;
    uint32_t hop = 0;
};

wire::Ipv4Header& header_of(MbufPtr& m)
{
    return *m.as<wire::Ipv4Header>();
}

int insert_options(MbufPtr& m, std::span<const uint8_t> options)
{
    const size_t padded = (options.size() + 3) & ~size_t{3};
    const wire::Ipv4Header old = header_of(m);
    if (old.header_len() != sizeof(old) || padded > wire::ipv4_header_max - sizeof(old))
        return EINVAL;
    m_adj(m.get(), sizeof(old));
    if (!m.prepend(sizeof(old) + padded))
        return ENOBUFS;
    wire::Ipv4Header& h = header_of(m);
    h = old;
    h.set_header_len(sizeof(old) + padded);
    auto* to = m.as<uint8_t>(sizeof(old));
    memset(to, wire::opt_end, padded);
    memcpy(to, options.data(), options.size());
    return 0;
}

// Without memory the packet goes as an ordinary one.
void tag_priority(mbuf& m, uint32_t priority)
{
    m_tag* tag = m_tag_get(PACKET_TAG_TXQ, sizeof(priority), M_DONTWAIT);
    if (tag == nullptr)
        return;
    memcpy(tag + 1, &priority, sizeof(priority));
    m_tag_prepend(&m, tag);
}

ifaddr* neighbour_address(Inet& inet, uint32_t ip)
{
    for (ifnet* ifp = inet.net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        for (ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next)
            if (a->family() == AF_INET && (ip & a->mask()) == a->network())
                return a;
    return nullptr;
}

// An interface given by the socket: its neighbours directly, others by the default route when that leaves there.
int way_by_interface(Inet& inet, uint32_t destination, uint32_t if_index, unsigned fib, Way& way)
{
    way.ifp = inet.net.find_interface(if_index);
    if (way.ifp == nullptr)
        return ENXIO;
    way.ifa = inet.first_address(*way.ifp);
    way.hop = destination;
    rtentry* route = inet.lookup_route(destination, fib);
    if (route != nullptr && route->ifp == way.ifp && (route->flags & RTF_GATEWAY) != 0) {
        way.route = route;
        way.hop = ip_of(reinterpret_cast<const sockaddr*>(&route->gateway));
    }
    return 0;
}

int way_of_group(Inet& inet, uint32_t destination, const IpOutput& how, Way& way)
{
    const unsigned index = how.via_interface != 0     ? how.via_interface
                           : how.multicast != nullptr ? how.multicast->if_index
                                                      : 0;
    way.ifp = inet.multicast_interface(index, destination);
    if (way.ifp == nullptr)
        return ENETUNREACH;
    if ((way.ifp->if_flags & IFF_MULTICAST) == 0)
        return ENETUNREACH;
    way.ifa = inet.first_address(*way.ifp);
    way.hop = destination;
    return 0;
}

int way_of_limited_broadcast(Inet& inet, Way& way, const wire::Ipv4Header& h)
{
    way.ifp = h.source != 0u ? inet.net.interface_of_address(h.source) : nullptr;
    for (ifnet* ifp = inet.net.first_interface(); way.ifp == nullptr && ifp != nullptr;
         ifp = TAILQ_NEXT(ifp, if_list))
        if ((ifp->if_flags & (IFF_BROADCAST | IFF_UP)) == (IFF_BROADCAST | IFF_UP))
            way.ifp = ifp;
    if (way.ifp == nullptr)
        return ENETUNREACH;
    way.ifa = inet.first_address(*way.ifp);
    way.hop = INADDR_BROADCAST;
    return 0;
}

int find_way(Inet& inet, const wire::Ipv4Header& h, const IpOutput& how, Way& way)
{
    const uint32_t destination = h.destination;
    if (IN_MULTICAST(destination))
        return way_of_group(inet, destination, how, way);
    if (how.via_interface != 0)
        return way_by_interface(inet, destination, how.via_interface, how.fib, way);
    if ((how.flags & IpOutput::dont_route) != 0) {
        way.ifa = neighbour_address(inet, destination);
        if (way.ifa == nullptr)
            return ENETUNREACH;
        way.ifp = way.ifa->ifp;
        way.hop = destination;
        return 0;
    }
    rtentry* route = how.route != nullptr ? inet.lookup_route(*how.route, destination, how.fib)
                                          : inet.lookup_route(destination, how.fib);
    if (destination == INADDR_BROADCAST && (route == nullptr || route->prefix == 0))
        return way_of_limited_broadcast(inet, way, h);
    if (route == nullptr) {
        inet.missed_route(destination, how.fib);
        return EHOSTUNREACH;
    }
    if ((route->flags & RTF_REJECT) != 0) {
        ++inet.stats.rejected;
        return (route->flags & RTF_HOST) != 0 ? EHOSTUNREACH : ENETUNREACH;
    }
    route->use++;
    way.route = route;
    way.ifp = route->ifp;
    way.ifa = route->ifa;
    way.hop = (route->flags & RTF_GATEWAY) != 0
                  ? ip_of(reinterpret_cast<const sockaddr*>(&route->gateway))
                  : destination;
    return 0;
}

// RFC 1112 6.1: the sender's ttl and, when it is a member, a copy of its own.
int handle_group(Inet& inet, MbufPtr& m, const IpOutput& how, const Way& way)
{
    wire::Ipv4Header& h = header_of(m);
    const bool loop = how.multicast == nullptr || how.multicast->loop;
    m->m_flags |= M_MCAST;
    if ((how.flags & (IpOutput::forwarding | IpOutput::raw_header)) == 0)
        h.ttl = how.multicast != nullptr ? how.multicast->ttl : IP_DEFAULT_MULTICAST_TTL;
    if (loop && inet.is_member(*way.ifp, h.destination) &&
        (way.ifp->if_flags & IFF_LOOPBACK) == 0) {
        MbufPtr copy(m_dup(m.get(), 0, M_COPYALL, M_DONTWAIT));
        if (copy) {
            const uint16_t total = static_cast<uint16_t>(copy->m_pkthdr.len);
            wire::Ipv4Header& c = header_of(copy);
            c.total_len = total;
            if (c.source == 0u && way.ifa != nullptr)
                c.source = way.ifa->ip();
            ip_finish_checksum(*copy);
            c.checksum = 0;
            c.checksum = wire::checksum(&c, c.header_len());
            copy->m_pkthdr.rcvif = way.ifp;
            copy->m_pkthdr.ether_type = wire::ether_ipv4;
            copy->m_flags |= M_LOOP;
            inet.net.queue_input(*way.ifp, std::move(copy));
        }
    }
    return h.ttl == 0 ? EALREADY : 0;
}

int check_broadcast(Inet& inet, MbufPtr& m, const IpOutput& how, const Way& way)
{
    if (way.hop != INADDR_BROADCAST && !inet.is_broadcast_on(*way.ifp, way.hop))
        return 0;
    if ((way.ifp->if_flags & IFF_BROADCAST) == 0)
        return EADDRNOTAVAIL;
    if ((how.flags & IpOutput::allow_broadcast) == 0)
        return EACCES;
    if (static_cast<uint64_t>(m->m_pkthdr.len) > way.ifp->if_mtu)
        return EMSGSIZE; // broadcasts are not fragmented
    m->m_flags |= M_BCAST;
    return 0;
}

// Transport checksums the interface makes itself, or that loopback does without.
int transport_offload(const Inet& inet, const ifnet& ifp)
{
    if ((ifp.if_flags & IFF_LOOPBACK) == 0)
        return ifp.if_csum_flags_tx;
    return (inet.udp_settings.do_loopback_cksum == 0 ? M_CSUM_UDPv4 : 0) |
           (inet.tcp_loopback_cksum == 0 ? M_CSUM_TCPv4 : 0);
}

int send_one(Inet& inet, MbufPtr m, const Way& way)
{
    wire::Ipv4Header& h = header_of(m);
    h.checksum = 0;
    if ((way.ifp->if_csum_flags_tx & M_CSUM_IPv4) != 0)
        m->m_pkthdr.csum_flags |= M_CSUM_IPv4;
    else if ((way.ifp->if_flags & IFF_LOOPBACK) == 0 || inet.ip.do_loopback_cksum != 0)
        h.checksum = wire::checksum(&h, h.header_len());
    ++inet.stats.sent;
    const sockaddr_in hop = make_sockaddr_in(way.hop);
    return way.ifp->if_output(way.ifp, m.release(), as_sockaddr(hop), way.route);
}

// Options with the copied bit, for all fragments but the first.
size_t copied_options(const wire::Ipv4Header& h, uint8_t* to)
{
    const auto* bytes = reinterpret_cast<const uint8_t*>(&h);
    size_t size = 0;
    for (size_t at = sizeof(h); at < h.header_len();) {
        const uint8_t option = bytes[at];
        if (option == wire::opt_end)
            break;
        const size_t len = option == wire::opt_nop ? 1 : bytes[at + 1];
        if (len == 0 || at + len > h.header_len())
            break;
        if ((option & wire::opt_copied) != 0) {
            memcpy(to + size, bytes + at, len);
            size += len;
        }
        at += len;
    }
    while (size % 4 != 0)
        to[size++] = wire::opt_end;
    return size;
}

MbufPtr make_fragment(Inet& inet, const mbuf& whole, const wire::Ipv4Header& first, size_t offset,
                      size_t size, bool more)
{
    uint8_t options[wire::ipv4_header_max];
    const size_t option_len =
        offset != 0 ? copied_options(first, options) : first.header_len() - sizeof(first);
    const size_t header_len = sizeof(first) + option_len;
    MbufPtr data(m_copym(const_cast<mbuf*>(&whole), static_cast<int>(first.header_len() + offset),
                         static_cast<int>(size), M_DONTWAIT));
    MbufPtr m(data ? inet.stack.mbufs().get_hdr(MT_DATA) : nullptr);
    if (!m)
        return MbufPtr();
    m_copy_pkthdr(m.get(), &whole);
    m->m_data += 64; // room for link headers
    m->m_len = static_cast<int>(header_len);
    wire::Ipv4Header& h = header_of(m);
    h = first;
    memcpy(m.as<uint8_t>(sizeof(h)),
           offset != 0 ? options : reinterpret_cast<const uint8_t*>(&first) + sizeof(first),
           option_len);
    h.set_header_len(header_len);
    h.total_len = static_cast<uint16_t>(header_len + size);
    const bool last_of_many = first.has_more_fragments(); // forwarding a fragment in smaller pieces
    h.fragment =
        static_cast<uint16_t>((first.fragment_offset() + offset) / 8 |
                              (more || last_of_many ? wire::Ipv4Header::more_fragments : 0));
    m->m_pkthdr.len = static_cast<int>(header_len + size);
    m->m_pkthdr.csum_flags = 0;
    m_cat(m.get(), data.release());
    return m;
}

int send_fragments(Inet& inet, MbufPtr m, const Way& way, size_t mtu)
{
    ip_finish_checksum(*m);
    if (!m.pullup(header_of(m).header_len()))
        return ENOBUFS;
    const wire::Ipv4Header& h = header_of(m);
    const size_t total = h.total_len - h.header_len();
    const size_t piece = (mtu - h.header_len()) & ~size_t{7};
    if (mtu < h.header_len() + 8)
        return EMSGSIZE;
    ++inet.stats.fragmented;
    for (size_t offset = 0; offset < total; offset += piece) {
        const size_t size = total - offset < piece ? total - offset : piece;
        MbufPtr fragment = make_fragment(inet, *m, h, offset, size, offset + size < total);
        if (!fragment) {
            ++inet.stats.no_memory;
            return ENOBUFS; // what is out is out; the receiver's timer cleans up
        }
        ++inet.stats.fragments_sent;
        if (int error = send_one(inet, std::move(fragment), way))
            return error;
    }
    return 0;
}

} // namespace

void ip_finish_checksum(mbuf& m)
{
    if ((m.m_pkthdr.csum_flags & (M_CSUM_UDPv4 | M_CSUM_TCPv4)) == 0)
        return;
    const auto& h = *reinterpret_cast<const wire::Ipv4Header*>(m.m_data);
    const size_t start = h.header_len();
    wire::Checksum sum; // the field holds the pseudo header's sum
    sum.add_chain(&m, start, static_cast<size_t>(m.m_pkthdr.len) - start);
    uint16_t value = sum.value();
    if (value == 0 && (m.m_pkthdr.csum_flags & M_CSUM_UDPv4) != 0)
        value = 0xffff; // RFC 768: 0 means "none"
    const Be16 field = value;
    m_copyback(&m, static_cast<int>(start + m.m_pkthdr.csum_data), sizeof(field), &field);
    m.m_pkthdr.csum_flags &= ~(M_CSUM_UDPv4 | M_CSUM_TCPv4);
}

int ip_output(Inet& inet, MbufPtr m, const IpOutput& how)
{
    Way way;
    if (how.tx_priority >= 0)
        tag_priority(*m, static_cast<uint32_t>(how.tx_priority));
    if (!how.options.empty())
        if (int error = insert_options(m, how.options))
            return error;
    if (how.first_hop != 0)
        header_of(m).destination = how.first_hop;
    if (m->m_pkthdr.len > static_cast<int>(wire::ipv4_packet_max))
        return EMSGSIZE;
    if ((how.flags & (IpOutput::forwarding | IpOutput::raw_header)) == 0) {
        wire::Ipv4Header& h = header_of(m);
        h.total_len = static_cast<uint16_t>(m->m_pkthdr.len);
        h.id = inet.ids.next();
    }
    if (int error = find_way(inet, header_of(m), how, way))
        return error;
    if (way.route != nullptr && (way.route->flags & RTF_BLACKHOLE) != 0) {
        ++inet.stats.blackholed; // quietly
        return 0;
    }
    if ((way.ifp->if_flags & IFF_UP) == 0)
        return ENETDOWN;
    if (header_of(m).source == 0u && way.ifa != nullptr && (how.flags & IpOutput::forwarding) == 0)
        header_of(m).source = way.ifa->ip();
    if (IN_MULTICAST(header_of(m).destination)) {
        if (int error = handle_group(inet, m, how, way))
            return error == EALREADY ? 0 : error; // ttl 0: only the copy for ourselves
    } else if (int error = check_broadcast(inet, m, how, way)) {
        return error;
    }
    int error = 0;
    if (!inet.net.pfil_inet.run(m, way.ifp, pfil_out, error)) {
        ++inet.stats.filtered;
        return error;
    }
    const size_t mtu =
        way.route != nullptr ? inet.path_mtu(*way.route) : static_cast<size_t>(way.ifp->if_mtu);
    if (m.packet_len() > mtu) {
        if (header_of(m).may_not_fragment())
            return EMSGSIZE;
        return send_fragments(inet, std::move(m), way, mtu);
    }
    if ((m->m_pkthdr.csum_flags & ~transport_offload(inet, *way.ifp)) != 0)
        ip_finish_checksum(*m);
    return send_one(inet, std::move(m), way);
}

} // namespace netmgr
