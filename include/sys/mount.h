/* SPDX-License-Identifier: Apache-2.0 */
/* mount() and umount(): a connect message to whoever registered the type. */
#pragma once
#include <sys/platform.h>
#define _MFLAG_OCB 0x80000000u
#define _MOUNT_READONLY 0x00000001u
#define _MOUNT_NOEXEC 0x00000002u
#define _MOUNT_NOSUID 0x00000004u
#define _MOUNT_NOCREAT 0x00000008u
#define _MOUNT_OFF32 0x00000010u
#define _MOUNT_NOATIME 0x00000020u
#define _MOUNT_BEFORE 0x00000040u
#define _MOUNT_AFTER 0x00000080u
#define _MOUNT_OPAQUE 0x00000100u
#define _MOUNT_UNMOUNT 0x00001000u
#define _MOUNT_REMOUNT 0x00002000u
#define _MOUNT_FORCE 0x00004000u
__NTO_BEGIN_DECLS
int mount(const char *special, const char *dir, int flags, const char *type, const void *data, int datalen);
int umount(const char *dir, int flags);
__NTO_END_DECLS
