// SPDX-License-Identifier: Apache-2.0
// Tables of the stack, and their entries as text.
#include "net/lib/routing.hpp"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysctl.h>

#include "lib/util.hpp"

namespace routing {

const char route_flag_names[] = "\1UP\2GATEWAY\3HOST\4REJECT\5DYNAMIC\6MODIFIED\7DONE\10MASK"
                                "\11CLONING\12XRESOLVE\13LLINFO\14STATIC\15BLACKHOLE\16CLONED"
                                "\17PROTO2\20PROTO1\21BROADCAST";
const char interface_flag_names[] =
    "\1UP\2BROADCAST\3DEBUG\4LOOPBACK\5PTP\6NOTRAILERS\7RUNNING\10NOARP\11PROMISC\12ALLMULTI"
    "\13OACTIVE\14SIMPLEX\15LINK0\16LINK1\17LINK2\20MULTICAST";
const char address_names[] = "\1DST\2GATEWAY\3NETMASK\4GENMASK\5IFP\6IFA\7AUTHOR\10BRD";
const char metric_names[] = "\1mtu\2hopcount\3expire\4recvpipe\5sendpipe\6ssthresh\7rtt\10rttvar";

Addresses addresses_in(const uint8_t* from, size_t size, int mask)
{
    Addresses found;
    for (int i = 0; i < RTAX_MAX && size >= 2; ++i) {
        if ((mask >> i & 1) == 0)
            continue;
        const size_t step = RT_ROUNDUP(*from);
        if (*from > size)
            break;
        found.at[i] = reinterpret_cast<const sockaddr*>(from);
        from += step;
        size = step < size ? size - step : 0;
    }
    return found;
}

namespace {

bool read_mib(int* mib, unsigned count, std::vector<uint64_t>& words, size_t& size)
{
    for (int tries = 0; tries < 5; ++tries) { // it may grow between the question and the answer
        if (sysctl(mib, count, nullptr, &size, nullptr, 0) == -1)
            return false;
        size += size / 8 + 512;
        words.resize((size + 7) / 8);
        if (sysctl(mib, count, words.data(), &size, nullptr, 0) == 0)
            return true;
        if (errno != ENOMEM)
            return false;
    }
    return false;
}

} // namespace

bool read_table(int operation, int argument, int fib, std::vector<uint64_t>& words, size_t& size)
{
    int mib[] = {CTL_NET, AF_ROUTE, 0, 0, operation, argument, fib};
    return read_mib(mib, operation == NET_RT_IFLIST ? 6 : 7, words, size);
}

bool read_variable(const char* name, std::vector<uint64_t>& words, size_t& size)
{
    int mib[CTL_MAXNAME];
    size_t count = CTL_MAXNAME;
    return sysctlnametomib(name, mib, &count) == 0 &&
           read_mib(mib, static_cast<unsigned>(count), words, size);
}

uint32_t ipv4_of(const sockaddr* sa)
{
    if (sa == nullptr || sa->sa_family != AF_INET || sa->sa_len < 8)
        return 0;
    return ntohl(reinterpret_cast<const sockaddr_in*>(sa)->sin_addr.s_addr);
}

std::string host_text(uint32_t ip, bool numeric)
{
    const in_addr address = {htonl(ip)};
    if (!numeric) {
        const hostent* host = gethostbyaddr(&address, sizeof address, AF_INET);
        if (host != nullptr)
            return host->h_name;
    }
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, &address, text, sizeof text);
}

namespace {

std::string host6_text(const sockaddr_in6& sin, bool numeric)
{
    char text[INET6_ADDRSTRLEN];
    char zone[IFNAMSIZ];
    if (!numeric) {
        const hostent* host = gethostbyaddr(&sin.sin6_addr, sizeof sin.sin6_addr, AF_INET6);
        if (host != nullptr)
            return host->h_name;
    }
    std::string out = inet_ntop(AF_INET6, &sin.sin6_addr, text, sizeof text);
    if (sin.sin6_scope_id != 0 && if_indextoname(sin.sin6_scope_id, zone) != nullptr)
        out = out + "%" + zone;
    return out;
}

std::string destination6_text(const sockaddr_in6& sin, const sockaddr* mask, int flags,
                              bool numeric)
{
    unsigned bits = 0;
    if ((flags & RTF_HOST) != 0)
        return host6_text(sin, numeric);
    if (mask != nullptr && mask->sa_len >= sizeof sin)
        for (uint8_t byte : reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr.s6_addr)
            bits += static_cast<unsigned>(__builtin_popcount(byte));
    if (bits == 0 && IN6_IS_ADDR_UNSPECIFIED(&sin.sin6_addr))
        return "default";
    char length[8];
    snprintf(length, sizeof length, "/%u", bits);
    return host6_text(sin, true) + length;
}

} // namespace

