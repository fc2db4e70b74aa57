// SPDX-License-Identifier: Apache-2.0
// mount() and umount(): one connect message of kind MOUNT. Mounting asks everybody who serves mount requests (entries of type
// _FTYPE_MOUNT) until one says the type is its own; unmounting asks the owner of the folder.
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include "sys.h"

struct mount_extra {
    struct _io_mount_extra head;
    char strings[2 * SYS_PATH_MAX];
};

/* Appends one NUL-terminated string; returns its length with the NUL, 0 for none, -1 when it does not fit. */
static int put(struct mount_extra *extra, size_t *used, const char *text, size_t limit)
{
    if (!text) return 0;
    size_t n = strnlen(text, limit) + 1;
    if (*used + n > sizeof extra->strings) return -1;
    memcpy(extra->strings + *used, text, n - 1);
    extra->strings[*used + n - 1] = 0;
    *used += n;
    return (int)n;
}

static long request(const char *special, const char *dir, int flags, const char *type, const void *options, size_t options_len)
{
    struct mount_extra extra = {.head = {.flags = (uint32_t)flags}};
    char full[SYS_PATH_MAX];
    size_t used = 0;
    long r = path_absolute(AT_FDCWD, dir ? dir : "/", full);
    if (r < 0) return r;
    int a = put(&extra, &used, type, SYS_PATH_MAX);
    int b = put(&extra, &used, special, SYS_PATH_MAX);
    int c = put(&extra, &used, options, options_len);
    if (a < 0 || b < 0 || c < 0) return -ENAMETOOLONG;
    extra.head.type_len = (uint16_t)a;
    extra.head.special_len = (uint16_t)b;
    extra.head.options_len = (uint16_t)c;
    struct path_request rq = {
        .subtype = _IO_CONNECT_MOUNT,
        .file_type = flags & _MOUNT_UNMOUNT ? _FTYPE_ANY : _FTYPE_MOUNT,
        .extra_type = _IO_CONNECT_EXTRA_MOUNT,
        .extra = &extra,
        .extra_len = (uint16_t)(sizeof extra.head + used),
    };
    r = path_connect(full, &rq);
    return r < 0 ? r : 0;
}

int mount(const char *special, const char *dir, int flags, const char *type, const void *data, int datalen)
{
    if (!type || datalen < -1) return (int)__syscall_ret(-EINVAL);
    size_t n = !data ? 0 : datalen < 0 ? strlen(data) : (size_t)datalen; /* -1: a string */
    return (int)__syscall_ret((unsigned long)request(special, dir, flags & ~_MOUNT_UNMOUNT, type, data, n));
}

int umount(const char *dir, int flags)
{
    return (int)__syscall_ret((unsigned long)request(0, dir, flags | _MOUNT_UNMOUNT, 0, 0, 0));
}
