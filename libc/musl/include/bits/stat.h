/* SPDX-License-Identifier: Apache-2.0 */
/* struct stat in QNX's 64-bit order. */
struct stat {
    ino_t st_ino;
    off_t st_size;
    dev_t st_dev;
    dev_t st_rdev;
    uid_t st_uid;
    gid_t st_gid;
    struct timespec st_mtim;
    struct timespec st_atim;
    struct timespec st_ctim;
    mode_t st_mode;
    nlink_t st_nlink;
    blksize_t st_blocksize;
    blkcnt_t st_nblocks;
    blksize_t st_blksize;
    blkcnt_t st_blocks; /* in units of 512 bytes */
};
#define S_IFNAM 0050000 /* special named file */
#define S_ISNAM(mode) (((mode) & S_IFMT) == S_IFNAM)
