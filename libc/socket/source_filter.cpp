// SPDX-License-Identifier: Apache-2.0
// setsourcefilter() and its family (RFC 3678): a group's senders set and read as a whole.
#include "manager.hpp"
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <new>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sockio.h>

namespace {

using socket_manager::with_errno;

constexpr uint32_t most_sources = 1024; // the socket manager takes fewer

struct FilterBuffer {
    explicit FilterBuffer(uint32_t sources)
        : bytes(new (std::nothrow) char[IP_MSFILTER_SIZE(sources != 0 ? sources : 1)]())
    {
    }
    struct ip_msfilter* get() { return reinterpret_cast<struct ip_msfilter*>(bytes.get()); }

    std::unique_ptr<char[]> bytes;
};

// RFC 1724 3.3: interface n is 0.0.0.n where an address is asked for.
struct in_addr by_number(uint32_t interface)
{
    return {htonl(interface)};
}

bool inet_group(const struct sockaddr* group, socklen_t length, struct in_addr* out)
{
    if (group == nullptr || length < sizeof(struct sockaddr_in) || group->sa_family != AF_INET)
        return false;
    *out = reinterpret_cast<const struct sockaddr_in*>(group)->sin_addr;
    return true;
}

} // namespace

int setipv4sourcefilter(int s, struct in_addr interface, struct in_addr group, uint32_t fmode,
                        uint32_t numsrc, struct in_addr* slist)
{
    if (numsrc > most_sources)
        return with_errno<int>(-ENOBUFS);
    FilterBuffer buffer(numsrc);
    if (buffer.bytes == nullptr)
        return with_errno<int>(-ENOMEM);
    struct ip_msfilter& filter = *buffer.get();
    filter.imsf_multiaddr = group;
    filter.imsf_interface = interface;
    filter.imsf_fmode = fmode;
    filter.imsf_numsrc = numsrc;
    memcpy(filter.imsf_slist, slist, numsrc * sizeof *slist);
    return ioctl(s, static_cast<int>(SIOCSIPMSFILTER), &filter);
}

int getipv4sourcefilter(int s, struct in_addr interface, struct in_addr group, uint32_t* fmode,
                        uint32_t* numsrc, struct in_addr* slist)
{
    const uint32_t room = *numsrc < most_sources ? *numsrc : most_sources;
    FilterBuffer buffer(room);
    if (buffer.bytes == nullptr)
        return with_errno<int>(-ENOMEM);
    struct ip_msfilter& filter = *buffer.get();
    filter.imsf_multiaddr = group;
    filter.imsf_interface = interface;
    filter.imsf_numsrc = room;
    if (ioctl(s, static_cast<int>(SIOCGIPMSFILTER), &filter) == -1)
        return -1;
    const uint32_t there = filter.imsf_numsrc;
    memcpy(slist, filter.imsf_slist, (there < room ? there : room) * sizeof *slist);
    *fmode = filter.imsf_fmode;
    *numsrc = there;
    return 0;
}

int setsourcefilter(int s, uint32_t interface, struct sockaddr* group, socklen_t grouplen,
                    uint32_t fmode, uint32_t numsrc, struct sockaddr_storage* slist)
{
    struct in_addr address;
    if (!inet_group(group, grouplen, &address))
        return with_errno<int>(-EAFNOSUPPORT);
    if (numsrc > most_sources)
        return with_errno<int>(-ENOBUFS);
    std::unique_ptr<struct in_addr[]> sources(new (std::nothrow) struct in_addr[numsrc + 1]);
    if (sources == nullptr)
        return with_errno<int>(-ENOMEM);
    for (uint32_t i = 0; i < numsrc; ++i)
        if (!inet_group(reinterpret_cast<struct sockaddr*>(&slist[i]), sizeof slist[i],
                        &sources[i]))
            return with_errno<int>(-EAFNOSUPPORT);
    return setipv4sourcefilter(s, by_number(interface), address, fmode, numsrc, sources.get());
}

int getsourcefilter(int s, uint32_t interface, struct sockaddr* group, socklen_t grouplen,
                    uint32_t* fmode, uint32_t* numsrc, struct sockaddr_storage* slist)
{
    struct in_addr address;
    if (!inet_group(group, grouplen, &address))
        return with_errno<int>(-EAFNOSUPPORT);
    const uint32_t room = *numsrc < most_sources ? *numsrc : most_sources;
    std::unique_ptr<struct in_addr[]> sources(new (std::nothrow) struct in_addr[room + 1]);
    if (sources == nullptr)
        return with_errno<int>(-ENOMEM);
    *numsrc = room;
    if (getipv4sourcefilter(s, by_number(interface), address, fmode, numsrc, sources.get()) == -1)
        return -1;
    for (uint32_t i = 0; i < *numsrc && i < room; ++i) {
        slist[i] = {};
        auto& each = reinterpret_cast<struct sockaddr_in&>(slist[i]);
        each.sin_len = sizeof each;
        each.sin_family = AF_INET;
        each.sin_addr = sources[i];
    }
    return 0;
}
