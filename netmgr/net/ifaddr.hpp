// SPDX-License-Identifier: Apache-2.0
// An address of an interface, of any family.
#pragma once
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct ifnet;

struct ifaddr {
    ifaddr* next = nullptr;
    ifnet* ifp = nullptr;
    sockaddr_storage address = {};
    sockaddr_storage netmask = {};
    sockaddr_storage destination =
        {}; // broadcast address, or the other end of a point-to-point link
    uint32_t metric = 0;
    // IPv6's (netinet6/in6_address.cpp).
    uint32_t flags6 = 0; // IN6_IFF_*
    unsigned prefix6 = 0;
    uint32_t preferred_s = UINT32_MAX; // lifetimes as given; UINT32_MAX = for ever
    uint32_t valid_s = UINT32_MAX;
    uint64_t preferred_until_ns = 0; // 0 = for ever
    uint64_t valid_until_ns = 0;
    unsigned dad_left = 0; // probes to send before it is ours
    uint64_t dad_at_ns = 0;

    int family() const { return address.ss_family; }
    // IPv4 views, host order.
    uint32_t ip() const { return ipv4(address); }
    uint32_t mask() const { return ipv4(netmask); }
    uint32_t broadcast() const { return ipv4(destination); }
    uint32_t network() const { return ip() & mask(); }

    static uint32_t ipv4(const sockaddr_storage& ss)
    {
        const auto* b = reinterpret_cast<const uint8_t*>(&ss) + offsetof(sockaddr_in, sin_addr);
        return static_cast<uint32_t>(b[0]) << 24 | static_cast<uint32_t>(b[1]) << 16 |
               static_cast<uint32_t>(b[2]) << 8 | b[3];
    }
};
