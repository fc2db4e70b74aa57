// SPDX-License-Identifier: Apache-2.0
// What transports send, whichever family it is: header, options, output.
#include <errno.h>

#include "kern/protosw.hpp"
#include "netinet/inet.hpp"
#include "netinet/ip6_layer.hpp"

namespace netmgr {

size_t ip_header_size(const IpAddress& destination)
{
    return destination.is_v4() ? sizeof(wire::Ipv4Header) : sizeof(wire::Ipv6Header);
}

uint8_t ip_hops(const Inet& inet, const Inpcb* inp, const IpAddress& destination)
{
    if (destination.is_v4())
        return inp != nullptr ? inp->ttl : static_cast<uint8_t>(inet.ip.ttl);
    const In6Options* six = inp != nullptr ? inp->six : nullptr;
    if (six != nullptr && destination.is_v6_multicast())
        return static_cast<uint8_t>(six->multicast_hops);
    return static_cast<uint8_t>(six != nullptr && six->hops >= 0 ? six->hops
                                                                 : inet.six->default_hops());
}

uint8_t ip_class(const Inpcb* inp, const IpAddress& destination)
{
    if (inp == nullptr)
        return 0;
    if (destination.is_v4())
        return inp->tos;
    return inp->six != nullptr && inp->six->traffic_class >= 0
               ? static_cast<uint8_t>(inp->six->traffic_class)
               : 0;
}

void make_ip_header(Inet& inet, void* at, const Inpcb* inp, const IpAddress& source,
                    const IpAddress& destination, uint8_t protocol)
{
    if (destination.is_v4()) {
        auto& h = *static_cast<wire::Ipv4Header*>(at);
        h = {};
        h.set_header_len(sizeof(h));
        h.tos = ip_class(inp, destination);
        h.ttl = ip_hops(inet, inp, destination);
        h.protocol = protocol;
        h.fragment = static_cast<uint16_t>(0);
        h.source = source.ip4();
        h.destination = destination.ip4();
        return;
    }
    auto& h = *static_cast<wire::Ipv6Header*>(at);
    h = {};
    h.set_flow(ip_class(inp, destination), 0);
    h.next = protocol;
    h.hop_limit = ip_hops(inet, inp, destination);
    h.set_source(source);
    h.set_destination(destination);
}

int ip_send(Inet& inet, MbufPtr m, const IpOutput& how)
{
    return m.as<wire::Ipv4Header>()->version() == 4 ? ip_output(inet, std::move(m), how)
                                                    : inet.six->output(std::move(m), how);
}

int internet_setopt(Inet& inet, Inpcb& inp, int level, int name, std::span<const uint8_t> value,
                    const Cred& cred)
{
    if (level == IPPROTO_IP)
        return ip_setopt(inet, inp, name, value, cred);
    return inp.six != nullptr ? inet.six->setopt(inp, level, name, value, cred) : ENOPROTOOPT;
}

int internet_getopt(Inet& inet, Inpcb& inp, int level, int name, std::span<uint8_t> value,
                    size_t& size)
{
    if (level == IPPROTO_IP)
        return ip_getopt(inet, inp, name, value, size);
    return inp.six != nullptr ? inet.six->getopt(inp, level, name, value, size) : ENOPROTOOPT;
}

} // namespace netmgr
