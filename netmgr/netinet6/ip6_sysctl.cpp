// SPDX-License-Identifier: Apache-2.0
// sysctl net.inet6.* (NetBSD's names and numbers).
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/sockinfo.h>

#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

int add_ip6(SysctlTree& tree, SysctlNode* inet6_node, Ip6Settings& s)
{
    const SysctlInt list[] = {
        {1, "forwarding", "Forward packets between interfaces", &s.forwarding, 0, 1},
        {2, "redirect", "Send redirects when forwarding", &s.redirect, 0, 1},
        {3, "hlim", "Hop limit of packets sent", &s.hlim, 1, 255},
        {9, "maxfragpackets", "Packets put together at a time", &s.maxfragpackets, 0, 10000},
        {12, "accept_rtadv", "Believe router advertisements", &s.accept_rtadv, 0, 1},
        {15, "hdrnestlimit", "Extension headers of a packet", &s.hdrnestlimit, 1, 50},
        {16, "dad_count", "Probes before an address is ours, 0 = none", &s.dad_count, 0, 16},
        {17, "auto_flowlabel", "Flow labels of our own", &s.auto_flowlabel, 0, 1},
        {22, "use_deprecated", "Deprecated addresses may be used", &s.use_deprecated, 0, 1},
        {24, "v6only", "Default of IPV6_V6ONLY", &s.v6only, 0, 1},
        {38, "maxifprefixes", "Prefixes of an interface that routers told", &s.maxifprefixes, 0,
         1000},
        {39, "maxifdefrouters", "Default routers of an interface", &s.maxifdefrouters, 0, 1000},
        {35, "auto_linklocal", "Link-local addresses for interfaces that come up",
         &s.auto_linklocal, 0, 1},
        {41, "maxfrags", "Fragments kept at a time", &s.maxfrags, 0, 100000},
        {ctl_auto, "bindv6only", "Default of IPV6_V6ONLY", &s.v6only, 0, 1},
    };
    return tree.add_ints(tree.add_node(inet6_node, IPPROTO_IPV6, "ip6", "Internet Protocol 6"),
                         list);
}

int add_icmp6(SysctlTree& tree, SysctlNode* inet6_node, Icmp6Settings& s)
{
    const SysctlInt list[] = {
        {2, "rediraccept", "Believe redirects", &s.rediraccept, 0, 1},
        {3, "redirtimeout", "Seconds a redirect is kept", &s.redirtimeout, 1, 86400},
        {6, "nd6_prune", "Seconds between looks for old entries", &s.nd6_prune, 1, 3600},
        {8, "nd6_delay", "Seconds before an unconfirmed neighbour is probed", &s.nd6_delay, 0,
         3600},
        {9, "nd6_umaxtries", "Unicast probes", &s.nd6_umaxtries, 1, 100},
        {10, "nd6_mmaxtries", "Multicast solicitations", &s.nd6_mmaxtries, 1, 100},
        {11, "nd6_useloopback", "Packets to ourselves take lo0", &s.nd6_useloopback, 1, 1},
        {14, "errppslimit", "Errors sent a second, -1 = no limit", &s.errppslimit, -1, 1000000},
        {16, "mtudisc_hiwat", "Host routes learned from errors and redirects", &s.mtudisc_hiwat, 0,
         100000},
        {20, "nd6_maxqueuelen", "Packets that wait for one neighbour", &s.nd6_maxqueuelen, 1, 64},
    };
    return tree.add_ints(tree.add_node(inet6_node, IPPROTO_ICMPV6, "icmp6", "Control messages"),
                         list);
}

int add_udp6(SysctlTree& tree, SysctlNode* inet6_node, UdpSettings& s)
{
    const SysctlInt list[] = {
        {2, "sendspace", "Largest datagram", &s.sendspace, 1, 65507},
        {3, "recvspace", "Receive buffer of new sockets", &s.recvspace, 1, 16 * 1024 * 1024},
        {4, "do_loopback_cksum", "Checksums on loopback", &s.do_loopback_cksum, 0, 1},
    };
    return tree.add_ints(tree.add_node(inet6_node, IPPROTO_UDP, "udp6", "User datagrams"), list);
}

// Groups of every interface, as netstat -g reads them.
int group_table(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                const Cred&)
{
    Inet6& six = *static_cast<Inet6*>(node.arg);
    for (ifnet* ifp = six.net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        const In6Interface* state = six.state_of(*ifp);
        for (const In6Group* g = state != nullptr ? state->groups : nullptr; g != nullptr;
             g = g->next) {
            multicast_group6 info = {ifp->if_index, g->users, {}};
            memcpy(info.mg6_group, g->group.without_zone().bytes, sizeof(info.mg6_group));
            if (out.put(&info, sizeof(info)) != 0)
                return ENOMEM;
        }
    }
    return 0;
}

} // namespace

int attach_ip6_sysctl(Inet6& six)
{
    SysctlTree& tree = six.stack.sysctl();
    SysctlNode* net_node = tree.add_node(tree.root(), CTL_NET, "net", "Networking");
    SysctlNode* node = tree.add_node(net_node, AF_INET6, "inet6", "IPv6");
    if (add_ip6(tree, node, six.ip) != 0 || add_icmp6(tree, node, six.icmp) != 0 ||
        add_udp6(tree, node, six.inet.udp_settings) != 0)
        return ENOMEM;
    return tree.add_handler(tree.find("net.inet6.ip6"), ctl_auto, "groups",
                            "Multicast groups joined", CTLTYPE_STRUCT, CTLFLAG_TABLE, group_table,
                            &six) != nullptr
               ? 0
               : ENOMEM;
}

} // namespace netmgr
