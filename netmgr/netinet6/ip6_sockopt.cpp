// SPDX-License-Identifier: Apache-2.0
// Options of level IPPROTO_IPV6 (RFC 3493, RFC 3542) and ICMP6_FILTER, and the control messages that belong to them.
#include <errno.h>
#include <netinet/in.h>
#include <sys/time.h>

#include "kern/control.hpp"
#include "kern/protosw.hpp"
#include "kern/sockopt_value.hpp"
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

uint32_t flag_of(int name)
{
    switch (name) {
    case IPV6_RECVPKTINFO:
        return in6_recvpktinfo;
    case IPV6_RECVHOPLIMIT:
        return in6_recvhoplimit;
    case IPV6_RECVTCLASS:
        return in6_recvtclass;
    case IPV6_DONTFRAG:
        return in6_dontfrag;
    case IPV6_RECVPATHMTU:
        return in6_recvpathmtu;
    default:
        return 0;
    }
}

int change_membership(Inet6& inet6, Inpcb& inp, bool join, std::span<const uint8_t> value)
{
    using Membership = In6Options::Membership;
    ipv6_mreq request;
    if (value.size() < sizeof(request))
        return EINVAL;
    memcpy(&request, value.data(), sizeof(request));
    const IpAddress group = IpAddress::from(&request.ipv6mr_multiaddr);
    if (!group.is_v6_multicast())
        return EINVAL;
    ifnet* ifp = inet6.multicast_interface(request.ipv6mr_interface, group);
    if (ifp == nullptr)
        return request.ipv6mr_interface != 0 ? ENXIO : EADDRNOTAVAIL;
    Membership* there = nullptr;
    Membership* free_slot = nullptr;
    for (Membership& m : inp.six->memberships) {
        if (m.if_index == ifp->if_index && m.group == group)
            there = &m;
        else if (m.if_index == 0 && free_slot == nullptr)
            free_slot = &m;
    }
    if (!join) {
        if (there == nullptr)
            return EADDRNOTAVAIL;
        inet6.leave_group(*ifp, group);
        *there = {};
        return 0;
    }
    if (there != nullptr)
        return EADDRINUSE;
    if (free_slot == nullptr)
        return ETOOMANYREFS;
    if (int error = inet6.join_group(*ifp, group))
        return error;
    *free_slot = {group, ifp->if_index};
    return 0;
}

int set_pktinfo(Inet6& inet6, Inpcb& inp, std::span<const uint8_t> value)
{
    in6_pktinfo info = {};
    if (!value.empty() && value.size() < sizeof(info))
        return EINVAL;
    if (!value.empty())
        memcpy(&info, value.data(), sizeof(info));
    const IpAddress ip = IpAddress::from(&info.ipi6_addr).with_zone(info.ipi6_ifindex);
    if (info.ipi6_ifindex != 0 && inet6.net.find_interface(info.ipi6_ifindex) == nullptr)
        return ENXIO;
    if (!ip.is_any() && !inet6.may_bind(ip))
        return EADDRNOTAVAIL;
    inp.six->source = ip;
    inp.six->source_if = static_cast<uint16_t>(info.ipi6_ifindex);
    return 0;
}

// -1 stands for the default.
template <typename T>
int set_number(int v, int least, int most, T& to)
{
    if (v < least || v > most)
        return EINVAL;
    to = static_cast<T>(v);
    return 0;
}

int set_checksum(Inpcb& inp, int v)
{
    if (inp.so.proto.type != SOCK_RAW)
        return ENOPROTOOPT;
    if (inp.so.protocol == IPPROTO_ICMPV6 || (v != -1 && (v < 0 || v % 2 != 0 || v > 65534)))
        return EINVAL;
    inp.six->checksum_at = v;
    return 0;
}

} // namespace

int Inet6::setopt(Inpcb& inp, int level, int name, std::span<const uint8_t> value, const Cred&)
{
    In6Options& six = *inp.six;
    if (level == IPPROTO_ICMPV6 && name == ICMP6_FILTER && inp.so.proto.type == SOCK_RAW) {
        if (value.size() != sizeof(six.icmp6_filter))
            return EINVAL;
        memcpy(six.icmp6_filter, value.data(), sizeof(six.icmp6_filter));
        return 0;
    }
    if (level != IPPROTO_IPV6)
        return ENOPROTOOPT;
    if (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP)
        return change_membership(*this, inp, name == IPV6_JOIN_GROUP, value);
    if (name == IPV6_PKTINFO)
        return set_pktinfo(*this, inp, value);
    int v = 0;
    if (value.size() < sizeof(v))
        return EINVAL;
    memcpy(&v, value.data(), sizeof(v));
    if (const uint32_t flag = flag_of(name)) {
        six.flags = v != 0 ? six.flags | flag : six.flags & ~flag;
        return 0;
    }
    switch (name) {
    case IPV6_UNICAST_HOPS:
        return set_number(v, -1, 255, six.hops);
    case IPV6_MULTICAST_HOPS:
        return set_number(v == -1 ? 1 : v, 0, 255, six.multicast_hops);
    case IPV6_TCLASS:
        return set_number(v, -1, 255, six.traffic_class);
    case IPV6_USE_MIN_MTU:
        return set_number(v, -1, 1, six.min_mtu);
    case IPV6_CHECKSUM:
        return set_checksum(inp, v);
    case IPV6_MULTICAST_LOOP:
        if (v < 0 || v > 1)
            return EINVAL;
        six.multicast_loop = v != 0;
        return 0;
    case IPV6_MULTICAST_IF:
        if (v < 0 || (v != 0 && net.find_interface(static_cast<unsigned>(v)) == nullptr))
            return ENXIO;
        six.multicast_if = static_cast<uint16_t>(v);
        return 0;
    case IPV6_V6ONLY:
        if (inp.local_port != 0 || !inp.local.is_any())
            return EINVAL; // RFC 3493 5.3: before bind
        InpcbTable::set_v6only(inp, v != 0);
        return 0;
    case IPV6_PORTRANGE:
        return set_number(v, IP_PORTRANGE_DEFAULT, IP_PORTRANGE_LOW, inp.port_range);
    default:
        return ENOPROTOOPT;
    }
}

