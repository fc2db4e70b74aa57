/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers for drivers: common options and hardware addresses. */
#ifndef _NETDRVR_NICSUPPORT_H
#define _NETDRVR_NICSUPPORT_H
#include <hw/nicinfo.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "525400123456" or "52:54:00:12:34:56" -> 6 bytes. 0, or -1 when the text is not an address. */
int nic_strtomac(const char *text, unsigned char *mac);
/*
 * One option of the common set (irq, priority, mtu, mac, verbose, lan, deviceindex, media, duplex, nomulticast,
 * promiscuous) as "name" or "name=value". EOK, or EINVAL when it is unknown or its value is wrong.
 */
int nic_parse_options(nic_config_t *config, const char *option);
void nic_dump_config(const nic_config_t *config);

#ifdef __cplusplus
}
#endif
#endif
