/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers written for BSD include it for struct bpf_if's name; what an interface's listeners are stays in the stack. */
#ifndef _NETMGR_NET_BPFDESC_H
#define _NETMGR_NET_BPFDESC_H
#include <net/bpf.h>
#endif
