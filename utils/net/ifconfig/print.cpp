// SPDX-License-Identifier: Apache-2.0
// What ifconfig shows of an interface.
#include <arpa/inet.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <net/if_vlanvar.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig.hpp"

namespace {

struct Bit {
    unsigned value;
    const char* name;
};
constexpr Bit flag_names[] = {
    {IFF_UP, "UP"},
    {IFF_BROADCAST, "BROADCAST"},
    {IFF_DEBUG, "DEBUG"},
    {IFF_LOOPBACK, "LOOPBACK"},
    {IFF_POINTOPOINT, "POINTOPOINT"},
    {IFF_NOTRAILERS, "NOTRAILERS"},
    {IFF_RUNNING, "RUNNING"},
    {IFF_NOARP, "NOARP"},
    {IFF_PROMISC, "PROMISC"},
    {IFF_ALLMULTI, "ALLMULTI"},
    {IFF_OACTIVE, "OACTIVE"},
    {IFF_SIMPLEX, "SIMPLEX"},
    {IFF_LINK0, "LINK0"},
    {IFF_LINK1, "LINK1"},
    {IFF_LINK2, "LINK2"},
    {IFF_MULTICAST, "MULTICAST"},
    {IFF_IP6FORWARDING, "IP6FORWARDING"},
    {IFF_ACCEPTRTADV, "ACCEPTRTADV"},
    {IFF_SHIM, "SHIM"},
};
constexpr Bit capability_names[] = {
    {IFCAP_CSUM_IPv4, "IP4CSUM"},   {IFCAP_CSUM_TCPv4, "TCP4CSUM"}, {IFCAP_CSUM_UDPv4, "UDP4CSUM"},
    {IFCAP_CSUM_TCPv6, "TCP6CSUM"}, {IFCAP_CSUM_UDPv6, "UDP6CSUM"}, {IFCAP_TSOv4, "TSO4"},
};

template <size_t N>
void print_bits(uint64_t bits, const Bit (&names)[N])
{
    printf("%llx", static_cast<unsigned long long>(bits));
    const char* lead = "<";
    for (const Bit& bit : names) {
        if ((bits & bit.value) == 0)
            continue;
        printf("%s%s", lead, bit.name);
        lead = ",";
    }
    if (*lead == ',')
        putchar('>');
}

void print_capabilities(const char* interface)
{
    struct ifcapreq caps = {};
    strncpy(caps.ifcr_name, interface, IFNAMSIZ - 1);
    if (ask(SIOCGIFCAP, &caps) == -1 ||
        (caps.ifcr_capabilities_rx | caps.ifcr_capabilities_tx) == 0)
        return;
    printf("\tcapabilities rx=");
    print_bits(caps.ifcr_capabilities_rx, capability_names);
    printf("\n\tcapabilities tx=");
    print_bits(caps.ifcr_capabilities_tx, capability_names);
    if ((caps.ifcr_capenable_rx | caps.ifcr_capenable_tx) == 0) {
        printf("\n\tenabled=0\n");
        return;
    }
    printf("\n\tenabled rx=");
    print_bits(caps.ifcr_capenable_rx, capability_names);
    printf("\n\tenabled tx=");
    print_bits(caps.ifcr_capenable_tx, capability_names);
    putchar('\n');
}

void print_link_address(const struct ifaddrs& link)
{
    auto* address = reinterpret_cast<const struct sockaddr_dl*>(link.ifa_addr);
    if (address->sdl_alen == 0)
        return;
    printf("\taddress: ");
    for (unsigned i = 0; i < address->sdl_alen; ++i)
        printf(i == 0 ? "%02x" : ":%02x", static_cast<unsigned char>(CLLADDR(address)[i]));
    putchar('\n');
}

void print_inet(const struct ifaddrs& entry)
{
    auto* address = reinterpret_cast<const struct sockaddr_in*>(entry.ifa_addr);
    printf("\tinet %s", inet_ntoa(address->sin_addr));
    auto* other = reinterpret_cast<const struct sockaddr_in*>(entry.ifa_dstaddr);
    if (other != nullptr && (entry.ifa_flags & IFF_POINTOPOINT) != 0)
        printf(" --> %s", inet_ntoa(other->sin_addr));
    if (entry.ifa_netmask != nullptr)
        printf(
            " netmask 0x%08x",
            ntohl(reinterpret_cast<const struct sockaddr_in*>(entry.ifa_netmask)->sin_addr.s_addr));
    if (other != nullptr && (entry.ifa_flags & IFF_BROADCAST) != 0)
        printf(" broadcast %s", inet_ntoa(other->sin_addr));
    putchar('\n');
}

void print_vlan(const char* interface)
{
    struct vlanreq facts = {};
    struct ifreq request = request_for(interface);
    request.ifr_data = &facts;
    if (ask(SIOCGETVLAN, &request) == -1 || facts.vlr_parent[0] == '\0')
        return;
    printf("\tvlan: %u", facts.vlr_tag);
    if (facts.vlr_prio != 0)
        printf(" priority: %u", facts.vlr_prio);
    printf(" parent: %s\n", facts.vlr_parent);
}

// "12345", or "12.1 K" with -h.
void print_amount(uint64_t amount, const char* unit)
{
    constexpr char scales[] = "KMGT";
    if (!options.human || amount < 10000) {
        printf("%llu %s%s", static_cast<unsigned long long>(amount), unit, amount == 1 ? "" : "s");
        return;
    }
    uint64_t tenths = amount * 10;
    int scale = -1;
    while (tenths >= 10240 && scale < 3) {
        tenths /= 1024;
        scale++;
    }
    printf("%llu.%llu %c%s", static_cast<unsigned long long>(tenths / 10),
           static_cast<unsigned long long>(tenths % 10), scales[scale],
           strcmp(unit, "byte") == 0 ? "B" : unit);
}

void print_counters(const char* interface)
{
    struct ifdatareq request = {};
    strncpy(request.ifdr_name, interface, IFNAMSIZ - 1);
    if (ask(options.zero ? SIOCZIFDATA : SIOCGIFDATA, &request) == -1)
        return;
    const struct if_data& d = request.ifdr_data;
    printf("\tinput: ");
    print_amount(d.ifi_ipackets, "packet");
    printf(", ");
    print_amount(d.ifi_ibytes, "byte");
    if (d.ifi_imcasts != 0)
        printf(", "), print_amount(d.ifi_imcasts, "multicast");
    if (d.ifi_ierrors != 0)
        printf(", "), print_amount(d.ifi_ierrors, "error");
    if (d.ifi_iqdrops != 0)
        printf(", "), print_amount(d.ifi_iqdrops, "queue drop");
    if (d.ifi_noproto != 0)
        printf(", %llu unknown protocol", static_cast<unsigned long long>(d.ifi_noproto));
    printf("\n\toutput: ");
    print_amount(d.ifi_opackets, "packet");
    printf(", ");
    print_amount(d.ifi_obytes, "byte");
    if (d.ifi_omcasts != 0)
        printf(", "), print_amount(d.ifi_omcasts, "multicast");
    if (d.ifi_oerrors != 0)
        printf(", "), print_amount(d.ifi_oerrors, "error");
    if (d.ifi_collisions != 0)
        printf(", "), print_amount(d.ifi_collisions, "collision");
    putchar('\n');
}

void print_first_line(const struct ifaddrs& link)
{
    struct ifreq request = request_for(link.ifa_name);
    printf("%s: flags=", link.ifa_name);
    print_bits(link.ifa_flags, flag_names);
    if (ask(SIOCGIFMETRIC, &request) == 0 && request.ifr_metric != 0)
        printf(" metric %d", request.ifr_metric);
    request = request_for(link.ifa_name);
    if (ask(SIOCGIFMTU, &request) == 0)
        printf(" mtu %d", request.ifr_mtu);
    putchar('\n');
}

} // namespace

void print_interface(const struct ifaddrs* list, const struct ifaddrs& link, int family)
{
    print_first_line(link);
    print_capabilities(link.ifa_name);
    print_vlan(link.ifa_name);
    print_link_address(link);
    print_media(link.ifa_name);
    if (options.media)
        print_supported_media(link.ifa_name);
    if (options.counters || options.zero)
        print_counters(link.ifa_name);
    for (const struct ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (strcmp(entry->ifa_name, link.ifa_name) != 0)
            continue;
        int its = entry->ifa_addr->sa_family;
        if (family != AF_UNSPEC && family != its)
            continue;
        if (its == AF_INET)
            print_inet(*entry);
        if (its == AF_INET6)
            print_inet6(*entry);
    }
}
