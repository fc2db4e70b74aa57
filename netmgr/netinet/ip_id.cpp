// SPDX-License-Identifier: Apache-2.0
// Choosing identifications.
#include "netinet/ip_id.hpp"

#include "kern/stack.hpp"

namespace netmgr {

uint16_t IpIds::next()
{
    uint16_t id;
    do {
        id = static_cast<uint16_t>(reserved_ + stack_.random_below(65536 - reserved_));
    } while (id == 0 || recent(id));
    const uint16_t oldest = ring_[at_];
    used_[oldest / 8] = static_cast<uint8_t>(used_[oldest / 8] & ~(1u << (oldest % 8)));
    ring_[at_] = id;
    used_[id / 8] = static_cast<uint8_t>(used_[id / 8] | 1u << (id % 8));
    at_ = (at_ + 1) % history;
    return id;
}

} // namespace netmgr
