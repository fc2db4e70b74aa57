/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHYs behind a management interface (IEEE 802.3 clause 22). The driver gives functions that read and write a PHY's registers;
 * the names are those published io-pkt drivers use. Stack context, but for MDI_MonitorPhy(): the driver's thread or callout.
 */
#ifndef _NETDRVR_MDI_H
#define _NETDRVR_MDI_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint16_t (*MDIReadFunc)(void *handle, uint8_t phy, uint8_t reg);
typedef void (*MDIWriteFunc)(void *handle, uint8_t phy, uint8_t reg, uint16_t value);
typedef void (*MDILinkFunc)(void *handle, uint8_t phy, uint8_t new_state);

#define MDI_MAX_PHY 32
enum { MDI_SUCCESS = 0, MDI_BADPHY, MDI_TIMEOUT, MDI_NOLINK, MDI_NOMEMORY };
enum { MDI_LINK_DOWN = 0, MDI_LINK_UP = 1, MDI_LINK_UNKNOWN = 2 };  /* new_state; also what MDI_GetActiveMedia() returns */
enum { NoWait = 0, WaitBusy = 1 };
#define IrqNoWait NoWait

/* Media, a bit each. */
#define MDI_10bT 0x0001
#define MDI_10bTFD 0x0002
#define MDI_100bT 0x0004
#define MDI_100bTFD 0x0008
#define MDI_100bT4 0x0010
#define MDI_1000bT 0x0020
#define MDI_1000bTFD 0x0040
#define MDI_FLOW 0x0080         /* advertise: symmetric pause */
#define MDI_FLOW_ASYM 0x0100

/* Registers and their bits (clause 22.2.4). */
#define MDI_BMCR 0
#define MDI_BMSR 1
#define MDI_PHYID_1 2
#define MDI_PHYID_2 3
#define MDI_ANAR 4
#define MDI_ANLPAR 5
#define MDI_MSCR 9
#define MDI_MSSR 10
#define BMCR_RESET 0x8000
#define BMCR_SPEED_100 0x2000
#define BMCR_AN_ENABLE 0x1000
#define BMCR_POWERDOWN 0x0800
#define BMCR_ISOLATE 0x0400
#define BMCR_RESTART_AN 0x0200
#define BMCR_FULL_DUPLEX 0x0100
#define BMCR_SPEED_1000 0x0040
#define BMSR_AN_COMPLETE 0x0020
#define BMSR_LINK_STATUS 0x0004
#define BMSR_EXTENDED_STATUS 0x0100

typedef struct MDI_PHY_STATE {
    uint8_t valid;              /* MDI_InitPhy() was called */
    uint8_t state;              /* MDI_LINK_* last told */
} mdi_phy_state_t;

typedef struct MDI {
    void *handle;
    MDIWriteFunc write;
    MDIReadFunc read;
    MDILinkFunc callback;
    uint8_t monitor;
    mdi_phy_state_t phys[MDI_MAX_PHY];
} mdi_t;

/* event, priority and callback_value belong to a monitor thread of old; they have no effect: call MDI_MonitorPhy(). */
int MDI_Register_Extended(void *handle, MDIWriteFunc write, MDIReadFunc read, MDILinkFunc callback, mdi_t **mdi,
                          const void *event, int priority, int callback_value);
void MDI_DeRegister(mdi_t **mdi);
int MDI_FindPhy(mdi_t *mdi, int phy);                   /* MDI_SUCCESS: something answers there */
int MDI_InitPhy(mdi_t *mdi, int phy);
int MDI_ResetPhy(mdi_t *mdi, int phy, int wait);
int MDI_SetAdvert(mdi_t *mdi, int phy, int media);      /* what the next MDI_AutoNegotiate() offers */
int MDI_GetAdvert(mdi_t *mdi, int phy, int *media);
int MDI_GetPartnerAdvert(mdi_t *mdi, int phy, int *media);
int MDI_AutoNegotiate(mdi_t *mdi, int phy, int timeout_s);  /* NoWait: only starts it */
int MDI_SetSpeedDuplex(mdi_t *mdi, int phy, int mbps, int full);
int MDI_GetActiveMedia(mdi_t *mdi, int phy, int *media);    /* MDI_LINK_*; *media one bit of MDI_*bT* */
int MDI_GetLinkStatus(mdi_t *mdi, int phy);             /* MDI_LINK_* */
void MDI_EnableMonitor(mdi_t *mdi, int probe);
void MDI_DisableMonitor(mdi_t *mdi);
void MDI_MonitorPhy(mdi_t *mdi);                        /* looks at each PHY; tells the callback what changed */
int MDI_PowerdownPhy(mdi_t *mdi, int phy);
int MDI_PowerupPhy(mdi_t *mdi, int phy);
int MDI_IsolatePhy(mdi_t *mdi, int phy);
int MDI_DeIsolatePhy(mdi_t *mdi, int phy);

#ifdef __cplusplus
}
#endif
#endif
