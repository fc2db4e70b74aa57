// SPDX-License-Identifier: Apache-2.0
// Sockets join and leave groups and choose their senders (RFC 3678): IP_*_MEMBERSHIP, IP_*_SOURCE, MCAST_*, SIOC?IPMSFILTER.
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/sockio.h>

#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

namespace {

enum class Wish { join, leave, join_source, leave_source, block, unblock };

struct Request {
    Wish wish;
    uint32_t group = 0, source = 0;
    unsigned if_index = 0;
};

using Memberships = MulticastOptions;

GroupMember* find(Memberships& of, unsigned if_index, uint32_t group)
{
    for (GroupMember& m : of.memberships)
        if (m.if_index == if_index && m.group == group)
            return &m;
    return nullptr;
}

int enter(Inet& inet, Memberships& of, const Request& r, bool include,
          std::span<const uint32_t> sources)
{
    GroupMember* m = find(of, 0, 0);
    if (m == nullptr)
        return ETOOMANYREFS;
    if (!m->filter.set(include, sources))
        return ENOBUFS;
    return inet.join_group(r.if_index, r.group, *m);
}

// One sender more or less. On an error nothing has changed.
int change(Inet& inet, GroupMember& m, const Request& r)
{
    const bool of_include = r.wish == Wish::join_source || r.wish == Wish::leave_source;
    const bool adds = r.wish == Wish::join_source || r.wish == Wish::block;
    if (m.filter.include != of_include)
        return EINVAL;
    if (m.filter.sources.has(r.source) == adds)
        return EADDRNOTAVAIL;
    if (adds && !m.filter.sources.add(r.source))
        return ENOBUFS;
    if (!adds)
        m.filter.sources.remove(r.source);
    if (m.filter.nobody())
        inet.leave_group(m);
    else
        inet.filter_changed(m);
    return 0;
}

int carry_out(Inet& inet, Memberships& of, const Request& r)
{
    GroupMember* m = find(of, r.if_index, r.group);
    switch (r.wish) {
    case Wish::join:
        return m != nullptr ? EADDRINUSE : enter(inet, of, r, false, {});
    case Wish::join_source:
        return m != nullptr ? change(inet, *m, r) : enter(inet, of, r, true, {&r.source, 1});
    case Wish::leave:
        if (m == nullptr)
            return EADDRNOTAVAIL;
        inet.leave_group(*m);
        return 0;
    default:
        return m != nullptr ? change(inet, *m, r) : EADDRNOTAVAIL;
    }
}

bool wish_of(int name, Wish& wish)
{
    switch (name) {
    case IP_ADD_MEMBERSHIP:
    case MCAST_JOIN_GROUP:
        return wish = Wish::join, true;
    case IP_DROP_MEMBERSHIP:
    case MCAST_LEAVE_GROUP:
        return wish = Wish::leave, true;
    case IP_ADD_SOURCE_MEMBERSHIP:
    case MCAST_JOIN_SOURCE_GROUP:
        return wish = Wish::join_source, true;
    case IP_DROP_SOURCE_MEMBERSHIP:
    case MCAST_LEAVE_SOURCE_GROUP:
        return wish = Wish::leave_source, true;
    case IP_BLOCK_SOURCE:
    case MCAST_BLOCK_SOURCE:
        return wish = Wish::block, true;
    case IP_UNBLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
        return wish = Wish::unblock, true;
    default:
        return false;
    }
}

bool can_send(uint32_t source)
{
    return source != 0 && !IN_MULTICAST(source) && !IN_BADCLASS(source);
}

template <typename T>
bool fetch(std::span<const uint8_t> value, T& out)
{
    if (value.size() < sizeof(T))
        return false;
    memcpy(&out, value.data(), sizeof(T));
    return true;
}

int from_index(Inet& inet, unsigned index, Request& r)
{
    const ifnet* ifp = inet.multicast_interface(index, r.group);
    if (ifp == nullptr)
        return EADDRNOTAVAIL;
    r.if_index = ifp->if_index;
    return 0;
}

// The forms of the options: by the interface's address, or (MCAST_*) by its number and with any family.
int parse_by_address(Inet& inet, std::span<const uint8_t> value, bool source, Request& r)
{
    ip_mreq plain;
    ip_mreq_source with_source = {};
    if (source ? !fetch(value, with_source) : !fetch(value, plain))
        return EINVAL;
    r.group = ip_of(source ? with_source.imr_multiaddr : plain.imr_multiaddr);
    r.source = ip_of(with_source.imr_sourceaddr);
    return IN_MULTICAST(r.group)
               ? interface_of(inet, source ? with_source.imr_interface : plain.imr_interface,
                              r.group, r.if_index)
               : EINVAL;
}

int parse_by_index(Inet& inet, std::span<const uint8_t> value, bool source, Request& r)
{
    group_req plain;
    group_source_req with_source = {};
    if (source ? !fetch(value, with_source) : !fetch(value, plain))
        return EINVAL;
    const auto& group = source ? with_source.gsr_group : plain.gr_group;
    if (group.ss_family != AF_INET || (source && with_source.gsr_source.ss_family != AF_INET))
        return EAFNOSUPPORT;
    r.group = ip_of(reinterpret_cast<const sockaddr*>(&group));
    r.source = source ? ip_of(reinterpret_cast<const sockaddr*>(&with_source.gsr_source)) : 0;
    if (!IN_MULTICAST(r.group))
        return EINVAL;
    return from_index(inet, source ? with_source.gsr_interface : plain.gr_interface, r);
}

constexpr size_t list_at = offsetof(ip_msfilter, imsf_slist);

// The sources a client gave behind the structure's head, in host order.
int read_sources(std::span<const uint8_t> data, uint32_t count, SourceList& out)
{
    if (count > SourceList::max_sources)
        return ENOBUFS;
    if (data.size() < list_at + count * sizeof(in_addr))
        return EINVAL;
    for (uint32_t i = 0; i < count; ++i) {
        in_addr source;
        memcpy(&source, data.data() + list_at + i * sizeof(source), sizeof(source));
        if (!can_send(ip_of(source)))
            return EINVAL;
        if (!out.add(ip_of(source)))
            return ENOBUFS;
    }
    return 0;
}

int set_filter(Inet& inet, Memberships& of, const Request& r, uint32_t mode,
               const SourceList& sources)
{
    if (mode != MCAST_INCLUDE && mode != MCAST_EXCLUDE)
        return EINVAL;
    const bool include = mode == MCAST_INCLUDE;
    GroupMember* m = find(of, r.if_index, r.group);
    if (include && sources.empty()) {
        if (m != nullptr)
            inet.leave_group(*m);
        return 0;
    }
    if (m == nullptr)
        return enter(inet, of, r, include, sources.all());
    if (!m->filter.set(include, sources.all()))
        return ENOBUFS;
    inet.filter_changed(*m);
    return 0;
}

} // namespace

