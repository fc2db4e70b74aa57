// SPDX-License-Identifier: Apache-2.0
// Interface and route ioctls, as ifconfig, if_up and route send them.
#include <errno.h>
#include <new>
#include <stdlib.h>
#include <string.h>

#include <net/if_arp.h>
#include <net/if_dl.h>
#include <net/if_vlanvar.h>
#include <net/ifdrvcom.h>
#include <netinet6/in6_var.h>
#include <sys/sockio.h>

#include "kern/stack.hpp"
#include "net/ioctl_data.hpp"
#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"

namespace netmgr {

namespace {

// Structures lie at the start of data; it is aligned by the socket front (8 bytes), its length was checked against the number.
template <typename T>
T& request_of(std::span<uint8_t> data)
{
    return *reinterpret_cast<T*>(data.data());
}

bool changes_something(unsigned cmd)
{
    switch (cmd) {
    case SIOCSIFADDR:
    case SIOCSIFDSTADDR:
    case SIOCSIFFLAGS:
    case SIOCSIFBRDADDR:
    case SIOCSIFNETMASK:
    case SIOCSIFMETRIC:
    case SIOCDIFADDR:
    case SIOCAIFADDR:
    case SIOCADDMULTI:
    case SIOCDELMULTI:
    case SIOCSIFMEDIA:
    case SIOCSIFGENERIC:
    case SIOCIFCREATE:
    case SIOCIFDESTROY:
    case SIOCSIFCAP:
    case SIOCSDRVSPEC:
    case SIOCSIFMTU:
    case SIOCZIFDATA:
    case SIOCALIFADDR:
    case SIOCDLIFADDR:
    case SIOCSIFNAME:
    case SIOCSIFFIBS:
    case SIOCSIFADDR_IN6:
    case SIOCDIFADDR_IN6:
    case SIOCAIFADDR_IN6:
        return true;
    default:
        return false;
    }
}

// "lo12" -> prefix length 2, unit 12. False when there is no number or a bad one.
bool split_name(const char* name, size_t& prefix, int& unit)
{
    const size_t len = strnlen(name, IFNAMSIZ);
    prefix = strcspn(name, "0123456789");
    if (len == IFNAMSIZ || prefix == 0 || prefix >= len || len - prefix > 5)
        return false;
    char* end = nullptr;
    unit = static_cast<int>(strtol(name + prefix, &end, 10));
    return *end == '\0';
}

int csum_flags(uint64_t capabilities)
{
    int flags = 0;
    flags |= (capabilities & IFCAP_CSUM_IPv4) != 0 ? M_CSUM_IPv4 : 0;
    flags |= (capabilities & IFCAP_CSUM_TCPv4) != 0 ? M_CSUM_TCPv4 : 0;
    flags |= (capabilities & IFCAP_CSUM_UDPv4) != 0 ? M_CSUM_UDPv4 : 0;
    flags |= (capabilities & IFCAP_CSUM_TCPv6) != 0 ? M_CSUM_TCPv6 : 0;
    flags |= (capabilities & IFCAP_CSUM_UDPv6) != 0 ? M_CSUM_UDPv6 : 0;
    flags |= (capabilities & IFCAP_TSOv4) != 0 ? M_CSUM_TSOv4 : 0;
    return flags;
}

int to_driver(ifnet& ifp, unsigned cmd, void* data)
{
    if (ifp.if_ioctl == nullptr)
        return EOPNOTSUPP;
    const int error = ifp.if_ioctl(&ifp, cmd, static_cast<char*>(data));
    if (error == ENETRESET)
        return 0;
    return error == ENOTTY ? EOPNOTSUPP : error;
}

int set_capabilities(ifnet& ifp, ifcapreq& r)
{
    if ((r.ifcr_capenable_rx & ~ifp.if_capabilities_rx) != 0 ||
        (r.ifcr_capenable_tx & ~ifp.if_capabilities_tx) != 0)
        return EINVAL;
    ifp.if_capenable_rx = r.ifcr_capenable_rx;
    ifp.if_capenable_tx = r.ifcr_capenable_tx;
    ifp.if_csum_flags_rx = csum_flags(r.ifcr_capenable_rx);
    ifp.if_csum_flags_tx = csum_flags(r.ifcr_capenable_tx);
    return to_driver(ifp, SIOCSIFCAP, &r);
}

void get_capabilities(const ifnet& ifp, ifcapreq& r)
{
    r.ifcr_capabilities_rx = ifp.if_capabilities_rx;
    r.ifcr_capabilities_tx = ifp.if_capabilities_tx;
    r.ifcr_capenable_rx = ifp.if_capenable_rx;
    r.ifcr_capenable_tx = ifp.if_capenable_tx;
}

// The list room behind the structure; the client's pointer is never looked at.
int get_media(ifnet& ifp, std::span<uint8_t> data, size_t& reply)
{
    auto& r = request_of<ifmediareq>(data);
    const auto room = static_cast<int>((data.size() - sizeof(r)) / sizeof(int));
    if (r.ifm_count < 0 || r.ifm_count > room)
        r.ifm_count = room;
    r.ifm_ulist = room > 0 ? reinterpret_cast<int*>(data.data() + sizeof(r)) : nullptr;
    const int asked = r.ifm_count;
    const int error = to_driver(ifp, SIOCGIFMEDIA, &r);
    r.ifm_ulist = nullptr;
    if (error == 0)
        reply = sizeof(r) +
                sizeof(int) * static_cast<size_t>(r.ifm_count < asked ? r.ifm_count : asked);
    return error;
}

int get_driver_data(ifnet& ifp, std::span<uint8_t> data, size_t& reply)
{
    const auto& r = request_of<drvcom_cmd>(data);
    if (r.ifdc_len > data.size() - sizeof(r))
        return EINVAL;
    const size_t size = sizeof(r) + static_cast<size_t>(r.ifdc_len);
    const int error = to_driver(ifp, SIOCGDRVCOM, data.data());
    if (error == 0)
        reply = size;
    return error;
}

// A driver's own command (PTP, AVB): its data lies behind the structure, where the driver looks for it.
int driver_specific(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    if (data.size() < sizeof(ifdrv))
        return EINVAL;
    auto& r = request_of<ifdrv>(data);
    const size_t length = r.ifd_len;
    if (length > data.size() - sizeof(r))
        return EINVAL;
    if (ifp.if_ioctl == nullptr)
        return EOPNOTSUPP;
    IoctlData here(data);
    const int error = ifp.if_ioctl(&ifp, cmd, reinterpret_cast<char*>(&r));
    reply = cmd == SIOCGDRVSPEC ? sizeof(r) + length : 0;
    return error;
}

// What ifr_data points to lies behind the structure; the client's pointer is never looked at.
int generic(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    auto& r = request_of<ifreq>(data);
    if (data.size() < sizeof(r) + sizeof(vlanreq))
        return EINVAL;
    r.ifr_data = data.data() + sizeof(r);
    const int error = to_driver(ifp, cmd, &r);
    r.ifr_data = nullptr;
    reply = cmd == SIOCGIFGENERIC ? sizeof(r) + sizeof(vlanreq) : 0;
    return error;
}

// "link MAC [active]": the only link-level change there is.
int link_address(ifnet& ifp, unsigned cmd, if_laddrreq& r)
{
    sockaddr_dl sdl;
    if (r.addr.ss_family != AF_LINK)
        return EAFNOSUPPORT;
    memcpy(&sdl, &r.addr, sizeof(sdl));
    if (cmd == SIOCGLIFADDR) {
        memcpy(&r.addr, ifp.if_sadl, sizeof(*ifp.if_sadl));
        r.flags = IFLR_ACTIVE;
        return 0;
    }
    if (cmd != SIOCALIFADDR || sdl.sdl_alen != ETHER_ADDR_LEN ||
        sdl.sdl_nlen + sdl.sdl_alen > sizeof(sdl.sdl_data))
        return EINVAL;
    return ether_change_address(ifp, wire::MacAddress::from(CLLADDR(&sdl)));
}

int rename_interface(Net& net, ifnet& ifp, ifreq& r)
{
    char name[IFNAMSIZ];
    memcpy(name, r.ifr_newname, sizeof(name));
    const size_t len = strnlen(name, sizeof(name));
    if (len == 0 || len == sizeof(name))
        return EINVAL;
    if (net.find_interface(name) != nullptr)
        return EEXIST;
    if ((ifp.if_flags & IFF_UP) != 0)
        return EBUSY;
    sockaddr_dl& sdl = *ifp.if_sadl;
    const wire::MacAddress mac = ether_address(ifp);
    memcpy(ifp.if_xname, name, sizeof(name));
    memcpy(sdl.sdl_data, name, len);
    sdl.sdl_nlen = static_cast<uint8_t>(len);
    if (sdl.sdl_alen == sizeof(mac))
        memcpy(LLADDR(&sdl), mac.bytes, sizeof(mac));
    net.announce(NetEvent::if_change, &ifp);
    return 0;
}

int put(ifreq& r, size_t& reply)
{
    reply = sizeof(r);
    return 0;
}

} // namespace

int Net::list_addresses(std::span<uint8_t> data, size_t& reply)
{
    auto& conf = request_of<ifconf>(data);
    const size_t room = data.size() - sizeof(conf);
    const bool only_size = conf.ifc_len <= 0 || room == 0;
    size_t used = 0;
    auto add = [&](const ifnet& ifp, const void* address, size_t len) {
        const size_t entry = IFREQ_ENTRY_LEN(len);
        if (!only_size && used + entry <= room) {
            uint8_t* at = data.data() + sizeof(conf) + used;
            memset(at, 0, entry);
            memcpy(at, ifp.if_xname, IFNAMSIZ);
            memcpy(at + IFNAMSIZ, address, len);
        }
        if (only_size || used + entry <= room)
            used += entry;
    };
    for (const ifnet* ifp = first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        add(*ifp, ifp->if_sadl, ifp->if_sadl->sdl_len);
        for (const ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next)
            add(*ifp, &a->address, a->address.ss_len);
    }
    conf.ifc_len = static_cast<int>(used);
    conf.ifc_buf = nullptr;
    reply = sizeof(conf) + (only_size ? 0 : used);
    return 0;
}

int Net::list_cloners(std::span<uint8_t> data, size_t& reply)
{
    auto& r = request_of<if_clonereq>(data);
    const auto room = static_cast<int>((data.size() - sizeof(r)) / IFNAMSIZ);
    const int count = r.ifcr_count < room ? r.ifcr_count : room;
    r.ifcr_total = cloner_count_;
    r.ifcr_buffer = nullptr;
    reply = sizeof(r);
    for (int i = 0; i < count && i < cloner_count_; ++i) {
        char* at = reinterpret_cast<char*>(data.data()) + reply;
        memset(at, 0, IFNAMSIZ);
        strncpy(at, cloners_[i].name, IFNAMSIZ - 1);
        reply += IFNAMSIZ;
    }
    return 0;
}

int Net::create_clone(std::span<uint8_t> data)
{
    const auto& r = request_of<ifreq>(data);
    size_t prefix = 0;
    int unit = 0;
    if (!split_name(r.ifr_name, prefix, unit))
        return EINVAL;
    if (find_interface(r.ifr_name) != nullptr)
        return EEXIST;
    for (int i = 0; i < cloner_count_; ++i)
        if (strlen(cloners_[i].name) == prefix && memcmp(cloners_[i].name, r.ifr_name, prefix) == 0)
            return cloners_[i].create(stack, unit);
    return EINVAL;
}

int Net::destroy_clone(std::span<uint8_t> data)
{
    const auto& r = request_of<ifreq>(data);
    ifnet* ifp = find_interface(r.ifr_name);
    if (ifp == nullptr)
        return ENXIO;
    if (ifp->if_dev != nullptr)
        return destroy_device != nullptr ? destroy_device(stack, *ifp) : EOPNOTSUPP;
    size_t prefix = 0;
    int unit = 0;
    if (split_name(ifp->if_xname, prefix, unit))
        for (int i = 0; i < cloner_count_; ++i)
            if (strlen(cloners_[i].name) == prefix &&
                memcmp(cloners_[i].name, ifp->if_xname, prefix) == 0)
                return cloners_[i].destroy(stack, *ifp);
    return EOPNOTSUPP;
}

int Net::interface_ioctl(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply,
                         const Cred&)
{
    auto& r = request_of<ifreq>(data);
    switch (cmd) {
    case SIOCGIFFLAGS:
        r.ifr_flags = static_cast<int>(ifp.if_flags | (ifp.if_flags_tx & IFF_OACTIVE));
        return put(r, reply);
    case SIOCSIFFLAGS:
        return set_flags(ifp, static_cast<unsigned>(r.ifr_flags));
    case SIOCGIFMETRIC:
        r.ifr_metric = static_cast<int>(ifp.if_metric);
        return put(r, reply);
    case SIOCSIFMETRIC:
        if (r.ifr_metric < 0)
            return EINVAL;
        ifp.if_metric = static_cast<uint64_t>(r.ifr_metric);
        return 0;
    case SIOCGIFMTU:
        r.ifr_mtu = static_cast<int>(ifp.if_mtu);
        return put(r, reply);
    case SIOCSIFMTU: {
        const int error = to_driver(ifp, cmd, &r);
        touch_routes();
        return error;
    }
    case SIOCGIFCAP:
        get_capabilities(ifp, request_of<ifcapreq>(data));
        reply = sizeof(ifcapreq);
        return 0;
    case SIOCSIFCAP:
        return set_capabilities(ifp, request_of<ifcapreq>(data));
    case SIOCGIFDATA:
    case SIOCZIFDATA:
        request_of<ifdatareq>(data).ifdr_data = ifp.if_data;
        reply = sizeof(ifdatareq);
        if (cmd == SIOCZIFDATA) {
            if_data& d = ifp.if_data;
            d.ifi_ipackets = d.ifi_ierrors = d.ifi_opackets = d.ifi_oerrors = d.ifi_collisions =
                d.ifi_ibytes = 0;
            d.ifi_obytes = d.ifi_imcasts = d.ifi_omcasts = d.ifi_iqdrops = d.ifi_noproto = 0;
        }
        return 0;
    case SIOCGIFMEDIA:
        return get_media(ifp, data, reply);
    case SIOCSIFMEDIA:
        reply = sizeof(r);
        return to_driver(ifp, cmd, &r);
    case SIOCSIFGENERIC:
    case SIOCGIFGENERIC:
        return generic(ifp, cmd, data, reply);
    case SIOCGDRVCOM:
        return get_driver_data(ifp, data, reply);
    case SIOCSDRVSPEC:
    case SIOCGDRVSPEC:
        return driver_specific(ifp, cmd, data, reply);
    case SIOCADDMULTI:
    case SIOCDELMULTI:
        return (ifp.if_flags & IFF_MULTICAST) != 0 ? to_driver(ifp, cmd, &r) : EOPNOTSUPP;
    case SIOCALIFADDR:
    case SIOCDLIFADDR:
    case SIOCGLIFADDR:
        reply = cmd == SIOCGLIFADDR ? sizeof(if_laddrreq) : 0;
        return link_address(ifp, cmd, request_of<if_laddrreq>(data));
    case SIOCGIFFIBS:
        r.ifr_value = ifp.if_fibs;
        return put(r, reply);
    case SIOCSIFFIBS:
        return set_fibs(ifp, r.ifr_value);
    case SIOCSIFNAME:
        return rename_interface(*this, ifp, r);
    default:
        return address_ioctl != nullptr ? address_ioctl(stack, ifp, cmd, data, reply) : EOPNOTSUPP;
    }
}

int Net::set_fibs(ifnet& ifp, uint32_t mask)
{
    if (mask == 0 || mask >= 1u << fib_count)
        return EINVAL;
    ifp.if_fibs = mask;
    if (fibs_changed != nullptr)
        fibs_changed(stack, ifp);
    return 0;
}

// SIOCGARP: ENXIO when nothing is known, as BSD.
int Net::neighbour_ioctl(std::span<uint8_t> data, size_t& reply)
{
    auto& r = request_of<arpreq>(data);
    Neighbour n;
    if (r.arp_pa.sa_family != AF_INET)
        return EAFNOSUPPORT;
    if (neighbours == nullptr || !neighbours->find_neighbour(IpAddress::v4(ip_of(&r.arp_pa)), n))
        return ENXIO;
    r.arp_ha = {};
    r.arp_ha.sa_len = sizeof(r.arp_ha);
    r.arp_ha.sa_family = AF_UNSPEC;
    memcpy(r.arp_ha.sa_data, n.mac.bytes, sizeof(n.mac));
    r.arp_flags = ATF_INUSE | (n.complete ? ATF_COM : 0) | (n.permanent ? ATF_PERM : 0) |
                  (n.published ? ATF_PUBL : 0);
    reply = sizeof(r);
    return 0;
}

int Net::route_ioctl(unsigned cmd, std::span<uint8_t> data, const Cred& cred)
{
    if (!cred.has(able_route))
        return EPERM;
    if (cmd != SIOCADDRT && cmd != SIOCDELRT)
        return EOPNOTSUPP;
    const auto& r = request_of<ortentry>(data);
    if (r.rt_dst.sa_family != AF_INET)
        return EAFNOSUPPORT;
    const uint32_t destination = ip_of(&r.rt_dst);
    const bool host = (r.rt_flags & RTF_HOST) != 0;
    const uint32_t mask = host ? ~0u : r.rt_genmask.sa_family == AF_INET ? ip_of(&r.rt_genmask) : 0;
    if (!is_contiguous_mask(mask))
        return EINVAL;
    RouteChange change;
    change.destination = destination;
    change.prefix = prefix_length(mask);
    change.flags = (r.rt_flags & (RTF_REJECT | RTF_BLACKHOLE)) | RTF_STATIC | (host ? RTF_HOST : 0);
    if (r.rt_gateway.sa_family == AF_INET) {
        change.gateway = ip_of(&r.rt_gateway);
        change.has_gateway = true;
    }
    return cmd == SIOCADDRT ? add_ip_route(*this, change) : delete_ip_route(*this, change);
}

int Net::ioctl(unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred& cred)
{
    if (IOCGROUP(cmd) == 'r')
        return route_ioctl(cmd, data, cred);
    if (changes_something(cmd) && !cred.has(able_if_set))
        return EPERM;
    if ((cmd == SIOCGDRVSPEC || cmd == SIOCGIFGENERIC) && !cred.has(able_if_get))
        return EPERM; // a driver's own data
    switch (cmd) {
    case SIOCGIFCONF:
        return list_addresses(data, reply);
    case SIOCIFGCLONERS:
        return list_cloners(data, reply);
    case SIOCGARP:
        return neighbour_ioctl(data, reply);
    case SIOCIFCREATE:
        return create_clone(data);
    case SIOCIFDESTROY:
        return destroy_clone(data);
    default:
        break;
    }
    // Every other request begins with the interface's name, and has at least that much (ifreq is the smallest).
    if (data.size() < IFNAMSIZ || IOCPARM_LEN(cmd) < IFNAMSIZ)
        return EINVAL;
    char name[IFNAMSIZ];
    memcpy(name, data.data(), sizeof(name));
    if (memchr(name, '\0', sizeof(name)) == nullptr)
        return ENXIO;
    ifnet* ifp = find_interface(name);
    return ifp != nullptr ? interface_ioctl(*ifp, cmd, data, reply, cred) : ENXIO;
}

} // namespace netmgr
