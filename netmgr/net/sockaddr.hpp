// SPDX-License-Identifier: Apache-2.0
// Building and reading IPv4 socket addresses. Host order on our side.
#pragma once
#include <netinet/in.h>
#include <string.h>

#include "wire/be.hpp"

namespace netmgr {

inline sockaddr_in make_sockaddr_in(uint32_t ip, uint16_t port = 0)
{
    sockaddr_in sin = {};
    sin.sin_len = sizeof(sin);
    sin.sin_family = AF_INET;
    sin.sin_port = Be16(port).raw();
    sin.sin_addr.s_addr = Be32(ip).raw();
    return sin;
}

inline uint32_t ip_of(const in_addr& a)
{
    return Be32::from_raw(a.s_addr);
}

inline uint32_t ip_of(const sockaddr* sa)
{
    in_addr a;
    memcpy(&a, reinterpret_cast<const char*>(sa) + offsetof(sockaddr_in, sin_addr), sizeof(a));
    return ip_of(a);
}

inline uint16_t port_of(const sockaddr* sa)
{
    Be16 port;
    memcpy(&port, reinterpret_cast<const char*>(sa) + offsetof(sockaddr_in, sin_port),
           sizeof(port));
    return port;
}

inline const sockaddr* as_sockaddr(const sockaddr_in& sin)
{
    return reinterpret_cast<const sockaddr*>(&sin);
}

inline void store_sockaddr_in(sockaddr_storage& to, socklen_t& len, uint32_t ip, uint16_t port)
{
    const sockaddr_in sin = make_sockaddr_in(ip, port);
    to = {};
    memcpy(&to, &sin, sizeof(sin));
    len = sizeof(sin);
}

inline unsigned prefix_length(uint32_t mask)
{
    return static_cast<unsigned>(__builtin_popcount(mask));
}

inline uint32_t prefix_mask(unsigned length)
{
    return length == 0 ? 0 : ~uint32_t{0} << (32 - length);
}

inline bool is_contiguous_mask(uint32_t mask)
{
    return (~mask & (~mask + 1)) == 0;
}

} // namespace netmgr
