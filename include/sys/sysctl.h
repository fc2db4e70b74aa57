/* SPDX-License-Identifier: Apache-2.0 */
/* sysctl(): the network stack's MIB. Served by the socket manager, so SOCK chooses the stack. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#define CTL_MAXNAME 12
#define SYSCTL_NAMELEN 32
#define CTL_UNSPEC 0
#define CTL_KERN 1
#define CTL_VM 2
#define CTL_VFS 3
#define CTL_NET 4
#define CTL_DEBUG 5
#define CTL_HW 6
#define CTL_MACHDEP 7
#define CTL_USER 8
#define CTL_QNX 9
#define CTL_PROC 10
#define CTL_VENDOR 11
#define CTL_EMUL 12
#define CTL_SECURITY 13
#define CTL_QUERY (-2) /* list the children of a node: struct sysctlnode[] */
#define CTL_DESCRIBE (-3) /* not used over the wire: see abi/sockmsg.h */
/* node types and flags, as the stack reports them */
#define CTLTYPE_NODE 1
#define CTLTYPE_INT 2
#define CTLTYPE_STRING 3
#define CTLTYPE_QUAD 4
#define CTLTYPE_STRUCT 5
#define CTLTYPE_BOOL 6
#define CTLFLAG_READWRITE 0x00000070u
#define NET_RT_DUMP 1
#define NET_RT_FLAGS 2
#define NET_RT_OIFLIST 3
#define NET_RT_IFLIST 4
#ifdef __cplusplus
extern "C" {
#endif
int sysctl(const int *name, unsigned namelen, void *oldp, size_t *oldlenp, const void *newp, size_t newlen);
int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, const void *newp, size_t newlen);
#ifdef __cplusplus
}
#endif
