// SPDX-License-Identifier: Apache-2.0
// IPv6 socket addresses: outside with a scope id, inside with the zone in the address (wire/ip_address.hpp).
#pragma once
#include <netinet/in.h>
#include <string.h>

#include "net/sockaddr.hpp"
#include "wire/ip_address.hpp"

namespace netmgr {

inline sockaddr_in6 make_sockaddr_in6(const IpAddress& ip, uint16_t port = 0)
{
    sockaddr_in6 sin = {};
    const IpAddress clean = ip.without_zone();
    sin.sin6_len = sizeof(sin);
    sin.sin6_family = AF_INET6;
    sin.sin6_port = Be16(port).raw();
    memcpy(&sin.sin6_addr, clean.bytes, sizeof(clean.bytes));
    sin.sin6_scope_id = ip.zone();
    return sin;
}

inline void store_sockaddr_in6(sockaddr_storage& to, const IpAddress& ip, uint16_t port = 0)
{
    const sockaddr_in6 sin = make_sockaddr_in6(ip, port);
    to = {};
    memcpy(&to, &sin, sizeof(sin));
}

// The zone of a link-local address is its scope id, or the zone in its bytes as BSD's own programs write it.
inline IpAddress ip6_of(const void* sa)
{
    sockaddr_in6 sin;
    memcpy(&sin, sa, sizeof(sin));
    const IpAddress ip = IpAddress::from(&sin.sin6_addr);
    return sin.sin6_scope_id != 0 ? ip.with_zone(sin.sin6_scope_id) : ip;
}

inline const sockaddr* as_sockaddr(const sockaddr_in6& sin)
{
    return reinterpret_cast<const sockaddr*>(&sin);
}

// The address of either family in a name that is long enough.
inline IpAddress address_in(const sockaddr_storage& ss)
{
    return ss.ss_family == AF_INET6 ? ip6_of(&ss)
                                    : IpAddress::v4(ip_of(reinterpret_cast<const sockaddr*>(&ss)));
}

inline sockaddr_storage make_netmask6(unsigned prefix)
{
    sockaddr_storage ss;
    store_sockaddr_in6(ss, IpAddress());
    auto* bytes = reinterpret_cast<uint8_t*>(&reinterpret_cast<sockaddr_in6&>(ss).sin6_addr);
    for (unsigned i = 0; i < prefix; ++i)
        bytes[i / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
    return ss;
}

// False for a mask with ones behind a zero.
inline bool prefix_of_netmask6(const sockaddr_in6& mask, unsigned& prefix)
{
    const auto* bytes = reinterpret_cast<const uint8_t*>(&mask.sin6_addr);
    const auto is_set = [&](unsigned i) { return (bytes[i / 8] >> (7 - i % 8) & 1) != 0; };
    prefix = 0;
    while (prefix < 128 && is_set(prefix))
        prefix++;
    for (unsigned i = prefix; i < 128; ++i)
        if (is_set(i))
            return false;
    return true;
}

} // namespace netmgr
