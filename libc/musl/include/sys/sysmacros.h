/* SPDX-License-Identifier: Apache-2.0 */
/* Device numbers: 32 bits, major in bits 10-15, minor below. */
#ifndef _SYS_SYSMACROS_H
#define _SYS_SYSMACROS_H
#define major(device) (((unsigned)(device) >> 10) & 0x3fu)
#define minor(device) ((unsigned)(device) & 0x3ffu)
#define makedev(major, minor) ((((unsigned)(major) & 0x3fu) << 10) | ((unsigned)(minor) & 0x3ffu))
#endif
