// SPDX-License-Identifier: Apache-2.0
// Connections: ConnectAttach() and what can be asked about either side of one.
#include "result.hpp"
#include <abi/proc_msg.h>
#include <stdlib.h>
#include <sys/neutrino.h>

int ConnectAttach_r(uint32_t nd, pid_t pid, int chid, unsigned index, int flags)
{
    return static_cast<int>(__kercall5(KER_CONNECT_ATTACH, nd, pid, chid, index, flags));
}

int ConnectAttach(uint32_t nd, pid_t pid, int chid, unsigned index, int flags)
{
    return qnx::errno_of(ConnectAttach_r(nd, pid, chid, index, flags));
}

int ConnectDetach_r(int coid)
{
    return static_cast<int>(__kercall1(KER_CONNECT_DETACH, coid));
}

int ConnectDetach(int coid)
{
    return qnx::errno_of(ConnectDetach_r(coid));
}

int ConnectFlags_r(pid_t pid, int coid, unsigned mask, unsigned bits)
{
    return static_cast<int>(__kercall4(KER_CONNECT_FLAGS, pid, coid, mask, bits));
}

int ConnectFlags(pid_t pid, int coid, unsigned mask, unsigned bits)
{
    return qnx::errno_of(ConnectFlags_r(pid, coid, mask, bits));
}

int ConnectServerInfo_r(pid_t pid, int coid, struct _server_info* info)
{
    return static_cast<int>(__kercall3(KER_CONNECT_SERVER_INFO, pid, coid, qnx::arg(info)));
}

int ConnectServerInfo(pid_t pid, int coid, struct _server_info* info)
{
    return qnx::errno_of(ConnectServerInfo_r(pid, coid, info));
}

int ConnectClientInfo_r(int scoid, struct _client_info* info, int ngroups)
{
    return static_cast<int>(__kercall3(KER_CONNECT_CLIENT_INFO, scoid, qnx::arg(info), ngroups));
}

int ConnectClientInfo(int scoid, struct _client_info* info, int ngroups)
{
    return qnx::errno_of(ConnectClientInfo_r(scoid, info, ngroups));
}

int ConnectClientInfoExt_r(int scoid, struct _client_info** info, int)
{
    auto* found = static_cast<struct _client_info*>(calloc(1, sizeof(struct _client_info)));
    if (found == nullptr)
        return -ENOMEM;
    int result = ConnectClientInfo_r(scoid, found, NGROUPS_MAX_NTO);
    if (result < 0) {
        free(found);
        return result;
    }
    *info = found;
    return 0;
}

int ConnectClientInfoExt(int scoid, struct _client_info** info, int flags)
{
    return qnx::errno_of(ConnectClientInfoExt_r(scoid, info, flags));
}

int ConnectClientInfoAble_r(int scoid, struct _client_info** info, int flags,
                            struct _client_able abilities[], int nable)
{
    constexpr int max_abilities = 100; // as the manual says
    if (nable < 0 || nable > max_abilities || (nable > 0 && abilities == nullptr))
        return -EINVAL;
    struct _client_info* found = nullptr;
    if (const int result = ConnectClientInfoExt_r(scoid, &found, flags); result < 0)
        return result;
    if (nable > 0) {
        struct proc_ability_entry entries[max_abilities];
        uint32_t ids[max_abilities];
        for (int i = 0; i < nable; ++i)
            entries[i] = {abilities[i].ability, 0, abilities[i].range_lo, abilities[i].range_hi};
        struct proc_ability request = {};
        request.type = PROC_ABILITY_CHECK;
        request.pid = scoid;
        request.count = static_cast<uint32_t>(nable);
        iov_t parts[2];
        SETIOV(&parts[0], &request, sizeof request);
        SETIOV(&parts[1], entries, request.count * sizeof entries[0]);
        const long able = MsgSendvs_r(SYSMGR_COID, parts, 2, ids, request.count * sizeof ids[0]);
        if (able < 0) {
            free(found);
            return static_cast<int>(able);
        }
        if (able != nable)
            found->flags |= _NTO_CI_UNABLE;
        for (int i = 0; i < nable; ++i) {
            if (ids[i] != 0) // one that was looked up before it was created has its lasting id now
                abilities[i].ability = ids[i];
        }
    }
    *info = found;
    return 0;
}

int ConnectClientInfoAble(int scoid, struct _client_info** info, const int flags,
                          struct _client_able abilities[], const int nable)
{
    return qnx::errno_of(ConnectClientInfoAble_r(scoid, info, flags, abilities, nable));
}

int ClientInfoExtFree(struct _client_info** info)
{
    if (info == nullptr)
        return qnx::errno_of(-EINVAL);
    free(*info);
    *info = nullptr;
    return 0;
}
