// SPDX-License-Identifier: Apache-2.0
// The stack's counters, and its memory.
#include <algorithm>
#include <string.h>
#include <sys/sysctl.h>

#include "lib/util.hpp"
#include "netstat.hpp"

namespace {

struct Line {
    const char* group;
    const char* name;
    unsigned long long value;
};

// Longer words for names that are short in the stack; others are shown with blanks for underscores.
struct Words {
    const char* name;
    const char* text;
};
constexpr Words words[] = {
    {"ip.received", "total packets received"},
    {"ip.bad_checksum", "bad header checksums"},
    {"ip.too_short", "with size smaller than minimum"},
    {"ip.bad_len", "with data size < data length"},
    {"ip.bad_header_len", "with header length < data size"},
    {"ip.bad_version", "with incorrect version number"},
    {"ip.bad_source", "with impossible source or destination"},
    {"ip.bad_options", "with bad options"},
    {"ip.fragments_received", "fragments received"},
    {"ip.fragment_dropped", "fragments dropped (bad or out of space)"},
    {"ip.fragment_overlap", "packets dropped for overlapping fragments"},
    {"ip.fragment_timeout", "fragments dropped after timeout"},
    {"ip.reassembled", "packets reassembled ok"},
    {"ip.delivered", "packets for this host"},
    {"ip.no_protocol", "packets for unknown/unsupported protocol"},
    {"ip.forwarded", "packets forwarded"},
    {"ip.not_for_us", "packets not forwardable"},
    {"ip.redirects_sent", "redirects sent"},
    {"ip.no_route", "packets with no route"},
    {"ip.sent", "packets sent from this host"},
    {"ip.fragmented", "datagrams fragmented"},
    {"ip.fragments_sent", "fragments created"},
    {"ip.cannot_fragment", "datagrams that can't be fragmented"},
    {"ip.filtered", "packets stopped by filters"},
    {"ip.rejected", "packets to rejected destinations"},
    {"ip.blackholed", "packets into blackhole routes"},
    {"icmp.errors_sent", "errors sent"},
    {"icmp.rate_limited", "errors not sent because of the rate limit"},
    {"icmp.bad_len", "messages < minimum length"},
    {"icmp.bad_checksum", "messages with bad checksum"},
    {"icmp.reflected", "message responses generated"},
    {"icmp.ignored", "messages of types that are not handled"},
    {"icmp.error_not_ours", "errors about packets that were not ours"},
    {"icmp.redirects_refused", "redirects not believed"},
    {"icmp.broadcast_echo_ignored", "broadcast/multicast echo requests ignored"},
    {"udp.received", "datagrams received"},
    {"udp.bad_len", "with bad data length field"},
    {"udp.bad_checksum", "with bad checksum"},
    {"udp.no_checksum", "with no checksum"},
    {"udp.no_port", "dropped due to no socket"},
    {"udp.no_port_broadcast", "broadcast/multicast datagrams dropped due to no socket"},
    {"udp.socket_full", "dropped due to full socket buffers"},
    {"udp.delivered", "delivered"},
    {"udp.sent", "datagrams output"},
    {"arp.requests_sent", "requests sent"},
    {"arp.replies_sent", "replies sent"},
    {"arp.requests_received", "requests received"},
    {"arp.replies_received", "replies received"},
    {"arp.held_dropped", "packets dropped while waiting for an answer"},
    {"arp.off_link", "senders not learned: not on this link"},
    {"arp.conflicts", "packets from somebody with our address"},
};

std::string text_of(const Line& line)
{
    for (const Words& each : words) {
        const size_t group = strlen(line.group);
        if (strncmp(each.name, line.group, group) == 0 && each.name[group] == '.' &&
            strcmp(each.name + group + 1, line.name) == 0)
            return each.text;
    }
    std::string text = line.name;
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

// debug.counters: "group.name value" lines.
bool parse(char* text, std::vector<Line>& lines)
{
    char* rest = nullptr;
    for (char* at = strtok_r(text, "\n", &rest); at != nullptr;
         at = strtok_r(nullptr, "\n", &rest)) {
        char* dot = strchr(at, '.');
        char* blank = strchr(at, ' ');
        if (dot == nullptr || blank == nullptr || dot > blank)
            return false;
        *dot = *blank = '\0';
        lines.push_back({at, dot + 1, strtoull(blank + 1, nullptr, 10)});
    }
    // The list begins with the newest: first declared shall come first.
    std::reverse(lines.begin(), lines.end());
    return true;
}

bool wanted(const char* group)
{
    if (options.protocol != nullptr)
        return strcmp(group, options.protocol) == 0;
    if (options.family == AF_LOCAL)
        return strcmp(group, "local") == 0;
    if (options.family == AF_ROUTE)
        return strcmp(group, "route") == 0;
    if (options.family == AF_ARP)
        return strcmp(group, "arp") == 0;
    if (options.family == 0)
        return true;
    const bool of_six = group[strlen(group) - 1] == '6'; // ip6, icmp6, nd6 ...
    if (of_six || strcmp(group, "tcp") == 0 || strcmp(group, "udp") == 0)
        return !of_six || options.family == AF_INET6;
    return options.family == AF_INET && strcmp(group, "local") != 0 && strcmp(group, "ether") != 0;
}

} // namespace

int show_statistics()
{
    std::vector<uint64_t> text;
    std::vector<Line> lines;
    size_t size = 0;
    if (!routing::read_variable("debug.counters", text, size))
        return util::complain("debug.counters");
    if (!parse(reinterpret_cast<char*>(text.data()), lines))
        return util::say("counters not understood");
    const char* group = "";
    bool any = false;
    // Groups in the order of their first counter, each whole.
    std::vector<const char*> groups;
    for (const Line& line : lines)
        if (wanted(line.group) && std::find_if(groups.begin(), groups.end(), [&](const char* g) {
                                      return strcmp(g, line.group) == 0;
                                  }) == groups.end())
            groups.push_back(line.group);
    for (const char* name : groups) {
        for (const Line& line : lines) {
            if (strcmp(line.group, name) != 0 || (options.statistics > 1 && line.value == 0))
                continue;
            if (strcmp(group, name) != 0)
                printf("%s:\n", group = name);
            printf("\t%llu %s\n", line.value, text_of(line).c_str());
            any = true;
        }
    }
    if (!any && options.protocol != nullptr && groups.empty())
        return util::say("%s: no such protocol", options.protocol);
    return 0;
}

int show_mbufs()
{
    // struct MbufStats of the stack: eight-byte numbers.
    struct {
        uint64_t mbufs_in_use, clusters_in_use, mbufs_total, clusters_total, mbuf_failures,
            cluster_failures, pages;
    } stats = {};
    size_t size = sizeof stats;
    int limit = 0;
    size_t limit_size = sizeof limit;
    if (sysctlbyname("kern.mbuf.stats", &stats, &size, nullptr, 0) == -1 ||
        sysctlbyname("kern.mbuf.nmbclusters", &limit, &limit_size, nullptr, 0) == -1)
        return util::complain("kern.mbuf.stats");
    auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    printf("%llu mbufs in use, %llu allocated\n", n(stats.mbufs_in_use), n(stats.mbufs_total));
    printf("%llu/%llu mapped pages of clusters in use (%llu pages)\n", n(stats.clusters_in_use),
           n(stats.clusters_total), n(stats.pages));
    printf("%d clusters at most\n", limit);
    printf("%llu requests for mbufs denied\n", n(stats.mbuf_failures));
    printf("%llu requests for clusters denied\n", n(stats.cluster_failures));
    return 0;
}
