// SPDX-License-Identifier: Apache-2.0
// Names of hosts by DNS, configured as QNX does: _CS_RESOLVE, /etc/resolv.conf.<hostname>, /etc/resolv.conf.
#pragma once
#include "hosts.hpp"

namespace resolver {

// What it came to, in terms of h_errno.
enum Result { found = 0, host_not_found = 1, try_again = 2, no_recovery = 3, no_data = 4 };

// Search list and trailing dot are minded. canonical: room of 254 bytes, may be null.
Result addresses_of(const char* name, int family, HostAddress* out, size_t room, size_t& count,
                    char* canonical);
Result name_of(const void* address, int family, char* name, size_t room);

// "hosts:" of /etc/nsswitch.conf: which sources, in order. At most two letters: 'f' files, 'd' dns.
void source_order(char (&order)[3]);

} // namespace resolver
