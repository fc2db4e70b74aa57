/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct mii_data: what a driver keeps for the media of its PHYs, as NetBSD's mii(4). A driver with MDI_* uses mii_media, mii_ifp,
 * mii_media_status and mii_media_active; the register functions are for those that bring their own PHY code.
 */
#ifndef _DEV_MII_MIIVAR_H
#define _DEV_MII_MIIVAR_H
#include <net/if_media.h>
#include <sys/device.h>

#define MII_NPHY 32
#define MII_PHY_ANY (-1)
#define MII_OFFSET_ANY (-1)

typedef int (*mii_readreg_t)(struct device *, int phy, int reg);
typedef void (*mii_writereg_t)(struct device *, int phy, int reg, int value);
typedef void (*mii_statchg_t)(struct device *);

struct mii_data {
    struct ifmedia mii_media;
    struct ifnet *mii_ifp;
    int mii_flags;
    int mii_instance;           /* of the next PHY */
    int mii_media_status;       /* IFM_AVALID, IFM_ACTIVE */
    int mii_media_active;       /* media word in use */
    mii_readreg_t mii_readreg;
    mii_writereg_t mii_writereg;
    mii_statchg_t mii_statchg;
};
typedef struct mii_data mii_data_t;
#endif
