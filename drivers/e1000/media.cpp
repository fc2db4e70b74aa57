// SPDX-License-Identifier: Apache-2.0
// Media: what ifconfig's media words and the options speed, duplex and force_link make of the PHY and the MAC.
//
// A chosen speed is what the PHY offers its partner, so that both sides agree; force_link does without asking. As long as nothing
// was chosen the PHY is left alone: it negotiates by itself.
#include <errno.h>

#include "e1000.hpp"

namespace e1000 {

namespace {

struct Medium {
    int word;
    int mdi;
    unsigned mbps;
    bool full_duplex;
};
constexpr Medium media_table[] = {
    {IFM_ETHER | IFM_10_T, MDI_10bT, 10, false},
    {IFM_ETHER | IFM_10_T | IFM_FDX, MDI_10bTFD, 10, true},
    {IFM_ETHER | IFM_100_TX, MDI_100bT, 100, false},
    {IFM_ETHER | IFM_100_TX | IFM_FDX, MDI_100bTFD, 100, true},
    {IFM_ETHER | IFM_1000_T | IFM_FDX, MDI_1000bTFD, 1000, true},
};
constexpr int every_medium = MDI_10bT | MDI_10bTFD | MDI_100bT | MDI_100bTFD | MDI_1000bTFD;

const Medium* chosen(const Softc& sc)
{
    for (const Medium& m : media_table)
        if (m.word == sc.media.ifm_media)
            return &m;
    return nullptr;
}

int advertised_pause(const Options& options)
{
    if (options.pause_ignore)
        return options.pause_suppress ? 0 : MDI_FLOW_ASYM;
    return options.pause_suppress ? MDI_FLOW | MDI_FLOW_ASYM : MDI_FLOW;
}

void set_phy(Softc& sc)
{
    const Medium* m = chosen(sc);
    if (m != nullptr && sc.options.force_link) {
        MDI_SetSpeedDuplex(sc.mdi, internal_phy, static_cast<int>(m->mbps), m->full_duplex);
        return;
    }
    const int offer = m != nullptr ? m->mdi : every_medium;
    MDI_SetAdvert(sc.mdi, internal_phy, offer | advertised_pause(sc.options));
    MDI_AutoNegotiate(sc.mdi, internal_phy, NoWait);
}

int media_change(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    set_phy(sc);
    if (ifp->if_flags & IFF_RUNNING) {
        media_apply(sc);
        link_update(sc);
    }
    return 0;
}

int active_word(const LinkState& link)
{
    const int speed = link.mbps == 1000 ? IFM_1000_T : link.mbps == 100 ? IFM_100_TX : IFM_10_T;
    return speed | (link.full_duplex ? IFM_FDX : IFM_HDX);
}

void media_status(ifnet* ifp, ifmediareq* req)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    req->ifm_status = IFM_AVALID | (sc.link.up ? IFM_ACTIVE : 0);
    req->ifm_active = IFM_ETHER | (sc.link.up ? active_word(sc.link) : IFM_NONE);
}

uint16_t read_phy(void* handle, uint8_t phy, uint8_t reg)
{
    return static_cast<Softc*>(handle)->hw.read_phy(phy, reg);
}

void write_phy(void* handle, uint8_t phy, uint8_t reg, uint16_t value)
{
    static_cast<Softc*>(handle)->hw.write_phy(phy, reg, value);
}

int option_word(const Options& o)
{
    for (const Medium& m : media_table)
        if (m.mbps == o.speed && m.full_duplex == (o.duplex != 0))
            return m.word;
    return IFM_ETHER | IFM_AUTO;
}

} // namespace

int media_init(Softc& sc)
{
    ifmedia_init(&sc.media, static_cast<int>(IFM_IMASK), media_change, media_status);
    ifmedia_add(&sc.media, IFM_ETHER | IFM_AUTO, 0, nullptr);
    for (const Medium& m : media_table)
        ifmedia_add(&sc.media, m.word, 0, nullptr);
    ifmedia_set(&sc.media, option_word(sc.options));
    if (MDI_Register_Extended(&sc, write_phy, read_phy, nullptr, &sc.mdi, nullptr, 0, 0) !=
        MDI_SUCCESS)
        return ENOMEM;
    if (sc.options.speed != 0 || sc.options.pause_ignore || sc.options.pause_suppress)
        set_phy(sc);
    return 0;
}

void media_destroy(Softc& sc)
{
    // The next driver finds a PHY that negotiates.
    if (sc.mdi != nullptr && chosen(sc) != nullptr) {
        MDI_SetAdvert(sc.mdi, internal_phy, every_medium | MDI_FLOW);
        MDI_AutoNegotiate(sc.mdi, internal_phy, NoWait);
    }
    if (sc.mdi != nullptr)
        MDI_DeRegister(&sc.mdi);
    ifmedia_delete_instance(&sc.media, IFM_INST_ANY);
}

void media_apply(Softc& sc)
{
    const Medium* m = chosen(sc);
    const bool forced = m != nullptr && sc.options.force_link;
    LinkState wanted;
    if (m != nullptr)
        wanted = {true, m->full_duplex, m->mbps};
    sc.hw.set_link_up(forced, wanted);
    sc.hw.set_flow_control(!sc.options.pause_ignore, !sc.options.pause_suppress);
}

LinkState media_link(Softc& sc)
{
    LinkState link = sc.hw.link();
    const Medium* m = chosen(sc);
    if (m == nullptr || !link.up)
        return link;
    // What the PHY agreed on; the MAC's own view may come later.
    int agreed = 0;
    if (MDI_GetActiveMedia(sc.mdi, internal_phy, &agreed) == MDI_LINK_UP)
        for (const Medium& row : media_table)
            if (row.mdi == agreed)
                link = {true, row.full_duplex, row.mbps};
    return link;
}

} // namespace e1000
