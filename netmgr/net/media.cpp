// SPDX-License-Identifier: Apache-2.0
// Media lists of drivers (ifconfig media).
#include <errno.h>

#include <net/if_media.h>
#include <sys/sockio.h>

namespace {

// The list entry a media word selects; bits in the mask do not count.
ifmedia_entry* find(ifmedia* ifm, int word)
{
    const int care = ~ifm->ifm_mask;
    for (int i = 0; i < ifm->ifm_count; ++i)
        if ((ifm->ifm_list[i].ifm_media & care) == (word & care))
            return &ifm->ifm_list[i];
    return nullptr;
}

int set_media(ifnet* ifp, ifmedia* ifm, int word)
{
    ifmedia_entry* entry = find(ifm, word);
    if (entry == nullptr)
        return ENXIO;
    ifmedia_entry* const old_entry = ifm->ifm_cur;
    const int old_media = ifm->ifm_media;
    ifm->ifm_cur = entry;
    ifm->ifm_media = word;
    const int error = ifm->ifm_change(ifp);
    if (error != 0) {
        ifm->ifm_cur = old_entry;
        ifm->ifm_media = old_media;
    }
    return error;
}

int get_media(ifnet* ifp, ifmedia* ifm, ifmediareq* request)
{
    request->ifm_current = ifm->ifm_cur != nullptr ? ifm->ifm_cur->ifm_media : IFM_NONE;
    request->ifm_active = request->ifm_current;
    request->ifm_mask = ifm->ifm_mask;
    request->ifm_status = 0;
    ifm->ifm_status(ifp, request);
    const int room = request->ifm_count;
    for (int i = 0; i < ifm->ifm_count && i < room && request->ifm_ulist != nullptr; ++i)
        request->ifm_ulist[i] = ifm->ifm_list[i].ifm_media;
    request->ifm_count = ifm->ifm_count;
    return room > 0 && room < ifm->ifm_count ? E2BIG : 0;
}

} // namespace

extern "C" {

void ifmedia_init(struct ifmedia* ifm, int mask, ifm_change_cb_t change, ifm_stat_cb_t status)
{
    *ifm = ifmedia{};
    ifm->ifm_mask = mask;
    ifm->ifm_change = change;
    ifm->ifm_status = status;
}

void ifmedia_add(struct ifmedia* ifm, int word, int data, void* aux)
{
    if (ifm->ifm_count < IFMEDIA_MAX)
        ifm->ifm_list[ifm->ifm_count++] = {word, data, aux};
}

void ifmedia_set(struct ifmedia* ifm, int word)
{
    ifm->ifm_cur = find(ifm, word);
    ifm->ifm_media = word;
}

int ifmedia_ioctl(struct ifnet* ifp, struct ifreq* ifr, struct ifmedia* ifm, unsigned long cmd)
{
    if (ifr == nullptr || ifm == nullptr)
        return EINVAL;
    switch (cmd) {
    case SIOCSIFMEDIA:
        return set_media(ifp, ifm, ifr->ifr_media);
    case SIOCGIFMEDIA:
        return get_media(ifp, ifm, reinterpret_cast<ifmediareq*>(ifr));
    default:
        return EINVAL;
    }
}

void ifmedia_delete_instance(struct ifmedia* ifm, int instance)
{
    int kept = 0;
    for (int i = 0; i < ifm->ifm_count; ++i)
        if (instance != IFM_INST_ANY &&
            static_cast<int>(IFM_INST(ifm->ifm_list[i].ifm_media)) != instance)
            ifm->ifm_list[kept++] = ifm->ifm_list[i];
    ifm->ifm_count = kept;
    ifm->ifm_cur = find(ifm, ifm->ifm_media);
}

} // extern "C"
