/* SPDX-License-Identifier: Apache-2.0 */
/* SIOCGDRVCOM: what nicinfo asks a driver. */
#pragma once
#include <hw/nicinfo.h>
#include <net/if.h>
struct ifdrvcom {
    char ifdc_name[IFNAMSIZ];
    uint32_t ifdc_cmd;
    uint32_t ifdc_len; /* of the data that follows; must be exactly its size */
};
#define DRVCOM_CONFIG 1
#define DRVCOM_STATS 2
struct drvcom_config {
    struct ifdrvcom dcom_cmd;
    nic_config_t dcom_config;
};
struct drvcom_stats {
    struct ifdrvcom dcom_cmd;
    nic_stats_t dcom_stats;
};
/* what the ioctl number's size covers: either of the two */
union drvcom_any {
    struct drvcom_config config;
    struct drvcom_stats stats;
};
