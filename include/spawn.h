/* SPDX-License-Identifier: Apache-2.0 */
/* <spawn.h>: musl's posix_spawn and QNX's spawn(). */
#pragma once
#include_next <spawn.h>
#include <signal.h>
#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

#define SPAWN_SETGROUP 0x00000001u
#define SPAWN_SETSIGMASK 0x00000002u
#define SPAWN_SETSIGDEF 0x00000004u
#define SPAWN_SETSIGIGN 0x00000008u
#define SPAWN_EXPLICIT_SCHED 0x00000010u
#define SPAWN_NOZOMBIE 0x00000020u
#define SPAWN_HOLD 0x00000040u
#define SPAWN_SETSID 0x00000080u
#define SPAWN_EXPLICIT_CPU 0x00000100u
#define SPAWN_EXEC 0x00000200u
#define SPAWN_SETCRED 0x00000400u /* ours: uid and gid; needs SPAWN_SETUID and SPAWN_SETGID */
#define SPAWN_CHECK_SCRIPT 0x00010000u
#define SPAWN_SEARCH_PATH 0x00020000u
#define SPAWN_SETND 0x00040000u
#define SPAWN_TCSETPGROUP 0x00080000u
#define SPAWN_NEWPGROUP 0
/* posix_spawnattr_setxflags() (manual: posix_spawnattr_setxflags): beside the POSIX_SPAWN_* of posix_spawnattr_setflags(). EINVAL: others. */
#define POSIX_SPAWN_SETSIGIGN 0x00000100u
#define POSIX_SPAWN_NOZOMBIE 0x00000200u
#define POSIX_SPAWN_HOLD 0x00000400u
#define POSIX_SPAWN_EXPLICIT_CPU 0x00000800u
#define POSIX_SPAWN_SETCRED 0x00001000u
#define POSIX_SPAWN_EXEC 0x00002000u
#define POSIX_SPAWN_SEARCH_PATH 0x00004000u
#define POSIX_SPAWN_CHECK_SCRIPT 0x00008000u
#define SPAWN_FDCLOSED (-1)
struct inheritance {
    uint32_t flags;
    pid_t pgroup;
    sigset_t sigmask, sigdefault, sigignore;
    int policy;
    uint32_t nd;
    struct sched_param param;
    uint32_t runmask;
    int32_t stack_max;
    uid_t uid; /* ours, with SPAWN_SETCRED */
    gid_t gid;
};
#ifdef __cplusplus
extern "C" {
#endif
pid_t spawn(const char *path, int fd_count, const int fd_map[], const struct inheritance *inherit, char *const argv[],
            char *const envp[]);
pid_t spawnp(const char *file, int fd_count, const int fd_map[], const struct inheritance *inherit, char *const argv[],
             char *const envp[]);
int posix_spawnattr_setxflags(posix_spawnattr_t *attr, uint32_t flags);
int posix_spawnattr_getxflags(const posix_spawnattr_t *attr, uint32_t *flags);
int posix_spawnattr_setrunmask(posix_spawnattr_t *attr, uint32_t mask);
int posix_spawnattr_getrunmask(const posix_spawnattr_t *attr, uint32_t *mask);
int posix_spawnattr_setsigignore(posix_spawnattr_t *attr, const sigset_t *set);
int posix_spawnattr_getsigignore(const posix_spawnattr_t *attr, sigset_t *set);
int posix_spawnattr_setcred(posix_spawnattr_t *attr, uid_t uid, gid_t gid);
int posix_spawnattr_getcred(const posix_spawnattr_t *attr, uid_t *uid, gid_t *gid);
#ifdef __cplusplus
}
#endif
