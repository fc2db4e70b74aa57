/* SPDX-License-Identifier: Apache-2.0 */
/* Media words: bits 5-7 type, 0-4 subtype, 8-15 type options, 16-27 shared options, 28-31 instance. */
#ifndef _NET_IF_MEDIA_H
#define _NET_IF_MEDIA_H

#define IFM_ETHER 0x00000020
#define IFM_IEEE80211 0x00000080
#define IFM_10_T 3
#define IFM_10_2 4
#define IFM_10_5 5
#define IFM_100_TX 6
#define IFM_100_FX 7
#define IFM_1000_SX 11
#define IFM_1000_LX 14
#define IFM_1000_CX 15
#define IFM_1000_T 16
#define IFM_10G_LR 18

#define IFM_AUTO 0
#define IFM_MANUAL 1
#define IFM_NONE 2

#define IFM_FDX 0x00100000
#define IFM_HDX 0x00200000
#define IFM_FLOW 0x00400000
#define IFM_FLAG0 0x01000000
#define IFM_FLAG1 0x02000000
#define IFM_LOOP 0x08000000

#define IFM_NMASK 0x000000e0
#define IFM_TMASK 0x0000001f
#define IFM_IMASK 0xf0000000u
#define IFM_ISHIFT 28
#define IFM_OMASK 0x0000ff00
#define IFM_GMASK 0x0ff00000

#define IFM_TYPE(x) ((x) & IFM_NMASK)
#define IFM_SUBTYPE(x) ((x) & IFM_TMASK)
#define IFM_INST(x) (((unsigned)(x) & IFM_IMASK) >> IFM_ISHIFT)
#define IFM_OPTIONS(x) ((x) & (IFM_OMASK | IFM_GMASK))
#define IFM_MAKEWORD(type, subtype, options, instance) \
    ((int)((unsigned)(type) | (unsigned)(subtype) | (unsigned)(options) | ((unsigned)(instance) << IFM_ISHIFT)))

/* ifm_status */
#define IFM_AVALID 0x00000001
#define IFM_ACTIVE 0x00000002
#endif
