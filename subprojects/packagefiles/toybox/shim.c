/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of Linux that toybox's library names; none of our servers has such things. */
#include <errno.h>
#include <stddef.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/types.h>

static int unsupported(void)
{
    errno = ENOTSUP;
    return -1;
}

/* clang-format off */
ssize_t getxattr(const char *p, const char *n, void *b, size_t s) { return unsupported(); }
ssize_t lgetxattr(const char *p, const char *n, void *b, size_t s) { return unsupported(); }
ssize_t fgetxattr(int f, const char *n, void *b, size_t s) { return unsupported(); }
ssize_t listxattr(const char *p, char *b, size_t s) { return unsupported(); }
ssize_t llistxattr(const char *p, char *b, size_t s) { return unsupported(); }
ssize_t flistxattr(int f, char *b, size_t s) { return unsupported(); }
int setxattr(const char *p, const char *n, const void *b, size_t s, int f) { return unsupported(); }
int lsetxattr(const char *p, const char *n, const void *b, size_t s, int f) { return unsupported(); }
int fsetxattr(int d, const char *n, const void *b, size_t s, int f) { return unsupported(); }
int statvfs(const char *p, struct statvfs *b) { return unsupported(); }
int statfs(const char *p, struct statfs *b) { return unsupported(); }
