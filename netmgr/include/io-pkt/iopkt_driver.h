/* SPDX-License-Identifier: Apache-2.0 */
/* First header of an io-pkt driver. */
#ifndef _IOPKT_DRIVER_H
#define _IOPKT_DRIVER_H
#include <errno.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_ether.h>
#include <net/if_types.h>
#include <nw_dl.h>
#include <nw_thread.h>
#include <quiesce.h>
#include <siglock.h>
#include <stdint.h>
#include <string.h>
#include <sys/callout.h>
#include <sys/device.h>
#include <sys/io-pkt.h>
#include <sys/mbuf.h>
#include <sys/sockio.h>
#ifndef EOK
#define EOK 0
#endif
#endif
