/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audio/video bridging: commands (ifd_cmd) of SIOCSDRVSPEC for cards that shape their transmit queues (IEEE 802.1Qav). Names as in
 * published drivers; the numbers are ours. ENOTTY: not for this card.
 */
#ifndef _NETDRVR_AVB_H
#define _NETDRVR_AVB_H
#include <stdint.h>

#define AVB_SET_BW 0x200            /* avb_bw_t, which begins where ifd_data is */
#define PRECISE_TIMER_DELAY 0x201   /* precise_timer_delay_t behind struct ifdrv; not from the stack context */

#define AVB_PRIORITIES 8            /* IEEE 802.1Q priority code points */

typedef struct {
    uint32_t bandwidth[AVB_PRIORITIES];  /* kbit/s reserved for each priority */
} avb_bw_t;

typedef struct {
    uint32_t ns;
} precise_timer_delay_t;
#endif
