/* SPDX-License-Identifier: Apache-2.0 */
/* A directory entry, as servers send it (struct _io_dirent of sys/iomsg.h): it has no type field. */
struct dirent {
    ino_t d_ino;
    off_t d_offset;
    short d_reclen;
    short d_namelen;
    char d_name[256];
};
#define d_off d_offset
