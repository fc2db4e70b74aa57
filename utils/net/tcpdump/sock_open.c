/* SPDX-License-Identifier: Apache-2.0 */
/* What libpcap's open() of /dev/bpf means where SOCK names the stack: that stack's node. Linked with --wrap=open. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    const char *stack = getenv("SOCK");
    char node[PATH_MAX];
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    if (stack == NULL || *stack == '\0' || strncmp(path, "/dev/bpf", 8) != 0)
        return __real_open(path, flags, mode);
    if (snprintf(node, sizeof node, "%s%s", stack, path) >= (int)sizeof node) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return __real_open(node, flags, mode);
}
