// SPDX-License-Identifier: Apache-2.0
// Is an offered address somebody's already? ARP probes (RFC 5227) through /dev/bpf, as the interface has no address yet.
#pragma once
#include <netinet/in.h>
#include <stdint.h>

namespace dhcp {

enum class Probe { unused, used, failed };

// So many probes, a second each. failed: with a message; nothing is known.
Probe probe(const char* interface, const uint8_t* mac, in_addr_t address, long count);

} // namespace dhcp