int Inet6::getopt(Inpcb& inp, int level, int name, std::span<uint8_t> value, size_t& size)
{
    const In6Options& six = *inp.six;
    if (level == IPPROTO_ICMPV6 && name == ICMP6_FILTER && inp.so.proto.type == SOCK_RAW)
        return put(six.icmp6_filter, sizeof(six.icmp6_filter), value, size);
    if (level != IPPROTO_IPV6)
        return ENOPROTOOPT;
    if (const uint32_t flag = flag_of(name))
        return put_int((six.flags & flag) != 0, value, size);
    switch (name) {
    case IPV6_UNICAST_HOPS:
        return put_int(six.hops >= 0 ? six.hops : ip.hlim, value, size);
    case IPV6_MULTICAST_HOPS:
        return put_int(six.multicast_hops, value, size);
    case IPV6_TCLASS:
        return put_int(six.traffic_class < 0 ? 0 : six.traffic_class, value, size);
    case IPV6_USE_MIN_MTU:
        return put_int(six.min_mtu, value, size);
    case IPV6_CHECKSUM:
        return inp.so.proto.type == SOCK_RAW ? put_int(six.checksum_at, value, size) : ENOPROTOOPT;
    case IPV6_MULTICAST_LOOP:
        return put_int(six.multicast_loop, value, size);
    case IPV6_MULTICAST_IF:
        return put_int(six.multicast_if, value, size);
    case IPV6_V6ONLY:
        return put_int((six.flags & in6_v6only) != 0, value, size);
    case IPV6_PORTRANGE:
        return put_int(inp.port_range, value, size);
    case IPV6_PKTINFO: {
        in6_pktinfo info = {};
        memcpy(&info.ipi6_addr, six.source.without_zone().bytes, sizeof(info.ipi6_addr));
        info.ipi6_ifindex = six.source_if;
        return put(&info, sizeof(info), value, size);
    }
    case IPV6_PATHMTU: {
        const rtentry* route =
            inp.connected() ? inet.lookup_route(inp.route, inp.foreign, inp.so.fib) : nullptr;
        return route != nullptr ? put_int(static_cast<int>(path_mtu(*route)), value, size)
                                : ENOTCONN;
    }
    default:
        return ENOPROTOOPT;
    }
}

MbufPtr Inet6::received_control(const Inpcb& inp, const mbuf& m, const IpArrival& a)
{
    MbufPtr control;
    MbufPool& pool = stack.mbufs();
    const uint32_t flags = inp.six->flags;
    if ((inp.so.options & SO_TIMESTAMP) != 0) {
        const uint64_t now = stack.platform().wall_ns();
        timeval tv = {};
        tv.tv_sec = static_cast<decltype(tv.tv_sec)>(now / ns_per_s);
        tv.tv_usec = static_cast<decltype(tv.tv_usec)>(now % ns_per_s / 1000);
        control_append(pool, control, SOL_SOCKET, SCM_TIMESTAMP, &tv, sizeof(tv));
    }
    if ((flags & in6_recvpktinfo) != 0) {
        in6_pktinfo info = {};
        const IpAddress clean = a.destination.without_zone();
        memcpy(&info.ipi6_addr, clean.bytes, sizeof(info.ipi6_addr));
        info.ipi6_ifindex = m.m_pkthdr.rcvif != nullptr ? m.m_pkthdr.rcvif->if_index : 0u;
        control_append(pool, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    }
    const int hops = a.ttl;
    if ((flags & in6_recvhoplimit) != 0)
        control_append(pool, control, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
    const int traffic_class = a.tos;
    if ((flags & in6_recvtclass) != 0)
        control_append(pool, control, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class,
                       sizeof(traffic_class));
    return control;
}

int Inet6::parse_control(const mbuf* control, SendControl6& out)
{
    return control_walk(
        control,
        [](void* arg, const cmsghdr& header, const uint8_t* data, size_t size) {
            auto& result = *static_cast<SendControl6*>(arg);
            if (header.cmsg_level != IPPROTO_IPV6)
                return 0; // BSD ignores what it does not know
            if (header.cmsg_type == IPV6_PKTINFO) {
                in6_pktinfo info;
                if (size < sizeof(info))
                    return EINVAL;
                memcpy(&info, data, sizeof(info));
                result.source = IpAddress::from(&info.ipi6_addr).with_zone(info.ipi6_ifindex);
                result.if_index = info.ipi6_ifindex;
                return 0;
            }
            int v = 0;
            if (size < sizeof(v))
                return EINVAL;
            memcpy(&v, data, sizeof(v));
            switch (header.cmsg_type) {
            case IPV6_HOPLIMIT:
                return set_number(v, -1, 255, result.hops);
            case IPV6_TCLASS:
                return set_number(v, -1, 255, result.traffic_class);
            case IPV6_DONTFRAG:
                return set_number(v, 0, 1, result.dont_fragment);
            case IPV6_USE_MIN_MTU:
                return set_number(v, -1, 1, result.min_mtu);
            default:
                return 0;
            }
        },
        &out);
}

} // namespace netmgr
