// SPDX-License-Identifier: Apache-2.0
// What ifconfig shows as media: the chip negotiates by itself, the result is read back.
#include <errno.h>

#include "e1000.hpp"

namespace e1000 {

namespace {

int media_change(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    return IFM_SUBTYPE(sc.media.ifm_media) == IFM_AUTO ? 0 : EINVAL;
}

void media_status(ifnet* ifp, ifmediareq* req)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    req->ifm_status = IFM_AVALID;
    req->ifm_active = IFM_ETHER;
    if (!sc.link.up) {
        req->ifm_active |= IFM_NONE;
        return;
    }
    req->ifm_status |= IFM_ACTIVE;
    req->ifm_active |= sc.link.mbps == 1000  ? IFM_1000_T
                       : sc.link.mbps == 100 ? IFM_100_TX
                                             : IFM_10_T;
    req->ifm_active |= sc.link.full_duplex ? IFM_FDX : IFM_HDX;
}

} // namespace

void media_init(Softc& sc)
{
    ifmedia_init(&sc.media, IFM_IMASK, media_change, media_status);
    ifmedia_add(&sc.media, IFM_ETHER | IFM_AUTO, 0, nullptr);
    ifmedia_set(&sc.media, IFM_ETHER | IFM_AUTO);
}

} // namespace e1000
