// SPDX-License-Identifier: Apache-2.0
// Options of level IPPROTO_IP. Every length comes from outside and is checked before anything is read.
#include <errno.h>
#include <netinet/in.h>

#include "kern/protosw.hpp"
#include "kern/sockopt_value.hpp"
#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

namespace {

// An int, or a u_char as old programs pass for TTLs.
bool int_of(std::span<const uint8_t> value, int& out)
{
    if (value.size() >= sizeof(int)) {
        memcpy(&out, value.data(), sizeof(int));
        return true;
    }
    if (value.size() == 1) {
        out = value[0];
        return true;
    }
    return false;
}

uint32_t flag_of(int name)
{
    switch (name) {
    case IP_HDRINCL:
        return inp_hdrincl;
    case IP_RECVDSTADDR:
        return inp_recvdstaddr;
    case IP_RECVIF:
        return inp_recvif;
    case IP_RECVTTL:
        return inp_recvttl;
    case IP_PKTINFO:
    case IP_RECVPKTINFO:
        return inp_pktinfo;
    case IP_RECVOPTS:
        return inp_recvopts;
    case IP_RECVRETOPTS:
        return inp_recvretopts;
    default:
        return 0;
    }
}

int set_byte(std::span<const uint8_t> value, int least, uint8_t& out)
{
    int v = 0;
    if (!int_of(value, v) || v < least || v > 255)
        return EINVAL;
    out = static_cast<uint8_t>(v);
    return 0;
}

int set_multicast_if(Inet& inet, Inpcb& inp, std::span<const uint8_t> value)
{
    in_addr address;
    unsigned index = 0;
    if (value.size() < sizeof(address))
        return EINVAL;
    memcpy(&address, value.data(), sizeof(address));
    if (int error = interface_of(inet, address, 0, index))
        return error;
    inp.multicast.if_index = static_cast<uint16_t>(index);
    return 0;
}

} // namespace

int ip_setopt(Inet& inet, Inpcb& inp, int name, std::span<const uint8_t> value, const Cred&)
{
    int v = 0;
    if (name == IP_HDRINCL && inp.so.proto.type != SOCK_RAW)
        return ENOPROTOOPT;
    if (const uint32_t flag = flag_of(name)) {
        if (!int_of(value, v))
            return EINVAL;
        inp.flags = v != 0 ? inp.flags | flag : inp.flags & ~flag;
        return 0;
    }
    switch (name) {
    case IP_OPTIONS:
    case IP_RETOPTS: {
        IpOptions options;
        if (int error = ip_options_from_user(value, options))
            return error;
        inp.options = options;
        return 0;
    }
    case IP_TOS:
        return set_byte(value, 0, inp.tos);
    case IP_TTL:
        return set_byte(value, 1, inp.ttl);
    case IP_MINTTL:
        return set_byte(value, 0, inp.min_ttl);
    case IP_MULTICAST_IF:
        return set_multicast_if(inet, inp, value);
    case IP_MULTICAST_TTL:
        return set_byte(value, 0, inp.multicast.ttl);
    case IP_MULTICAST_LOOP:
        if (!int_of(value, v) || v < 0 || v > 1)
            return EINVAL;
        inp.multicast.loop = v != 0;
        return 0;
    case IP_PORTRANGE:
        if (!int_of(value, v) || v < IP_PORTRANGE_DEFAULT || v > IP_PORTRANGE_LOW)
            return EINVAL;
        inp.port_range = static_cast<uint8_t>(v);
        return 0;
    default:
        return ip_set_membership(inet, inp, name, value);
    }
}

int ip_getopt(Inet& inet, Inpcb& inp, int name, std::span<uint8_t> value, size_t& size)
{
    if (name == IP_HDRINCL && inp.so.proto.type != SOCK_RAW)
        return ENOPROTOOPT;
    if (const uint32_t flag = flag_of(name))
        return put_int((inp.flags & flag) != 0, value, size);
    switch (name) {
    case IP_OPTIONS:
    case IP_RETOPTS:
        size = ip_options_to_user(inp.options, value);
        return 0;
    case IP_TOS:
        return put_int(inp.tos, value, size);
    case IP_TTL:
        return put_int(inp.ttl, value, size);
    case IP_MINTTL:
        return put_int(inp.min_ttl, value, size);
    case IP_MULTICAST_IF: {
        const ifnet* ifp =
            inp.multicast.if_index != 0 ? inet.net.find_interface(inp.multicast.if_index) : nullptr;
        const ifaddr* a = ifp != nullptr ? inet.first_address(*ifp) : nullptr;
        const in_addr address = {Be32(a != nullptr ? a->ip() : 0).raw()};
        return put(&address, sizeof(address), value, size);
    }
    case IP_MULTICAST_TTL:
        return put(&inp.multicast.ttl, 1, value, size);
    case IP_MULTICAST_LOOP: {
        const uint8_t loop = inp.multicast.loop ? 1 : 0;
        return put(&loop, 1, value, size);
    }
    case IP_PORTRANGE:
        return put_int(inp.port_range, value, size);
    case IP_ERRORMTU: {
        const rtentry* route =
            inp.connected() ? inet.lookup_route(inp.route, inp.foreign, inp.so.fib) : nullptr;
        return route != nullptr ? put_int(static_cast<int>(inet.path_mtu(*route)), value, size)
                                : ENOTCONN;
    }
    default:
        return ENOPROTOOPT;
    }
}

int bind_to_device(Inet& inet, Inpcb& inp, std::span<const uint8_t> value)
{
    ifreq request;
    if (value.size() < sizeof(request.ifr_name))
        return EINVAL;
    request = {};
    memcpy(&request, value.data(), value.size() < sizeof(request) ? value.size() : sizeof(request));
    if (memchr(request.ifr_name, '\0', sizeof(request.ifr_name)) == nullptr)
        return ENXIO;
    if (request.ifr_name[0] == '\0') {
        inp.so.bound_if = 0;
        return 0;
    }
    const ifnet* ifp = inet.net.find_interface(request.ifr_name);
    if (ifp == nullptr)
        return ENXIO;
    inp.so.bound_if = ifp->if_index;
    return 0;
}

} // namespace netmgr
