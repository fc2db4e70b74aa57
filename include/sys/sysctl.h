/* SPDX-License-Identifier: Apache-2.0 */
/* The socket manager's variable tree. Top-level ids are io-pkt's; meta identifiers (negative) walk the tree. */
#ifndef _SYS_SYSCTL_H
#define _SYS_SYSCTL_H
#include <stddef.h>
#include <stdint.h>

#define CTL_MAXNAME 12
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
#define CTL_MAXID 14

#define CTLTYPE_NODE 1
#define CTLTYPE_INT 2
#define CTLTYPE_STRING 3
#define CTLTYPE_QUAD 4
#define CTLTYPE_STRUCT 5

/* Second level of kern. */
#define KERN_HOSTNAME 10
#define KERN_CLOCKRATE 12
#define KERN_MBUF 39
#define KERN_SBMAX 58
#define KERN_SOCKETS 100 /* struct socket_info[], <sys/sockinfo.h> */
/* Third level of kern.mbuf. */
#define MBUF_MSIZE 1
#define MBUF_MCLBYTES 2
#define MBUF_NMBCLUSTERS 3
#define MBUF_MBLOWAT 4
#define MBUF_MCLLOWAT 5
#define MBUF_STATS 6

struct clockinfo {
    int hz;
    int tick;       /* microseconds */
    int tickadj;
    int stathz;
    int profhz;
};

/*
 * Meta identifiers: the last element of a name.
 *   {a, b, CTL_QUERY}     old value: struct sysctlnode_info[] of the children of a.b
 *   {a, b, CTL_DESCRIBE}  old value: text describing a.b (NUL-terminated)
 *   {CTL_NAME2MIB}        new value: dotted name (NUL-terminated); old value: int32_t name[]
 */
#define CTL_QUERY (-2)
#define CTL_DESCRIBE (-3)
#define CTL_NAME2MIB (-4)

#define CTLFLAG_READWRITE 0x1
#define CTLFLAG_HEX 0x2         /* print in hexadecimal */
#define CTLFLAG_TABLE 0x4       /* sysctl -a leaves it to the tool that shows it */
#define CTLFLAG_PRIVATE 0x8     /* only a privileged client reads it */

#define SYSCTL_NAMELEN 32
struct sysctlnode_info {
    int32_t number;
    uint32_t type;              /* CTLTYPE_* */
    uint32_t flags;             /* CTLFLAG_* */
    uint32_t size;              /* bytes of the value, 0 = varies */
    char name[SYSCTL_NAMELEN];
};

#ifdef __cplusplus
extern "C" {
#endif
int sysctl(int *, unsigned, void *, size_t *, void *, size_t);
int sysctlbyname(const char *, void *, size_t *, void *, size_t);
int sysctlnametomib(const char *, int *, size_t *);
#ifdef __cplusplus
}
#endif
#endif
