/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl(): BSD numbers; carried by devctl(). */
#pragma once
#include <sys/filio.h>
#include <sys/ioccom.h>
#include <sys/sockio.h>
#include <sys/ttycom.h>
#define _IO(g, n) __IOC_NONE(g, n)
#define _IOR(g, n, t) __IOC_R(g, n, t)
#define _IOW(g, n, t) __IOC_W(g, n, t)
#define _IOWR(g, n, t) __IOC_WR(g, n, t)
#ifdef __cplusplus
extern "C" {
#endif
int ioctl(int fd, int request, ...);
#ifdef __cplusplus
}
#endif
