// SPDX-License-Identifier: Apache-2.0
// posix_spawn()'s attributes that musl has not: scheduling, and QNX's extended ones.
#include <sched.h>
#include <errno.h>
#include <string.h>
#include "spawn_extra.h"

int posix_spawnattr_setschedparam(posix_spawnattr_t *restrict attr, const struct sched_param *restrict param)
{
    attr->__prio = param->sched_priority;
    return 0;
}

int posix_spawnattr_getschedparam(const posix_spawnattr_t *restrict attr, struct sched_param *restrict param)
{
    *param = (struct sched_param){.sched_priority = attr->__prio, .sched_curpriority = attr->__prio};
    return 0;
}

int posix_spawnattr_setschedpolicy(posix_spawnattr_t *attr, int policy)
{
    attr->__pol = policy;
    return 0;
}

int posix_spawnattr_getschedpolicy(const posix_spawnattr_t *restrict attr, int *restrict policy)
{
    *policy = attr->__pol;
    return 0;
}

#define KNOWN_XFLAGS \
    (POSIX_SPAWN_SETSIGIGN | POSIX_SPAWN_NOZOMBIE | POSIX_SPAWN_HOLD | POSIX_SPAWN_EXPLICIT_CPU | POSIX_SPAWN_SETCRED | POSIX_SPAWN_EXEC | \
     POSIX_SPAWN_SEARCH_PATH | POSIX_SPAWN_CHECK_SCRIPT)

/* The POSIX flags are the low byte, as in posix_spawnattr_setflags(). */
int posix_spawnattr_setxflags(posix_spawnattr_t *attr, uint32_t flags)
{
    if (flags & ~(KNOWN_XFLAGS | 0xffu)) return EINVAL;
    spawn_extra(attr)->xflags = flags & KNOWN_XFLAGS;
    return posix_spawnattr_setflags(attr, (short)(flags & 0xffu));
}

int posix_spawnattr_getxflags(const posix_spawnattr_t *attr, uint32_t *flags)
{
    *flags = spawn_extra(attr)->xflags | (uint32_t)attr->__flags;
    return 0;
}

int posix_spawnattr_setrunmask(posix_spawnattr_t *attr, uint32_t mask)
{
    spawn_extra(attr)->runmask = mask;
    return 0;
}

int posix_spawnattr_getrunmask(const posix_spawnattr_t *attr, uint32_t *mask)
{
    *mask = spawn_extra(attr)->runmask;
    return 0;
}

int posix_spawnattr_setsigignore(posix_spawnattr_t *attr, const sigset_t *set)
{
    memcpy(&spawn_extra(attr)->sigignore, set, sizeof(uint64_t));
    return 0;
}

int posix_spawnattr_getsigignore(const posix_spawnattr_t *attr, sigset_t *set)
{
    *set = (sigset_t){0};
    memcpy(set, &spawn_extra(attr)->sigignore, sizeof(uint64_t));
    return 0;
}

int posix_spawnattr_setcred(posix_spawnattr_t *attr, uid_t uid, gid_t gid)
{
    spawn_extra(attr)->uid = uid;
    spawn_extra(attr)->gid = gid;
    return 0;
}

int posix_spawnattr_getcred(const posix_spawnattr_t *attr, uid_t *uid, gid_t *gid)
{
    *uid = spawn_extra(attr)->uid;
    *gid = spawn_extra(attr)->gid;
    return 0;
}
