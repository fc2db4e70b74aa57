// SPDX-License-Identifier: Apache-2.0
// RFC 6724's rules for destinations: which of a host's addresses to try first. Rules 3, 4 and 7 ask for what io-pkt does not tell.
#include "address_order.hpp"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr size_t bits_of_ip6 = 128;
constexpr int scope_link = 2, scope_site = 5, scope_global = 14;

using Bytes = unsigned char[16]; // an IPv4 address is an IPv4-mapped one here

struct Candidate {
    HostAddress address;
    Bytes destination, source;
    bool usable;
};

// RFC 6724 2.1, the longest prefixes first.
struct Policy {
    Bytes prefix;
    unsigned bits;
    int precedence, label;
};
constexpr Policy policies[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
    {{}, 96, 1, 3},
    {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc}, 7, 3, 13},
    {{}, 0, 40, 1},
};

unsigned common_bits(const Bytes& a, const Bytes& b)
{
    for (unsigned i = 0; i < bits_of_ip6; ++i)
        if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0)
            return i;
    return bits_of_ip6;
}

const Policy& policy_of(const Bytes& ip)
{
    const Policy* found = policies;
    while (common_bits(found->prefix, ip) < found->bits) // the last one fits everything
        found++;
    return *found;
}

// RFC 6724 3.1, 3.2.
int scope_of(const Bytes& ip)
{
    const bool is_ip4 = policy_of(ip).label == 4;
    if (is_ip4)
        return ip[12] == 127 || (ip[12] == 169 && ip[13] == 254) ? scope_link : scope_global;
    if (ip[0] == 0xff)
        return ip[1] & 0xf;
    if (policy_of(ip).label == 0 || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80))
        return scope_link;
    return ip[0] == 0xfe && (ip[1] & 0xc0) == 0xc0 ? scope_site : scope_global;
}

void map_ip4(const void* ip4, Bytes& to)
{
    memset(to, 0, 10);
    memset(to + 10, 0xff, 2);
    memcpy(to + 12, ip4, 4);
}

// What io-pkt would send from: connect() of UDP asks for a way without sending anything.
bool find_source(Candidate& c)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } name = {};
    socklen_t length = c.address.family == AF_INET ? sizeof name.in : sizeof name.in6;
    if (c.address.family == AF_INET) {
        name.in = {sizeof name.in, AF_INET, htons(9), {}, {}};
        memcpy(&name.in.sin_addr, c.address.bytes, sizeof name.in.sin_addr);
    } else {
        name.in6 = {sizeof name.in6, AF_INET6, htons(9), 0, {}, c.address.zone};
        memcpy(&name.in6.sin6_addr, c.address.bytes, sizeof name.in6.sin6_addr);
    }
    const int fd = socket(c.address.family, SOCK_DGRAM, 0);
    if (fd == -1)
        return false;
    const bool good =
        connect(fd, &name.any, length) == 0 && getsockname(fd, &name.any, &length) == 0;
    close(fd);
    if (good && c.address.family == AF_INET)
        map_ip4(&name.in.sin_addr, c.source);
    else if (good)
        memcpy(c.source, &name.in6.sin6_addr, sizeof c.source);
    return good;
}

bool is_better(const Candidate& a, const Candidate& b)
{
    if (a.usable != b.usable || !a.usable)
        return a.usable && !b.usable;
    const int scope_a = scope_of(a.destination), scope_b = scope_of(b.destination);
    const bool same_a = scope_a == scope_of(a.source), same_b = scope_b == scope_of(b.source);
    if (same_a != same_b)
        return same_a;
    const Policy &policy_a = policy_of(a.destination), &policy_b = policy_of(b.destination);
    const bool fits_a = policy_a.label == policy_of(a.source).label;
    const bool fits_b = policy_b.label == policy_of(b.source).label;
    if (fits_a != fits_b)
        return fits_a;
    if (policy_a.precedence != policy_b.precedence)
        return policy_a.precedence > policy_b.precedence;
    if (scope_a != scope_b)
        return scope_a < scope_b;
    // Rule 9, for IPv6 only: longer than a subnet's prefix means nothing.
    if (a.address.family != AF_INET6 || b.address.family != AF_INET6)
        return false;
    const unsigned bits_a = common_bits(a.destination, a.source);
    const unsigned bits_b = common_bits(b.destination, b.source);
    return (bits_a < 64 ? bits_a : 64) > (bits_b < 64 ? bits_b : 64);
}

} // namespace

void order_addresses(HostAddress* addresses, size_t count)
{
    constexpr size_t most = 16;
    Candidate found[most];
    if (count < 2 || count > most)
        return;
    for (size_t i = 0; i < count; ++i) {
        Candidate c = {addresses[i], {}, {}, false};
        if (c.address.family == AF_INET)
            map_ip4(c.address.bytes, c.destination);
        else
            memcpy(c.destination, c.address.bytes, sizeof c.destination);
        c.usable = find_source(c);
        size_t at = i; // rule 10: equals stay in their order
        for (; at > 0 && is_better(c, found[at - 1]); --at)
            found[at] = found[at - 1];
        found[at] = c;
    }
    for (size_t i = 0; i < count; ++i)
        addresses[i] = found[i].address;
}
