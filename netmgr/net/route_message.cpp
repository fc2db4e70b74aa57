// SPDX-License-Identifier: Apache-2.0
// Taking routing messages apart and putting them together.
#include "net/route_message.hpp"

#include <errno.h>
#include <netinet/if_inarp.h>
#include <string.h>

#include <net/if_dl.h>

#include "net/sockaddr6.hpp"

namespace netmgr {

namespace {

sockaddr_storage storage_of(const sockaddr_in& sin)
{
    sockaddr_storage ss = {};
    memcpy(&ss, &sin, sizeof(sin));
    return ss;
}

} // namespace

sockaddr_storage name_of(const IpAddress& ip)
{
    sockaddr_storage ss;
    if (ip.is_v4())
        return storage_of(make_sockaddr_in(ip.ip4()));
    store_sockaddr_in6(ss, ip);
    return ss;
}

namespace {

uint32_t address_of_key(const PrefixKey& key)
{
    return static_cast<uint32_t>(key.bytes[0]) << 24 | static_cast<uint32_t>(key.bytes[1]) << 16 |
           static_cast<uint32_t>(key.bytes[2]) << 8 | key.bytes[3];
}

// A deadline of the stack's clock as the calendar time clients expect.
int64_t wall_seconds(Net& net, uint64_t deadline_ns)
{
    if (deadline_ns == 0)
        return 0;
    Platform& platform = net.stack.platform();
    const auto left = static_cast<int64_t>(deadline_ns) - static_cast<int64_t>(platform.now_ns());
    return (static_cast<int64_t>(platform.wall_ns()) + left) / static_cast<int64_t>(ns_per_s);
}

} // namespace

int RouteRequest::parse(std::span<const uint8_t> bytes)
{
    if (bytes.size() < sizeof(header))
        return EINVAL;
    memcpy(&header, bytes.data(), sizeof(header));
    if (header.rtm_version != RTM_VERSION)
        return EPROTONOSUPPORT;
    if (header.rtm_msglen != bytes.size() || (header.rtm_addrs & ~((1 << RTAX_MAX) - 1)) != 0)
        return EINVAL;
    size_t at = sizeof(header);
    for (int i = 0; i < RTAX_MAX; ++i) {
        address[i] = {};
        if (!has(i))
            continue;
        if (at >= bytes.size())
            return EINVAL;
        const size_t len = bytes[at];
        if (len > sizeof(address[i]) || len > bytes.size() - at)
            return EINVAL;
        memcpy(&address[i], bytes.data() + at, len);
        at += RT_ROUNDUP(len);
    }
    return 0;
}

void RouteMessage::add(int index, const sockaddr_storage& address)
{
    const size_t step = RT_ROUNDUP(address.ss_len);
    if (step > sizeof(bytes_) - size_)
        return;
    memcpy(bytes_ + size_, &address, address.ss_len);
    size_ += step;
    addresses_ |= 1 << index;
}

void RouteMessage::add_netmask(int index, int family, unsigned prefix)
{
    if (family == AF_INET) {
        add(index, storage_of(make_sockaddr_in(prefix_mask(prefix))));
        return;
    }
    add(index, make_netmask6(prefix));
}

void RouteMessage::add_interface(int index, const ifnet& ifp)
{
    sockaddr_storage ss = {};
    if (ifp.if_sadl != nullptr)
        memcpy(&ss, ifp.if_sadl, ifp.if_sadl->sdl_len);
    add(index, ss);
}

std::span<const uint8_t> RouteMessage::finish()
{
    // All four headers begin alike: length, version, type, then (rt_msghdr: behind index and flags) the address mask.
    const auto length = static_cast<uint16_t>(size_);
    memcpy(bytes_, &length, sizeof(length));
    bytes_[offsetof(rt_msghdr, rtm_version)] = RTM_VERSION;
    const uint8_t type = bytes_[offsetof(rt_msghdr, rtm_type)];
    size_t at = offsetof(rt_msghdr, rtm_addrs);
    if (type == RTM_NEWADDR || type == RTM_DELADDR)
        at = offsetof(ifa_msghdr, ifam_addrs);
    else if (type == RTM_IFINFO)
        at = offsetof(if_msghdr, ifm_addrs);
    if (type != RTM_IFANNOUNCE)
        memcpy(bytes_ + at, &addresses_, sizeof(addresses_));
    return {bytes_, size_};
}

sockaddr_storage destination_of(const rtentry& route)
{
    return name_of(route.family == AF_INET6 ? IpAddress::from(route.key.bytes)
                                            : IpAddress::v4(address_of_key(route.key)));
}

RouteMessage describe_route(Net& net, const rtentry& route, int type, bool with_interface,
                            int more_flags)
{
    rt_msghdr h = {};
    h.rtm_type = static_cast<uint8_t>(type);
    h.rtm_index = route.ifp != nullptr ? route.ifp->if_index : 0;
    h.rtm_flags = route.flags | more_flags;
    h.rtm_use = static_cast<int32_t>(route.use & 0x7fffffff);
    h.rtm_rmx = route.metrics;
    h.rtm_rmx.rmx_mtu = route.mtu;
    h.rtm_rmx.rmx_locks = route.locks;
    h.rtm_rmx.rmx_expire = wall_seconds(net, route.expires_ns);
    h.rtm_rmx.rmx_pksent = static_cast<int64_t>(route.use);
    RouteMessage m(h);
    m.add(RTAX_DST, destination_of(route));
    m.add(RTAX_GATEWAY, route.gateway);
    if ((route.flags & RTF_HOST) == 0)
        m.add_netmask(RTAX_NETMASK, route.family, route.prefix);
    if (with_interface && route.ifp != nullptr) {
        m.add_interface(RTAX_IFP, *route.ifp);
        if (route.ifa != nullptr)
            m.add(RTAX_IFA, route.ifa->address);
    }
    return m;
}

int flags_of(const Neighbour& neighbour)
{
    return RTF_UP | RTF_HOST | RTF_LLINFO | (neighbour.permanent ? RTF_STATIC : RTF_CLONED) |
           (neighbour.published ? RTF_ANNOUNCE : 0) | (neighbour.complete ? 0 : RTF_REJECT);
}

RouteMessage describe_neighbour(Net& net, const Neighbour& neighbour, int type)
{
    rt_msghdr h = {};
    h.rtm_type = static_cast<uint8_t>(type);
    h.rtm_index = neighbour.ifp->if_index;
    h.rtm_flags = flags_of(neighbour);
    h.rtm_rmx.rmx_expire = wall_seconds(net, neighbour.expires_ns);
    sockaddr_dl sdl = {};
    sdl.sdl_len = sizeof(sdl);
    sdl.sdl_family = AF_LINK;
    sdl.sdl_index = neighbour.ifp->if_index;
    sdl.sdl_type = neighbour.ifp->if_type;
    sdl.sdl_alen = neighbour.complete ? sizeof(neighbour.mac) : 0;
    if (neighbour.complete)
        memcpy(sdl.sdl_data, neighbour.mac.bytes, sizeof(neighbour.mac));
    sockaddr_storage gateway = {};
    memcpy(&gateway, &sdl, sizeof(sdl));
    RouteMessage m(h);
    sockaddr_storage destination = name_of(neighbour.ip);
    if (neighbour.proxy_only)
        reinterpret_cast<sockaddr_inarp&>(destination).sin_other = SIN_PROXY;
    m.add(RTAX_DST, destination);
    m.add(RTAX_GATEWAY, gateway);
    return m;
}

RouteMessage describe_interface(const ifnet& ifp, int type)
{
    if_msghdr h = {};
    h.ifm_type = static_cast<uint8_t>(type);
    h.ifm_index = ifp.if_index;
    h.ifm_flags = static_cast<int32_t>(ifp.if_flags | (ifp.if_flags_tx & IFF_OACTIVE));
    h.ifm_data = ifp.if_data;
    RouteMessage m(h);
    m.add_interface(RTAX_IFP, ifp);
    return m;
}

RouteMessage describe_address(const ifaddr& ifa, int type)
{
    ifa_msghdr h = {};
    h.ifam_type = static_cast<uint8_t>(type);
    h.ifam_index = ifa.ifp->if_index;
    h.ifam_metric = static_cast<int32_t>(ifa.metric);
    RouteMessage m(h);
    m.add(RTAX_NETMASK, ifa.netmask);
    m.add_interface(RTAX_IFP, *ifa.ifp);
    m.add(RTAX_IFA, ifa.address);
    if (ifa.destination.ss_len != 0)
        m.add(RTAX_BRD, ifa.destination);
    return m;
}

} // namespace netmgr
