// SPDX-License-Identifier: Apache-2.0
// if_nametoindex(), if_indextoname(), if_nameindex(): out of the link-level addresses.
#include "interface_list.hpp"
#include "manager.hpp"
#include <net/if_dl.h>
#include <string.h>

namespace {

// Calls found(name, index) for every interface until it says true.
template <typename Function>
bool for_each(Function found)
{
    socket_manager::QuestionSocket socket;
    if (socket.fd() == -1)
        return false;
    InterfaceList list(socket.fd());
    size_t at = 0;
    while (const struct ifreq* entry = list.next(at)) {
        if (entry->ifr_addr.sa_family != AF_LINK)
            continue;
        auto* link = reinterpret_cast<const struct sockaddr_dl*>(&entry->ifr_addr);
        if (found(entry->ifr_name, static_cast<unsigned>(link->sdl_index)))
            return true;
    }
    return false;
}

} // namespace

unsigned if_nametoindex(const char* name)
{
    unsigned index = 0;
    if (for_each([&](const char* each, unsigned number) {
            index = number;
            return strncmp(each, name, IFNAMSIZ) == 0;
        }))
        return index;
    errno = ENXIO;
    return 0;
}

char* if_indextoname(unsigned index, char* name)
{
    if (for_each([&](const char* each, unsigned number) {
            memcpy(name, each, IFNAMSIZ);
            return number == index;
        }))
        return name;
    errno = ENXIO;
    return nullptr;
}

struct if_nameindex* if_nameindex()
{
    unsigned count = 0;
    for_each([&](const char*, unsigned) { return count++, false; });
    // One block: the array with its end mark, then the names.
    size_t names_at = (count + 1) * sizeof(struct if_nameindex);
    auto* list = static_cast<struct if_nameindex*>(calloc(1, names_at + count * IFNAMSIZ));
    if (list == nullptr)
        return nullptr;
    char* text = reinterpret_cast<char*>(list) + names_at;
    unsigned used = 0;
    for_each([&](const char* name, unsigned index) {
        if (used == count)
            return true; // one appeared meanwhile
        memcpy(text, name, IFNAMSIZ - 1);
        list[used++] = {index, text};
        text += IFNAMSIZ;
        return false;
    });
    return list;
}

void if_freenameindex(struct if_nameindex* list)
{
    free(list);
}
