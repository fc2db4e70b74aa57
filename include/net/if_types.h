/* SPDX-License-Identifier: Apache-2.0 */
/* Interface types (IANA ifType), the ones in use. */
#ifndef _NET_IF_TYPES_H
#define _NET_IF_TYPES_H
#define IFT_OTHER 0x1
#define IFT_ETHER 0x6
#define IFT_PPP 0x17
#define IFT_LOOP 0x18
#define IFT_SLIP 0x1c
#define IFT_PROPVIRTUAL 0x35
#define IFT_TUNNEL 0x83
#define IFT_L2VLAN 0x87
#define IFT_BRIDGE 0xd1
#define IFT_GIF 0xf0
#endif
