// SPDX-License-Identifier: Apache-2.0
// What a lease changes on this host: the interface, routes, name servers, the host name.
#pragma once
#include "net/dhcp/message.hpp"

namespace dhcp {

struct Policy {
    bool alias = false;              // -a: beside the addresses that are there
    bool in_memory = false;          // -m: _CS_DOMAIN and _CS_RESOLVE instead of /etc/resolv.conf
    bool no_servers = false;         // -n
    bool no_host_name = false;       // -H
    bool no_routes = false;          // -R
    bool named_file = false;         // -r: /etc/resolv.conf.<host>
    const char* host_name = nullptr; // -h
};

// The first broadcast interface (without a usable address, when unconfigured is asked for), or the named one.
bool find_interface(const char* name, bool unconfigured, char* found, size_t room, uint8_t* mac);
bool bring_up(const char* interface);

// Puts the lease on; false with a message.
bool apply(const char* interface, const Answer& lease, const Policy& policy);
void remove(const char* interface, const Answer& lease);

} // namespace dhcp