// RFC 1724 3.3: an address 0.0.0.n is interface n; 0 is the one the routes choose.
int interface_of(Inet& inet, const in_addr& address, uint32_t group, unsigned& index)
{
    const uint32_t ip = ip_of(address);
    const ifnet* ifp = nullptr;
    if (ip == 0 && group == 0) {
        index = 0;
        return 0;
    }
    if (ip == 0)
        ifp = inet.multicast_interface(0, group);
    else if (ip < 1u << 24)
        ifp = inet.net.find_interface(ip);
    else
        ifp = inet.net.interface_of_address(ip);
    if (ifp == nullptr)
        return EADDRNOTAVAIL;
    index = ifp->if_index;
    return 0;
}

int ip_set_membership(Inet& inet, Inpcb& inp, int name, std::span<const uint8_t> value)
{
    Request r = {};
    if (!wish_of(name, r.wish))
        return ENOPROTOOPT;
    const bool source = r.wish != Wish::join && r.wish != Wish::leave;
    const bool by_index = name >= MCAST_JOIN_GROUP;
    const int error = by_index ? parse_by_index(inet, value, source, r)
                               : parse_by_address(inet, value, source, r);
    if (error != 0)
        return error;
    if (source && !can_send(r.source))
        return EINVAL;
    return carry_out(inet, inp.multicast, r);
}

int ip_filter_ioctl(Inet& inet, Inpcb& inp, unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    ip_msfilter head;
    if (data.size() < list_at)
        return EINVAL;
    memcpy(&head, data.data(), list_at);
    Request r = {};
    r.group = ip_of(head.imsf_multiaddr);
    if (!IN_MULTICAST(r.group))
        return EINVAL;
    if (const int error = interface_of(inet, head.imsf_interface, r.group, r.if_index))
        return error;
    if (cmd == SIOCSIPMSFILTER) {
        SourceList sources;
        const int error = read_sources(data, head.imsf_numsrc, sources);
        return error != 0 ? error : set_filter(inet, inp.multicast, r, head.imsf_fmode, sources);
    }
    const GroupMember* m = find(inp.multicast, r.if_index, r.group);
    if (m == nullptr)
        return EADDRNOTAVAIL;
    const std::span<const uint32_t> list = m->filter.sources.all();
    head.imsf_fmode = m->filter.include ? MCAST_INCLUDE : MCAST_EXCLUDE;
    const uint32_t room = head.imsf_numsrc;
    head.imsf_numsrc = static_cast<uint32_t>(list.size());
    memcpy(data.data(), &head, list_at);
    reply = list_at;
    for (size_t i = 0; i < list.size() && i < room && reply + sizeof(in_addr) <= data.size(); ++i) {
        const in_addr source = {Be32(list[i]).raw()};
        memcpy(data.data() + reply, &source, sizeof(source));
        reply += sizeof(source);
    }
    return 0;
}

} // namespace netmgr
