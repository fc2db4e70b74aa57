/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl(): BSD numbers; carried by devctl(). */
#pragma once
#include <sys/filio.h>
#include <sys/ioccom.h>
#include <sys/sockio.h>
#include <sys/ttycom.h>
#ifdef __cplusplus
extern "C" {
#endif
int ioctl(int fd, int request, ...);
#ifdef __cplusplus
}
#endif
