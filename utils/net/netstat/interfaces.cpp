// SPDX-License-Identifier: Apache-2.0
// Interfaces with their packets; once, or as time goes.
#include <algorithm>
#include <string.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "lib/util.hpp"
#include "netstat.hpp"

namespace {

struct Interface {
    std::string name;
    if_data data;
    sockaddr_dl link;
    struct Address {
        uint32_t ip, mask;
    };
    std::vector<Address> addresses;
    struct Address6 {
        std::string network, address;
    };
    std::vector<Address6> addresses6;
    bool up;
};

// "2001:db8::/64", as NetBSD shows it.
std::string network6_text(const routing::Addresses& a)
{
    if (a[RTAX_NETMASK] == nullptr)
        return "";
    auto net = *reinterpret_cast<const sockaddr_in6*>(a[RTAX_IFA]);
    sockaddr_in6 mask = {};
    const size_t there = a[RTAX_NETMASK]->sa_len;
    memcpy(&mask, a[RTAX_NETMASK], there < sizeof mask ? there : sizeof mask);
    for (size_t i = 0; i < sizeof net.sin6_addr; ++i)
        net.sin6_addr.s6_addr[i] &= mask.sin6_addr.s6_addr[i];
    net.sin6_scope_id = 0;
    return routing::destination_text(reinterpret_cast<const sockaddr*>(&net), a[RTAX_NETMASK], 0,
                                     true);
}

bool read_interfaces(std::vector<Interface>& all)
{
    std::vector<uint64_t> table;
    size_t size = 0;
    if (!routing::read_table(NET_RT_IFLIST, 0, 0, table, size))
        return false;
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&m);
        if (m.rtm_type == RTM_IFINFO) {
            const auto& i = *reinterpret_cast<const if_msghdr*>(bytes);
            const auto a =
                routing::addresses_in(bytes + sizeof i, m.rtm_msglen - sizeof i, i.ifm_addrs);
            Interface made;
            made.data = i.ifm_data;
            made.up = (i.ifm_flags & IFF_UP) != 0;
            made.link = {};
            if (a[RTAX_IFP] != nullptr)
                memcpy(&made.link, a[RTAX_IFP],
                       std::min<size_t>(a[RTAX_IFP]->sa_len, sizeof made.link));
            made.name = routing::interface_text(i.ifm_index);
            all.push_back(made);
        } else if (m.rtm_type == RTM_NEWADDR && !all.empty()) {
            const auto& i = *reinterpret_cast<const ifa_msghdr*>(bytes);
            const auto a =
                routing::addresses_in(bytes + sizeof i, m.rtm_msglen - sizeof i, i.ifam_addrs);
            if (a[RTAX_IFA] != nullptr && a[RTAX_IFA]->sa_family == AF_INET)
                all.back().addresses.push_back(
                    {routing::ipv4_of(a[RTAX_IFA]), routing::ipv4_of(a[RTAX_NETMASK])});
            if (a[RTAX_IFA] != nullptr && a[RTAX_IFA]->sa_family == AF_INET6)
                all.back().addresses6.push_back(
                    {network6_text(a),
                     routing::destination_text(a[RTAX_IFA], nullptr, RTF_HOST, options.numeric)});
        }
    });
    return true;
}

// "10" for 10/8, "10.0.0/24" otherwise: the network's meaningful bytes.
std::string network_text(uint32_t ip, uint32_t mask)
{
    const uint32_t net = ip & mask;
    const int bits = __builtin_popcount(mask);
    char text[24];
    int n = snprintf(text, sizeof text, "%u", net >> 24);
    for (int at = 8; at < bits; at += 8)
        n +=
            snprintf(text + n, sizeof text - static_cast<size_t>(n), ".%u", net >> (24 - at) & 255);
    if (bits % 8 != 0)
        snprintf(text + n, sizeof text - static_cast<size_t>(n), "/%d", bits);
    return text;
}

