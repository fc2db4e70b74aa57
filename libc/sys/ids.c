// SPDX-License-Identifier: Apache-2.0
// User and group ids. They belong to the process, so there is nothing to do thread by thread.
#include <grp.h>
#include <unistd.h>
#include "sys.h"

static int id_result(long r)
{
    return (int)__syscall_ret((unsigned long)(r > 0 ? 0 : r));
}

int setuid(uid_t uid)
{
    return id_result(proc_id_op(PROC_ID_SETUID, 0, (int)uid, 0));
}

int setgid(gid_t gid)
{
    return id_result(proc_id_op(PROC_ID_SETGID, 0, (int)gid, 0));
}

int seteuid(uid_t uid)
{
    return id_result(proc_id_op(PROC_ID_SETEUID, 0, (int)uid, 0));
}

int setegid(gid_t gid)
{
    return id_result(proc_id_op(PROC_ID_SETEGID, 0, (int)gid, 0));
}

int setreuid(uid_t real, uid_t effective)
{
    return id_result(proc_id_op(PROC_ID_SETREUID, 0, (int)real, (int)effective));
}

int setregid(gid_t real, gid_t effective)
{
    return id_result(proc_id_op(PROC_ID_SETREGID, 0, (int)real, (int)effective));
}

int setgroups(size_t count, const gid_t *list)
{
    if (count > 16) return id_result(-EINVAL);
    struct proc_id message = {.type = PROC_GETSETID, .subtype = PROC_ID_SETGROUPS, .a = (int32_t)count};
    struct iovec send[2] = {{&message, sizeof message}, {(void *)list, count * sizeof *list}};
    return id_result(msg_sendv(SYSMGR_COID, send, count ? 2 : 1, 0, 0));
}

int initgroups(const char *user, gid_t gid)
{
    gid_t groups[16];
    int count = 16;
    if (getgrouplist(user, gid, groups, &count) < 0) return -1;
    return setgroups((size_t)count, groups);
}

pid_t gettid(void)
{
    return (pid_t)__kercall0(KER_THREAD_SELF);
}