std::string destination_text(const sockaddr* destination, const sockaddr* mask, int flags,
                             bool numeric)
{
    if (destination != nullptr && destination->sa_family == AF_INET6 &&
        destination->sa_len >= sizeof(sockaddr_in6))
        return destination6_text(*reinterpret_cast<const sockaddr_in6*>(destination), mask, flags,
                                 numeric);
    const uint32_t ip = ipv4_of(destination);
    if ((flags & RTF_HOST) != 0)
        return host_text(ip, numeric);
    const uint32_t bits = ipv4_of(mask);
    if (ip == 0 && bits == 0)
        return "default";
    char length[8];
    snprintf(length, sizeof length, "/%d", __builtin_popcount(bits));
    return host_text(ip, true) + length;
}

bool parse_hardware(const char* text, sockaddr_dl& out)
{
    unsigned b[6];
    char rest = 0;
    if (sscanf(text, "%x:%x:%x:%x:%x:%x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &rest) != 6)
        return util::say("invalid hardware address '%s'", text), false;
    out = {};
    out.sdl_len = sizeof out;
    out.sdl_family = AF_LINK;
    out.sdl_alen = 6;
    for (int i = 0; i < 6; ++i) {
        if (b[i] > 255)
            return util::say("invalid hardware address '%s'", text), false;
        out.sdl_data[i] = static_cast<char>(b[i]);
    }
    return true;
}

std::string hardware_text(const sockaddr_dl& sdl)
{
    char text[32] = "";
    const auto* mac = reinterpret_cast<const uint8_t*>(CLLADDR(&sdl));
    if (sdl.sdl_alen == 6)
        snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                 mac[4], mac[5]);
    return text;
}

std::string gateway_text(const sockaddr* gateway, bool numeric)
{
    if (gateway == nullptr)
        return "-";
    if (gateway->sa_family == AF_INET)
        return host_text(ipv4_of(gateway), numeric);
    if (gateway->sa_family == AF_INET6 && gateway->sa_len >= sizeof(sockaddr_in6))
        return host6_text(*reinterpret_cast<const sockaddr_in6*>(gateway), numeric);
    if (gateway->sa_family != AF_LINK)
        return "?";
    const auto& sdl = *reinterpret_cast<const sockaddr_dl*>(gateway);
    if (sdl.sdl_alen != 0)
        return hardware_text(sdl);
    char text[16];
    snprintf(text, sizeof text, "link#%u", sdl.sdl_index);
    return text;
}

std::string interface_text(unsigned index)
{
    char name[IFNAMSIZ];
    return index != 0 && if_indextoname(index, name) != nullptr ? name : "?";
}

std::string flag_letters(int flags)
{
    // 1 is PROTO2 and 2 is PROTO1, as QNX documents it.
    static constexpr struct {
        int bit;
        char letter;
    } letters[] = {
        {RTF_UP, 'U'},        {RTF_GATEWAY, 'G'},  {RTF_HOST, 'H'},      {RTF_REJECT, 'R'},
        {RTF_DYNAMIC, 'D'},   {RTF_MODIFIED, 'M'}, {RTF_DONE, 'd'},      {RTF_MASK, 'm'},
        {RTF_CLONING, 'C'},   {RTF_XRESOLVE, 'X'}, {RTF_LLINFO, 'L'},    {RTF_STATIC, 'S'},
        {RTF_PROTO1, '2'},    {RTF_PROTO2, '1'},   {RTF_BLACKHOLE, 'B'}, {RTF_CLONED, 'c'},
        {RTF_BROADCAST, 'b'},
    };
    std::string text;
    for (const auto& each : letters)
        if ((flags & each.bit) != 0)
            text += each.letter;
    return text;
}

std::string names_of_bits(int bits, const char* names)
{
    std::string text;
    while (*names != '\0') {
        const int bit = *names++ - 1;
        const char* end = names;
        while (*end > ' ')
            end++;
        if ((bits >> bit & 1) != 0) {
            if (!text.empty())
                text += ',';
            text.append(names, end);
        }
        names = end;
    }
    return text.empty() ? text : "<" + text + ">";
}

} // namespace routing
