// SPDX-License-Identifier: Apache-2.0
// _connect_extra(): an open with a wanted file type and extra data, for libsocket.
#include <fcntl.h>
#include <sys/connect.h>
#include "sys.h"

int _connect_extra(const char *path, int oflag, unsigned file_type, unsigned extra_type, const void *extra, unsigned extra_len)
{
    char full[SYS_PATH_MAX];
    if (extra_len > UINT16_MAX) return (int)__syscall_ret(-EINVAL);
    long r = path_absolute(AT_FDCWD, path, full);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    struct path_request request = {
        .subtype = _IO_CONNECT_OPEN,
        .file_type = file_type,
        .ioflag = (uint32_t)((oflag & ~3) | ((oflag + 1) & 3)),
        .coid_flags = oflag & O_CLOEXEC ? NTO_COF_CLOEXEC : 0,
        .extra_type = (uint8_t)extra_type,
        .extra_len = (uint16_t)extra_len,
        .extra = extra,
    };
    return (int)__syscall_ret((unsigned long)path_connect(full, &request));
}
