// SPDX-License-Identifier: Apache-2.0
// An address of either family in 16 bytes: IPv4 ones as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/be.hpp"

namespace netmgr {

/*
 * Inside the stack a link-local address, unicast or group, carries its interface's index (its zone, RFC 4007) in bytes 2 and 3,
 * where it has zeros on the wire: so addresses of two links never compare equal. with_zone() and without_zone() are
 * used where an address comes in or goes out.
 */
struct IpAddress {
    alignas(8) uint8_t bytes[16] = {};

    static constexpr IpAddress v4(uint32_t ip)
    {
        IpAddress a;
        a.bytes[10] = a.bytes[11] = 0xff;
        a.bytes[12] = static_cast<uint8_t>(ip >> 24);
        a.bytes[13] = static_cast<uint8_t>(ip >> 16);
        a.bytes[14] = static_cast<uint8_t>(ip >> 8);
        a.bytes[15] = static_cast<uint8_t>(ip);
        return a;
    }
    static IpAddress from(const void* sixteen)
    {
        IpAddress a;
        memcpy(a.bytes, sixteen, sizeof(a.bytes));
        return a;
    }
    static constexpr IpAddress v6_loopback()
    {
        IpAddress a;
        a.bytes[15] = 1;
        return a;
    }
    // ff02::last and the like.
    static constexpr IpAddress v6_group(uint8_t scope, uint32_t last)
    {
        IpAddress a = v4(last);
        a.bytes[0] = 0xff;
        a.bytes[1] = scope;
        a.bytes[10] = a.bytes[11] = 0;
        return a;
    }

    bool operator==(const IpAddress& o) const { return high() == o.high() && low() == o.low(); }
    // Two words of this machine, for comparing and hashing only.
    uint64_t high() const { return word(0); }
    uint64_t low() const { return word(8); }

    bool is_v4() const
    {
        static constexpr uint8_t mapped[4] = {0, 0, 0xff, 0xff};
        return high() == 0 && memcmp(bytes + 8, mapped, sizeof(mapped)) == 0;
    }
    uint32_t ip4() const
    {
        return static_cast<uint32_t>(bytes[12]) << 24 | static_cast<uint32_t>(bytes[13]) << 16 |
               static_cast<uint32_t>(bytes[14]) << 8 | bytes[15];
    }
    // :: or 0.0.0.0.
    bool is_any() const { return low() == 0 ? high() == 0 : is_v4() && ip4() == 0; }
    bool is_v6_multicast() const { return bytes[0] == 0xff; }
    bool is_link_local() const { return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80; }
    bool is_v6_loopback() const { return *this == v6_loopback(); }
    // RFC 4291 2.7: the scope of a group; RFC 4007 4: of a unicast address (the loopback's is its link).
    unsigned scope() const
    {
        if (is_v6_multicast())
            return bytes[1] & 0x0f;
        if (is_link_local() || is_v6_loopback())
            return scope_link;
        return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0 ? scope_site : scope_global;
    }
    bool has_zone() const
    {
        return is_link_local() || (is_v6_multicast() && scope() <= scope_link && scope() != 0);
    }
    unsigned zone() const
    {
        return has_zone() ? static_cast<unsigned>(bytes[2]) << 8 | bytes[3] : 0;
    }
    IpAddress with_zone(unsigned interface) const
    {
        IpAddress a = *this;
        if (has_zone()) {
            a.bytes[2] = static_cast<uint8_t>(interface >> 8);
            a.bytes[3] = static_cast<uint8_t>(interface);
        }
        return a;
    }
    IpAddress without_zone() const { return with_zone(0); }

    static constexpr unsigned scope_node = 1;
    static constexpr unsigned scope_link = 2;
    static constexpr unsigned scope_site = 5;
    static constexpr unsigned scope_global = 14;

private:
    uint64_t word(size_t at) const
    {
        uint64_t w;
        memcpy(&w, bytes + at, sizeof(w));
        return w;
    }
};
static_assert(sizeof(IpAddress) == 16);

} // namespace netmgr
