/* SPDX-License-Identifier: Apache-2.0 */
/* What a file system tells about itself: the answer to DCMD_FSYS_STATVFS (statvfs(), fstatvfs()). */
#pragma once
#include <stdint.h>
struct abi_fsinfo {
    uint64_t bsize, frsize;         /* bytes: preferred transfer, and the unit of the next three */
    uint64_t blocks, bfree, bavail; /* in all, free, free for others than root */
    uint64_t files, ffree, favail;  /* 0: no fixed number */
    uint64_t fsid, flag, namemax;   /* flag: ABI_FS_* */
};
#define ABI_FS_READ_ONLY 1u
#define ABI_DCMD_FSINFO (0x40000000u | (uint32_t)sizeof(struct abi_fsinfo) << 16 | 2u << 8 | 19u)
