// SPDX-License-Identifier: Apache-2.0
// The net.inet variables.
#include <errno.h>
#include <netinet/in.h>
#include <sys/sockinfo.h>

#include "kern/stack.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

namespace {

int add_ip(SysctlTree& tree, SysctlNode* inet_node, IpSettings& s)
{
    const SysctlInt list[] = {
        {IPCTL_FORWARDING, "forwarding", "Forward packets between interfaces", &s.forwarding, 0, 1},
        {IPCTL_SENDREDIRECTS, "redirect", "Send ICMP redirects", &s.redirect, 0, 1},
        {IPCTL_DEFTTL, "ttl", "Time to live of packets sent", &s.ttl, 1, 255},
        {IPCTL_FORWSRCRT, "forwsrcrt", "Forward source-routed packets", &s.forwsrcrt, 0, 1},
        {IPCTL_DIRECTEDBCAST, "directed-broadcast", "Forward to a subnet's broadcast address",
         &s.directed_broadcast, 0, 1},
        {IPCTL_ALLOWSRCRT, "allowsrcrt", "Accept source-routed packets", &s.allowsrcrt, 0, 1},
        {IPCTL_SUBNETSARELOCAL, "subnetsarelocal", "Other subnets of our network are local",
         &s.subnetsarelocal, 0, 1},
        {IPCTL_MTUDISC, "mtudisc", "Path MTU discovery", &s.mtudisc, 0, 1},
        {IPCTL_ANONPORTMIN, "anonportmin", "Lowest port chosen for clients", &s.anonportmin, 1024,
         65535},
        {IPCTL_ANONPORTMAX, "anonportmax", "Highest port chosen for clients", &s.anonportmax, 1024,
         65535},
        {IPCTL_MTUDISCTIMEOUT, "mtudisctimeout", "Seconds a path MTU is kept", &s.mtudisctimeout, 1,
         86400},
        {IPCTL_MAXFLOWS, "maxflows", "Flows forwarded without asking the stack", &s.maxflows, 0,
         IpFlows::most},
        {IPCTL_HOSTZEROBROADCAST, "hostzerobroadcast", "Host part 0 is a broadcast",
         &s.hostzerobroadcast, 0, 1},
        {IPCTL_LOWPORTMIN, "lowportmin", "Lowest reserved port chosen", &s.lowportmin, 1, 1023},
        {IPCTL_LOWPORTMAX, "lowportmax", "Highest reserved port chosen", &s.lowportmax, 1, 1023},
        {IPCTL_MAXFRAGPACKETS, "maxfragpackets", "Packets being reassembled at a time",
         &s.maxfragpackets, 0, 4096},
        {IPCTL_CHECKINTERFACE, "checkinterface", "Accept packets only on their address's interface",
         &s.checkinterface, 0, 1},
        {IPCTL_LOOPBACKCKSUM, "do_loopback_cksum", "Header checksums on loopback",
         &s.do_loopback_cksum, 0, 1},
    };
    return tree.add_ints(tree.add_node(inet_node, IPPROTO_IP, "ip", "Internet Protocol"), list);
}

int add_icmp(SysctlTree& tree, SysctlNode* inet_node, IcmpSettings& s)
{
    const SysctlInt list[] = {
        {ICMPCTL_ERRPPSLIMIT, "errppslimit", "Errors sent a second, -1 = no limit", &s.errppslimit,
         -1, 1000000},
        {ICMPCTL_REDIRACCEPT, "rediraccept", "Believe redirects", &s.rediraccept, 0, 1},
        {ICMPCTL_REDIRTIMEOUT, "redirtimeout", "Seconds a redirect is kept", &s.redirtimeout, 1,
         86400},
        {ICMPCTL_BMCASTECHO, "bmcastecho", "Answer pings to broadcast and group addresses",
         &s.bmcastecho, 0, 1},
        {ctl_auto, "returndatabytes", "Bytes of the packet quoted in errors", &s.returndatabytes, 8,
         512},
    };
    return tree.add_ints(tree.add_node(inet_node, IPPROTO_ICMP, "icmp", "Control messages"), list);
}

int add_udp(SysctlTree& tree, SysctlNode* inet_node, UdpSettings& s)
{
    const SysctlInt list[] = {
        {UDPCTL_CHECKSUM, "checksum", "Send checksums", &s.checksum, 0, 1},
        {UDPCTL_SENDSPACE, "sendspace", "Largest datagram", &s.sendspace, 1, 65507},
        {UDPCTL_RECVSPACE, "recvspace", "Receive buffer of new sockets", &s.recvspace, 1,
         16 * 1024 * 1024},
        {UDPCTL_LOOPBACKCKSUM, "do_loopback_cksum", "Checksums on loopback", &s.do_loopback_cksum,
         0, 1},
    };
    return tree.add_ints(tree.add_node(inet_node, IPPROTO_UDP, "udp", "User datagrams"), list);
}

int add_arp(SysctlTree& tree, SysctlNode* inet_node, ArpSettings& s)
{
    const SysctlInt list[] = {
        {1, "prune", "Seconds between looks for old entries", &s.prune, 0, 86400},
        {2, "keep", "Seconds an entry lives after it was confirmed", &s.keep, 1, 86400},
        {3, "down", "Seconds an unanswered address is left alone", &s.down, 0, 86400},
        {4, "refresh", "Used within so many seconds before its end, an entry is confirmed again",
         &s.refresh, 0, 86400},
    };
    // IPPROTO_* numbers end at 255; ARP is no IP protocol.
    return tree.add_ints(tree.add_node(inet_node, ctl_auto, "arp", "Address resolution"), list);
}

// anonportmin above anonportmax would leave no port.
int check_port_order(SysctlNode& node, int32_t value)
{
    const auto& s = *static_cast<const IpSettings*>(node.arg);
    if (node.number == IPCTL_ANONPORTMIN)
        return value <= s.anonportmax ? 0 : EINVAL;
    if (node.number == IPCTL_ANONPORTMAX)
        return value >= s.anonportmin ? 0 : EINVAL;
    if (node.number == IPCTL_LOWPORTMIN)
        return value <= s.lowportmax ? 0 : EINVAL;
    return value >= s.lowportmin ? 0 : EINVAL;
}

int limit_flows(SysctlNode& node, int32_t value)
{
    static_cast<Inet*>(node.arg)->flows.set_limit(value);
    return 0;
}

// The ports never chosen for clients: a bit a port (tool resvanonport).
int reserved_ports(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn* in,
                   const Cred&)
{
    auto& inet = *static_cast<Inet*>(node.arg);
    uint8_t mask[65536 / 8] = {};
    for (unsigned port = 0; port < 65536; ++port)
        if (inet.is_reserved_port(static_cast<uint16_t>(port)))
            mask[port / 8] = static_cast<uint8_t>(mask[port / 8] | 1u << (port % 8));
    if (in != nullptr && in->size != sizeof(mask))
        return EINVAL;
    if (int error = out.put(mask, sizeof(mask)))
        return error;
    for (unsigned port = 0; in != nullptr && port < 65536; ++port)
        inet.reserve_port(static_cast<uint16_t>(port),
                          (static_cast<const uint8_t*>(in->data)[port / 8] >> (port % 8) & 1) != 0);
    return 0;
}

// Groups of every interface, as netstat -g reads them. 224.0.0.1 is joined by the interface itself, not by sockets (RFC 1112 7.2).
int group_table(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                const Cred&)
{
    Inet& inet = *static_cast<Inet*>(node.arg);
    int error = 0;
    auto put = [&](const ifnet& ifp, uint32_t group, uint32_t users) {
        const multicast_group info = {ifp.if_index, Be32(group).raw(), users};
        if (out.put(&info, sizeof(info)) != 0)
            error = ENOMEM;
    };
    for (ifnet* ifp = inet.net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        const bool has_address = inet.first_address(*ifp) != nullptr;
        uint32_t all_hosts = has_address && inet.is_member(*ifp, INADDR_ALLHOSTS_GROUP) ? 1 : 0;
        for (auto* g = static_cast<const InetGroup*>(ifp->if_afdata[0]); g != nullptr; g = g->next)
            if (g->group == INADDR_ALLHOSTS_GROUP)
                all_hosts += g->users();
            else
                put(*ifp, g->group, g->users());
        if (all_hosts != 0)
            put(*ifp, INADDR_ALLHOSTS_GROUP, all_hosts);
    }
    return error;
}

} // namespace

