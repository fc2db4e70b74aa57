/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BSD ioctl number encoding, which is also a devctl's: bit 31 = data to the driver, bit 30 = data from it, 16..29 size,
 * 8..15 group, 0..7 number. Own macro names, because a host's <sys/ioctl.h> defines _IOR and friends differently.
 */
#ifndef _SYS_IOCCOM_H
#define _SYS_IOCCOM_H
#define IOCPARM_MASK 0x3fff
#define IOCPARM_LEN(x) (((x) >> 16) & IOCPARM_MASK)
#define IOCGROUP(x) (((x) >> 8) & 0xff)
#define IOC_VOID 0x00000000u
#define IOC_OUT 0x40000000u
#define IOC_IN 0x80000000u
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define __IOC_BSD(dir, g, n, size) ((unsigned)((dir) | (((unsigned)(size) & IOCPARM_MASK) << 16) | ((unsigned)(g) << 8) | (n)))
#define __IOC_NONE(g, n) __IOC_BSD(IOC_VOID, g, n, 0)
#define __IOC_R(g, n, t) __IOC_BSD(IOC_OUT, g, n, sizeof(t))
#define __IOC_W(g, n, t) __IOC_BSD(IOC_IN, g, n, sizeof(t))
#define __IOC_WR(g, n, t) __IOC_BSD(IOC_INOUT, g, n, sizeof(t))
#endif