void print_row(const Interface& i, const std::string& network, const std::string& address)
{
    auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    const std::string name = i.name + (i.up ? "" : "*");
    printf("%-5s %-5llu %-11s %-18s", name.c_str(), n(i.data.ifi_mtu), network.c_str(),
           address.c_str());
    if (options.bytes)
        printf(" %10llu %10llu", n(i.data.ifi_ibytes), n(i.data.ifi_obytes));
    else
        printf(" %8llu %5llu %8llu %5llu %5llu", n(i.data.ifi_ipackets), n(i.data.ifi_ierrors),
               n(i.data.ifi_opackets), n(i.data.ifi_oerrors), n(i.data.ifi_collisions));
    if (options.drops)
        printf(" %5llu", n(i.data.ifi_iqdrops));
    if (options.watchdog)
        printf(" %4d", 0);
    putchar('\n');
}

bool selected(const Interface& i)
{
    return options.interface == nullptr || i.name == options.interface;
}

} // namespace

int show_interfaces()
{
    std::vector<Interface> all;
    if (!read_interfaces(all))
        return util::complain("interface list");
    printf("%-5s %-5s %-11s %-18s", "Name", "Mtu", "Network", "Address");
    if (options.bytes)
        printf(" %10s %10s", "Ibytes", "Obytes");
    else
        printf(" %8s %5s %8s %5s %5s", "Ipkts", "Ierrs", "Opkts", "Oerrs", "Coll");
    printf("%s%s\n", options.drops ? " Drops" : "", options.watchdog ? " Time" : "");
    bool found = false;
    for (const Interface& i : all) {
        if (!selected(i))
            continue;
        found = true;
        print_row(i, "<Link>", routing::hardware_text(i.link));
        for (const Interface::Address& a : i.addresses)
            print_row(i, network_text(a.ip, a.mask), routing::host_text(a.ip, options.numeric));
        for (const Interface::Address6& a : i.addresses6)
            print_row(i, a.network, a.address);
    }
    return found ? 0 : util::say("no interface %s", options.interface);
}

namespace {

struct Sum {
    unsigned long long in = 0, in_errors = 0, out = 0, out_errors = 0, collisions = 0, in_bytes = 0,
                       out_bytes = 0;
};

bool add_up(Sum& sum)
{
    std::vector<Interface> all;
    if (!read_interfaces(all))
        return false;
    for (const Interface& i : all) {
        if (!selected(i))
            continue;
        sum.in += i.data.ifi_ipackets;
        sum.in_errors += i.data.ifi_ierrors;
        sum.out += i.data.ifi_opackets;
        sum.out_errors += i.data.ifi_oerrors;
        sum.collisions += i.data.ifi_collisions;
        sum.in_bytes += i.data.ifi_ibytes;
        sum.out_bytes += i.data.ifi_obytes;
    }
    return true;
}

} // namespace

// The first line is since the start, the others are what came in between.
int show_interface_rates()
{
    Sum last;
    for (unsigned line = 0;; ++line) {
        Sum now;
        if (!add_up(now))
            return util::complain("interface list");
        if (line % 20 == 0)
            printf("%10s in %17s out\n%8s %5s %8s %5s %5s\n",
                   options.interface != nullptr ? options.interface : "all",
                   options.interface != nullptr ? options.interface : "all",
                   options.bytes ? "bytes" : "packets", "errs", options.bytes ? "bytes" : "packets",
                   "errs", "colls");
        printf("%8llu %5llu %8llu %5llu %5llu\n",
               options.bytes ? now.in_bytes - last.in_bytes : now.in - last.in,
               now.in_errors - last.in_errors,
               options.bytes ? now.out_bytes - last.out_bytes : now.out - last.out,
               now.out_errors - last.out_errors, now.collisions - last.collisions);
        if (fflush(stdout) != 0)
            return 1;
        last = now;
        sleep(static_cast<unsigned>(options.wait));
    }
}
