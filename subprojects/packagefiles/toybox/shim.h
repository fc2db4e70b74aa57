/* SPDX-License-Identifier: Apache-2.0 */
/* What toybox takes for granted and QNX does not have. */
#define d_type d_reclen * 0 /* no types in directory entries: DT_UNKNOWN */
#define IUTF8 0             /* no such terminal mode */
#define BLKGETSIZE64 0      /* no block devices */
#define _SYS_SYSCALL_H      /* system calls by number: there are none */
