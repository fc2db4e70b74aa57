// SPDX-License-Identifier: Apache-2.0
// PHYs for drivers: clause 22 registers through the driver's own read and write.
#include <netdrvr/mdi.h>

#include <new>
#include <unistd.h>

namespace {

constexpr unsigned polls_per_second = 100;
constexpr unsigned poll_us = 1000000 / polls_per_second;
constexpr unsigned reset_polls = polls_per_second / 2; // 22.2.4.1.1: half a second at most

struct MediaBit {
    int media;
    uint16_t anar; // in ANAR and ANLPAR
};
constexpr MediaBit media_bits[] = {
    {MDI_10bT, 0x0020},   {MDI_10bTFD, 0x0040}, {MDI_100bT, 0x0080},     {MDI_100bTFD, 0x0100},
    {MDI_100bT4, 0x0200}, {MDI_FLOW, 0x0400},   {MDI_FLOW_ASYM, 0x0800},
};
constexpr uint16_t selector_802_3 = 1;
constexpr uint16_t mscr_half = 0x0100; // MSCR advertises, MSSR has the partner's two bits higher
constexpr uint16_t mscr_full = 0x0200;

bool usable(const mdi_t* mdi, int phy)
{
    return mdi != nullptr && phy >= 0 && phy < MDI_MAX_PHY;
}

uint16_t get(mdi_t& mdi, int phy, uint8_t reg)
{
    return mdi.read(mdi.handle, static_cast<uint8_t>(phy), reg);
}

void put(mdi_t& mdi, int phy, uint8_t reg, unsigned value)
{
    mdi.write(mdi.handle, static_cast<uint8_t>(phy), reg, static_cast<uint16_t>(value));
}

int change_control(mdi_t* mdi, int phy, unsigned clear, unsigned set)
{
    if (!usable(mdi, phy))
        return MDI_BADPHY;
    put(*mdi, phy, MDI_BMCR, (get(*mdi, phy, MDI_BMCR) & ~clear) | set);
    return MDI_SUCCESS;
}

// The link bit keeps a loss until it is read: the second reading is the state of now.
bool link_is_up(mdi_t& mdi, int phy)
{
    get(mdi, phy, MDI_BMSR);
    const uint16_t status = get(mdi, phy, MDI_BMSR);
    return status != 0xffff && (status & BMSR_LINK_STATUS) != 0;
}

int media_of(uint16_t anar, bool half_1000, bool full_1000)
{
    int media = (half_1000 ? MDI_1000bT : 0) | (full_1000 ? MDI_1000bTFD : 0);
    for (const MediaBit& bit : media_bits)
        media |= (anar & bit.anar) != 0 ? bit.media : 0;
    return media;
}

bool has_gigabit(mdi_t& mdi, int phy)
{
    return (get(mdi, phy, MDI_BMSR) & BMSR_EXTENDED_STATUS) != 0;
}

} // namespace

