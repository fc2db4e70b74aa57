/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a path with more than open() can say: a wanted kind of name and extra data for the server. For libraries like libsocket. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/iomsg.h>
#include <sys/platform.h>
__NTO_BEGIN_DECLS
/* oflag as open()'s (O_CLOEXEC included). The descriptor, or -1 with errno. */
int _connect_extra(const char *path, int oflag, unsigned file_type, unsigned extra_type, const void *extra, unsigned extra_len);
__NTO_END_DECLS
