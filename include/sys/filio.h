/* SPDX-License-Identifier: Apache-2.0 */
/* ioctls of any file. */
#pragma once
#include <sys/ioccom.h>
#define FIOCLEX __IOC_NONE('f', 1)
#define FIONCLEX __IOC_NONE('f', 2)
#define FIOGETOWN __IOC_R('f', 123, int)
#define FIOSETOWN __IOC_W('f', 124, int)
#define FIOASYNC __IOC_W('f', 125, int)
#define FIONBIO __IOC_W('f', 126, int)
#define FIONREAD __IOC_R('f', 127, int)