extern "C" {

int MDI_Register_Extended(void* handle, MDIWriteFunc write, MDIReadFunc read, MDILinkFunc callback,
                          mdi_t** mdi, const void*, int, int)
{
    *mdi = new (std::nothrow) mdi_t{};
    if (*mdi == nullptr)
        return MDI_NOMEMORY;
    (*mdi)->handle = handle;
    (*mdi)->write = write;
    (*mdi)->read = read;
    (*mdi)->callback = callback;
    return MDI_SUCCESS;
}

void MDI_DeRegister(mdi_t** mdi)
{
    delete *mdi;
    *mdi = nullptr;
}

int MDI_FindPhy(mdi_t* mdi, int phy)
{
    if (!usable(mdi, phy))
        return MDI_BADPHY;
    const uint16_t id = get(*mdi, phy, MDI_PHYID_1);
    const uint16_t status = get(*mdi, phy, MDI_BMSR);
    return (id == 0xffff || id == 0) && (status == 0xffff || status == 0) ? MDI_BADPHY
                                                                          : MDI_SUCCESS;
}

int MDI_InitPhy(mdi_t* mdi, int phy)
{
    if (MDI_FindPhy(mdi, phy) != MDI_SUCCESS)
        return MDI_BADPHY;
    mdi->phys[phy] = {1, MDI_LINK_UNKNOWN};
    return MDI_SUCCESS;
}

int MDI_ResetPhy(mdi_t* mdi, int phy, int wait)
{
    if (int error = change_control(mdi, phy, 0, BMCR_RESET))
        return error;
    for (unsigned i = 0; wait == WaitBusy; i++) {
        if ((get(*mdi, phy, MDI_BMCR) & BMCR_RESET) == 0)
            return MDI_SUCCESS;
        if (i == reset_polls)
            return MDI_TIMEOUT;
        usleep(poll_us);
    }
    return MDI_SUCCESS;
}

int MDI_SetAdvert(mdi_t* mdi, int phy, int media)
{
    if (!usable(mdi, phy))
        return MDI_BADPHY;
    unsigned anar = selector_802_3;
    for (const MediaBit& bit : media_bits)
        anar |= (media & bit.media) != 0 ? bit.anar : 0u;
    put(*mdi, phy, MDI_ANAR, anar);
    if (has_gigabit(*mdi, phy)) {
        unsigned control = get(*mdi, phy, MDI_MSCR) & ~(mscr_half | mscr_full);
        control |= (media & MDI_1000bT) != 0 ? mscr_half : 0u;
        control |= (media & MDI_1000bTFD) != 0 ? mscr_full : 0u;
        put(*mdi, phy, MDI_MSCR, control);
    }
    return MDI_SUCCESS;
}

int MDI_GetAdvert(mdi_t* mdi, int phy, int* media)
{
    if (!usable(mdi, phy))
        return MDI_BADPHY;
    const uint16_t control = has_gigabit(*mdi, phy) ? get(*mdi, phy, MDI_MSCR) : uint16_t{0};
    *media =
        media_of(get(*mdi, phy, MDI_ANAR), (control & mscr_half) != 0, (control & mscr_full) != 0);
    return MDI_SUCCESS;
}

int MDI_GetPartnerAdvert(mdi_t* mdi, int phy, int* media)
{
    if (!usable(mdi, phy))
        return MDI_BADPHY;
    const uint16_t status = has_gigabit(*mdi, phy) ? get(*mdi, phy, MDI_MSSR) : uint16_t{0};
    *media = media_of(get(*mdi, phy, MDI_ANLPAR), (status & mscr_half << 2) != 0,
                      (status & mscr_full << 2) != 0);
    return MDI_SUCCESS;
}

int MDI_AutoNegotiate(mdi_t* mdi, int phy, int timeout_s)
{
    if (int error = change_control(mdi, phy, 0, BMCR_AN_ENABLE | BMCR_RESTART_AN))
        return error;
    const unsigned polls = timeout_s > 0 ? static_cast<unsigned>(timeout_s) * polls_per_second : 0;
    for (unsigned i = 0; i < polls; i++) {
        if ((get(*mdi, phy, MDI_BMSR) & BMSR_AN_COMPLETE) != 0)
            return MDI_SUCCESS;
        usleep(poll_us);
    }
    return timeout_s > 0 ? MDI_TIMEOUT : MDI_SUCCESS;
}

int MDI_SetSpeedDuplex(mdi_t* mdi, int phy, int mbps, int full)
{
    unsigned set = full != 0 ? BMCR_FULL_DUPLEX : 0;
    set |= mbps == 1000 ? BMCR_SPEED_1000 : mbps == 100 ? BMCR_SPEED_100 : 0;
    return change_control(
        mdi, phy, BMCR_AN_ENABLE | BMCR_SPEED_1000 | BMCR_SPEED_100 | BMCR_FULL_DUPLEX, set);
}

// After negotiation the best medium both sides offer; else what the control register forces.
int MDI_GetActiveMedia(mdi_t* mdi, int phy, int* media)
{
    static constexpr int best_first[] = {MDI_1000bTFD, MDI_1000bT, MDI_100bTFD, MDI_100bT4,
                                         MDI_100bT,    MDI_10bTFD, MDI_10bT};
    *media = 0;
    if (!usable(mdi, phy) || !link_is_up(*mdi, phy))
        return MDI_LINK_DOWN;
    const uint16_t control = get(*mdi, phy, MDI_BMCR);
    if ((control & BMCR_AN_ENABLE) == 0) {
        const bool full = (control & BMCR_FULL_DUPLEX) != 0;
        *media = (control & BMCR_SPEED_1000) != 0  ? (full ? MDI_1000bTFD : MDI_1000bT)
                 : (control & BMCR_SPEED_100) != 0 ? (full ? MDI_100bTFD : MDI_100bT)
                                                   : (full ? MDI_10bTFD : MDI_10bT);
        return MDI_LINK_UP;
    }
    int ours, theirs;
    MDI_GetAdvert(mdi, phy, &ours);
    MDI_GetPartnerAdvert(mdi, phy, &theirs);
    for (int one : best_first)
        if ((ours & theirs & one) != 0) {
            *media = one;
            return MDI_LINK_UP;
        }
    return MDI_LINK_UNKNOWN;
}

int MDI_GetLinkStatus(mdi_t* mdi, int phy)
{
    return usable(mdi, phy) && link_is_up(*mdi, phy) ? MDI_LINK_UP : MDI_LINK_DOWN;
}

void MDI_EnableMonitor(mdi_t* mdi, int)
{
    mdi->monitor = 1;
}

void MDI_DisableMonitor(mdi_t* mdi)
{
    mdi->monitor = 0;
}

void MDI_MonitorPhy(mdi_t* mdi)
{
    if (mdi->monitor == 0)
        return;
    for (int phy = 0; phy < MDI_MAX_PHY; phy++) {
        mdi_phy_state_t& state = mdi->phys[phy];
        if (state.valid == 0)
            continue;
        const auto now = static_cast<uint8_t>(MDI_GetLinkStatus(mdi, phy));
        if (now == state.state)
            continue;
        state.state = now;
        if (mdi->callback != nullptr)
            mdi->callback(mdi->handle, static_cast<uint8_t>(phy), now);
    }
}

int MDI_PowerdownPhy(mdi_t* mdi, int phy)
{
    return change_control(mdi, phy, 0, BMCR_POWERDOWN);
}

int MDI_PowerupPhy(mdi_t* mdi, int phy)
{
    return change_control(mdi, phy, BMCR_POWERDOWN, 0);
}

int MDI_IsolatePhy(mdi_t* mdi, int phy)
{
    return change_control(mdi, phy, 0, BMCR_ISOLATE);
}

int MDI_DeIsolatePhy(mdi_t* mdi, int phy)
{
    return change_control(mdi, phy, BMCR_ISOLATE, 0);
}

} // extern "C"
