/* SPDX-License-Identifier: Apache-2.0 */
/* BSD ioctl encoding: direction (3 bits), size (13 bits), group (8), number (8). */
#pragma once
#define IOCPARM_MASK 0x1fff
#define IOCPARM_SHIFT 16
#define IOCGROUP_SHIFT 8
#define IOCPARM_LEN(x) (((unsigned)(x) >> IOCPARM_SHIFT) & IOCPARM_MASK)
#define IOCBASECMD(x) ((unsigned)(x) & ~((unsigned)IOCPARM_MASK << IOCPARM_SHIFT))
#define IOCGROUP(x) (((unsigned)(x) >> IOCGROUP_SHIFT) & 0xff)
#define IOC_VOID 0x20000000u
#define IOC_OUT 0x40000000u /* copy to the caller */
#define IOC_IN 0x80000000u  /* copy from the caller */
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define IOC_DIRMASK 0xe0000000u
#define _IOC(inout, group, num, len) \
    ((int)((inout) | (((unsigned)(len)&IOCPARM_MASK) << IOCPARM_SHIFT) | ((unsigned)(group) << IOCGROUP_SHIFT) | (num)))
#define _IO(g, n) _IOC(IOC_VOID, (g), (n), 0)
#define _IOR(g, n, t) _IOC(IOC_OUT, (g), (n), sizeof(t))
#define _IOW(g, n, t) _IOC(IOC_IN, (g), (n), sizeof(t))
#define _IOWR(g, n, t) _IOC(IOC_INOUT, (g), (n), sizeof(t))
