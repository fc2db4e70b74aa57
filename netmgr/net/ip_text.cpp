// SPDX-License-Identifier: Apache-2.0
// Addresses as text.
#include "net/ip_text.hpp"

#include <stdio.h>

namespace netmgr {

const char* ip_text(const IpAddress& ip, char (&to)[ip_text_size])
{
    if (ip.is_v4()) {
        const uint32_t a = ip.ip4();
        snprintf(to, sizeof(to), "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
        return to;
    }
    const IpAddress clean = ip.without_zone();
    size_t at = 0;
    for (size_t i = 0; i < 16; i += 2) {
        const unsigned group = static_cast<unsigned>(clean.bytes[i]) << 8 | clean.bytes[i + 1];
        at += static_cast<size_t>(snprintf(to + at, sizeof(to) - at, i == 0 ? "%x" : ":%x", group));
    }
    if (ip.zone() != 0)
        snprintf(to + at, sizeof(to) - at, "%%%u", ip.zone());
    return to;
}

} // namespace netmgr
