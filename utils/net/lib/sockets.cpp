// SPDX-License-Identifier: Apache-2.0
// Reading and printing the stack's list of sockets.
#include "net/lib/sockets.hpp"

#include <algorithm>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "net/lib/routing.hpp"

namespace sockets {

namespace {

template <typename T>
bool read_structures(const char* name, std::vector<T>& all)
{
    std::vector<uint64_t> words;
    size_t size = 0;
    if (!routing::read_variable(name, words, size))
        return false;
    all.resize(size / sizeof(T));
    memcpy(all.data(), words.data(), all.size() * sizeof(T));
    return true;
}

} // namespace

bool read_all(std::vector<socket_info>& all)
{
    if (!read_structures("kern.sockets", all))
        return false;
    std::reverse(all.begin(), all.end()); // the stack's list begins with the newest
    return true;
}

bool read_descriptors(std::vector<socket_descriptor>& all)
{
    return read_structures("qnx.kern.descriptors", all);
}

const char* protocol_text(const socket_info& s)
{
    if (s.si_domain == AF_LOCAL)
        return s.si_type == SOCK_STREAM ? "stream" : "dgram";
    if (s.si_domain == AF_ROUTE)
        return "route";
    const bool six = s.si_domain == AF_INET6;
    switch (s.si_protocol) {
    case IPPROTO_TCP:
        return six ? "tcp6" : "tcp";
    case IPPROTO_UDP:
        return six ? "udp6" : "udp";
    case IPPROTO_ICMPV6:
        return "icmp6";
    case IPPROTO_ICMP:
        return "icmp";
    case IPPROTO_IGMP:
        return "igmp";
    default:
        return "raw";
    }
}

const char* state_text(const socket_info& s)
{
    static constexpr const char* names[] = {
        "CLOSED",     "LISTEN",  "SYN_SENT", "SYN_RCVD",   "ESTABLISHED", "CLOSE_WAIT",
        "FIN_WAIT_1", "CLOSING", "LAST_ACK", "FIN_WAIT_2", "TIME_WAIT",
    };
    constexpr auto count = static_cast<int>(sizeof names / sizeof names[0]);
    return s.si_state >= 0 && s.si_state < count ? names[s.si_state] : "";
}

unsigned port_of(const sockaddr_storage& ss)
{
    return ntohs(reinterpret_cast<const sockaddr_in*>(&ss)->sin_port);
}

// No name server is asked for it.
bool is_any(const sockaddr_storage& ss)
{
    if (ss.ss_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6&>(ss).sin6_addr);
    return reinterpret_cast<const sockaddr_in&>(ss).sin_addr.s_addr == INADDR_ANY;
}

std::string endpoint_text(const sockaddr_storage& ss, bool numeric, char between)
{
    if (ss.ss_family != AF_INET && ss.ss_family != AF_INET6)
        return std::string("*") + between + "*";
    const auto* sa = reinterpret_cast<const sockaddr*>(&ss);
    const std::string text =
        is_any(ss) ? "*" : routing::destination_text(sa, nullptr, RTF_HOST, numeric);
    const unsigned port = port_of(ss);
    const servent* service =
        numeric || port == 0 ? nullptr : getservbyport(htons(static_cast<uint16_t>(port)), nullptr);
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    return text + between + (port == 0 ? "*" : service != nullptr ? service->s_name : number);
}

std::string path_of(const sockaddr_storage& ss)
{
    if (ss.ss_family != AF_LOCAL || ss.ss_len <= 2)
        return "";
    const auto& un = reinterpret_cast<const sockaddr_un&>(ss);
    return std::string(un.sun_path, strnlen(un.sun_path, ss.ss_len - 2u));
}

} // namespace sockets
