/* SPDX-License-Identifier: Apache-2.0 */
/* devctl(): device control by message. Returns EOK or an errno value, never -1. */
#pragma once
#include <stddef.h>
#include <sys/platform.h>

#define _POSIX_DEVDIR_NONE 0u
#define _POSIX_DEVDIR_TO 0x80000000u
#define _POSIX_DEVDIR_FROM 0x40000000u
#define _POSIX_DEVDIR_TOFROM 0xc0000000u
#define _DEVDIR_MASK 0xc0000000u
#define __DION(class, cmd) ((int)(((unsigned)(class) << 8) + (cmd) + _POSIX_DEVDIR_NONE))
#define __DIOF(class, cmd, data) ((int)(((unsigned)sizeof(data) << 16) + ((unsigned)(class) << 8) + (cmd) + _POSIX_DEVDIR_FROM))
#define __DIOT(class, cmd, data) ((int)(((unsigned)sizeof(data) << 16) + ((unsigned)(class) << 8) + (cmd) + _POSIX_DEVDIR_TO))
#define __DIOTF(class, cmd, data) \
    ((int)(((unsigned)sizeof(data) << 16) + ((unsigned)(class) << 8) + (cmd) + _POSIX_DEVDIR_TOFROM))
#define get_device_command(dcmd) ((int)((unsigned)(dcmd) & ~_DEVDIR_MASK))
#define get_device_direction(dcmd) ((unsigned)(dcmd) & _DEVDIR_MASK)

#define _DCMD_ALL 0x01
#define _DCMD_FSYS 0x02
#define _DCMD_BLK 0x03
#define _DCMD_CHR 0x04
#define _DCMD_NET 0x05
#define _DCMD_PROC 0x06
#define _DCMD_IP 0x07
#define _DCMD_MISC 0x08
#define _DCMD_MEDIA 0x0a
#define _DCMD_INPUT 0x0b

#ifndef IOCPARM_MASK
#define _DEVCTL_SIZE(dcmd) (((unsigned)(dcmd) >> 16) & 0x3fffu)
#endif
__NTO_BEGIN_DECLS
struct iovec;
int posix_devctl(int fd, int dcmd, void *__restrict data, size_t n, int *__restrict info); /* as devctl() */
int devctl(int fd, int dcmd, void *data, size_t nbytes, int *info);
int devctlv(int fd, int dcmd, int sparts, int rparts, const struct iovec *sv, const struct iovec *rv, int *info);
__NTO_END_DECLS
