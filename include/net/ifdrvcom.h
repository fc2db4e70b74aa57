/* SPDX-License-Identifier: Apache-2.0 */
/* SIOCGDRVCOM: a driver's configuration and statistics, as nicinfo shows them. */
#ifndef _NET_IFDRVCOM_H
#define _NET_IFDRVCOM_H
#include <hw/nicinfo.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

struct drvcom_cmd {
    char ifdc_name[IFNAMSIZ];
    uint32_t ifdc_cmd;  /* DRVCOM_* */
    uint32_t ifdc_zero;
    uint64_t ifdc_len;  /* must equal the size of what follows */
};
#define DRVCOM_CONFIG 0
#define DRVCOM_STATS 1

struct drvcom_config {
    struct drvcom_cmd dcom_cmd;
    nic_config_t dcom_config;
};
struct drvcom_stats {
    struct drvcom_cmd dcom_cmd;
    nic_stats_t dcom_stats;
};
#endif
