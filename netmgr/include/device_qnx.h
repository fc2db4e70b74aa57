/* SPDX-License-Identifier: Apache-2.0 */
/* Kept for drivers that include it; everything is in <sys/device.h>. */
#ifndef _DEVICE_QNX_H
#define _DEVICE_QNX_H
#include <sys/device.h>
#endif
