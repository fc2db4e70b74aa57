/* SPDX-License-Identifier: Apache-2.0 */
/* What nearly every network driver includes first: types, device memory, errors, io-pkt's helpers. */
#ifndef _NETDRVR_COMMON_H
#define _NETDRVR_COMMON_H
#include <errno.h>
#include <hw/inout.h>
#include <netdrvr/eth.h>
#include <netdrvr/nicsupport.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/cache.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#endif
