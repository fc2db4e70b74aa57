// SPDX-License-Identifier: Apache-2.0
// Who a client is and what it may do: its ids, groups, and io-pkt's own abilities (<sys/iopkt_ability.h>).
#pragma once
#include <stdint.h>
#include <sys/neutrino.h>

#include "kern/cred.hpp"

namespace netmgr {

// Creates the five abilities clients are asked for. 0 or an errno.
int create_client_abilities();

// uid -1 when the client is gone. Abilities are asked for when somebody wants to know.
Cred cred_of(int scoid);

struct ClientGroups {
    uint32_t gids[NGROUPS_MAX_NTO + 1]; // the effective one first
    unsigned count = 0;

    explicit ClientGroups(int scoid);
    bool has(uint32_t gid) const;
};

// -p tcpip mfib_gid_map=: the forwarding table (FIB) of a group's sockets.
class GidFibs {
public:
    static constexpr unsigned fib_count = 16;
    static constexpr unsigned max_entries = 64;

    bool add(uint32_t gid, unsigned fib); // false: full
    // The first of the client's groups that is in the map decides; 0 without any.
    unsigned fib_of(const ClientGroups& groups) const;
    bool empty() const { return count_ == 0; }

private:
    struct {
        uint32_t gid;
        unsigned fib;
    } entries_[max_entries] = {};
    unsigned count_ = 0;
};

} // namespace netmgr
