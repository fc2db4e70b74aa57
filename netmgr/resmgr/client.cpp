// SPDX-License-Identifier: Apache-2.0
// Asking the kernel about a client.
#include "resmgr/client.hpp"

#include <sys/iopkt_ability.h>
#include <sys/procmgr.h>

namespace netmgr {

namespace {

struct ClientAbility {
    Ability bit;
    const char* name;
    unsigned id;
};

// Written once, before there are clients.
ClientAbility abilities[] = {
    {able_privport, _IOPKT_ABILITY_NW_BIND_PRIVPORT, 0},
    {able_if_get, _IOPKT_ABILITY_NW_INTERFACE_GETPRIV, 0},
    {able_if_set, _IOPKT_ABILITY_NW_INTERFACE_SETPRIV, 0},
    {able_route, _IOPKT_ABILITY_NW_ROUTE_SET, 0},
    {able_rawsock, _IOPKT_ABILITY_NW_SOCKET_RAWSOCK, 0},
};

// A refusal counts as a denial of the client (pidin abilities).
bool client_has(int scoid, Ability bit)
{
    for (const ClientAbility& a : abilities) {
        if (a.bit != bit)
            continue;
        _client_able able = {a.id, 0, 0, ~uint64_t{0}};
        _client_info* info = nullptr;
        if (ConnectClientInfoAble_r(scoid, &info, 0, &able, 1) < 0)
            return false;
        const bool has = (info->flags & _NTO_CI_UNABLE) == 0;
        ClientInfoExtFree(&info);
        return has;
    }
    return false;
}

} // namespace

int create_client_abilities()
{
    for (ClientAbility& a : abilities) {
        const int id = procmgr_ability_create(a.name, PROCMGR_ADN_ROOT);
        if (id < 0)
            return -id;
        a.id = static_cast<unsigned>(id);
    }
    return 0;
}

Cred cred_of(int scoid)
{
    Cred cred;
    _client_info info;
    cred.uid = cred.gid = static_cast<uint32_t>(-1);
    if (ConnectClientInfo_r(scoid, &info, 0) >= 0) {
        cred.uid = static_cast<uint32_t>(info.cred.euid);
        cred.gid = static_cast<uint32_t>(info.cred.egid);
        cred.pid = info.pid;
        cred.able = info.cred.euid == 0 ? uint32_t(able_sysctl) : 0;
        cred.ask = client_has;
        cred.scoid = scoid;
    }
    return cred;
}

ClientGroups::ClientGroups(int scoid)
{
    _client_info info;
    if (ConnectClientInfo_r(scoid, &info, NGROUPS_MAX_NTO) < 0)
        return;
    gids[count++] = static_cast<uint32_t>(info.cred.egid);
    for (uint32_t i = 0; i < info.cred.ngroups && i < NGROUPS_MAX_NTO; i++)
        gids[count++] = static_cast<uint32_t>(info.cred.grouplist[i]);
}

bool ClientGroups::has(uint32_t gid) const
{
    for (unsigned i = 0; i < count; i++)
        if (gids[i] == gid)
            return true;
    return false;
}

bool GidFibs::add(uint32_t gid, unsigned fib)
{
    if (count_ == max_entries)
        return false;
    entries_[count_++] = {gid, fib};
    return true;
}

unsigned GidFibs::fib_of(const ClientGroups& groups) const
{
    for (unsigned g = 0; g < groups.count; g++)
        for (unsigned i = 0; i < count_; i++)
            if (entries_[i].gid == groups.gids[g])
                return entries_[i].fib;
    return 0;
}

} // namespace netmgr
