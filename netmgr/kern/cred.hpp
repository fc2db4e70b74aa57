// SPDX-License-Identifier: Apache-2.0
// Who asks: the client's ids and which of io-pkt's custom abilities it has. Filled in by the socket front.
#pragma once
#include <stdint.h>

namespace netmgr {

enum Ability : uint32_t {
    able_privport = 0x01, // network/bind/privport
    able_if_get = 0x02,   // network/interface/getpriv
    able_if_set = 0x04,   // network/interface/setpriv
    able_route = 0x08,    // network/route/set
    able_rawsock = 0x10,  // network/socket/rawsock
    able_sysctl = 0x20,   // writing variables: root
    able_all = 0xffffffff,
};

struct Cred {
    uint32_t uid = 0;
    uint32_t gid = 0;
    int32_t pid = 0;
    uint32_t able = 0; // known to have
    // Asks the process manager for what is not known; only for as long as the client's message is being answered.
    bool (*ask)(int scoid, Ability a) = nullptr;
    int scoid = -1;

    bool has(Ability a) const { return (able & a) == a || (ask != nullptr && ask(scoid, a)); }
    // To be kept beyond the message. Root is taken to have everything.
    Cred stored() const { return {uid, gid, pid, uid == 0 ? uint32_t(able_all) : able}; }
    static Cred root() { return {0, 0, 0, able_all}; }
};

} // namespace netmgr
