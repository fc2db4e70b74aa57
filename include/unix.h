/* SPDX-License-Identifier: Apache-2.0 */
/* What QNX's libc has of other systems' odds and ends. */
#pragma once
#include <fcntl.h>
#include <share.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef __cplusplus
extern "C" {
#endif
int chsize(int fd, off_t size); /* as ftruncate() */
int eof(int fd);                /* 1 = the file's offset is at its end, 0 = before it; -1 */
#ifdef __cplusplus
}
#endif