int attach_ip_sysctl(Inet& inet)
{
    SysctlTree& tree = inet.stack.sysctl();
    SysctlNode* net_node = tree.add_node(tree.root(), CTL_NET, "net", "Networking");
    SysctlNode* inet_node = tree.add_node(net_node, AF_INET, "inet", "IPv4");
    if (add_ip(tree, inet_node, inet.ip) != 0 || add_icmp(tree, inet_node, inet.icmp) != 0 ||
        add_udp(tree, inet_node, inet.udp_settings) != 0 ||
        add_arp(tree, inet_node, inet.arp.settings) != 0)
        return ENOMEM;
    for (const char* name : {"net.inet.ip.anonportmin", "net.inet.ip.anonportmax",
                             "net.inet.ip.lowportmin", "net.inet.ip.lowportmax"}) {
        SysctlNode* node = tree.find(name);
        node->changed = check_port_order;
        node->arg = &inet.ip;
    }
    SysctlNode* maxflows = tree.find("net.inet.ip.maxflows");
    maxflows->changed = limit_flows;
    maxflows->arg = &inet;
    if (tree.add_handler(tree.find("net.inet.ip"), ctl_auto, "groups", "Multicast groups joined",
                         CTLTYPE_STRUCT, CTLFLAG_TABLE, group_table, &inet) == nullptr)
        return ENOMEM;
    SysctlNode* algo =
        tree.add_node(tree.find("net.inet.ip"), ctl_auto, "anonportalgo", "Choosing client ports");
    return tree.add_handler(algo, ctl_auto, "reserve", "Ports never chosen, a bit each",
                            CTLTYPE_STRUCT, CTLFLAG_READWRITE | CTLFLAG_TABLE, reserved_ports,
                            &inet) != nullptr
               ? 0
               : ENOMEM;
}

} // namespace netmgr
