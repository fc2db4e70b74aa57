/* SPDX-License-Identifier: Apache-2.0 */
/* QNX's further attributes of posix_spawn(), kept in the reserved part of musl's posix_spawnattr_t. */
#ifndef LIBC_SYS_SPAWN_EXTRA_H
#define LIBC_SYS_SPAWN_EXTRA_H
#include <spawn.h>
#include <stdint.h>

struct spawn_extra {
    uint64_t sigignore;
    uint32_t xflags, runmask;
    uint32_t uid, gid;
};
_Static_assert(sizeof(struct spawn_extra) <= sizeof((posix_spawnattr_t *)0)->__pad, "room in the attributes");

static inline struct spawn_extra *spawn_extra(const posix_spawnattr_t *attr)
{
    return (struct spawn_extra *)(uintptr_t)attr->__pad;
}
#endif
