// SPDX-License-Identifier: Apache-2.0
// What transports look at in the header of a received packet, of either family.
#pragma once
#include <net/if.h>
#include <sys/mbuf.h>

#include "wire/ip_address.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace netmgr {

struct IpArrival {
    IpAddress source;
    IpAddress destination;
    uint8_t ttl = 0;
    uint8_t tos = 0;
    uint8_t protocol = 0; // IPv4 only
    bool v4 = true;
};

// m begins with a checked IP header, contiguous.
inline IpArrival ip_arrival(const mbuf& m)
{
    IpArrival a;
    const auto& h = *reinterpret_cast<const wire::Ipv4Header*>(m.m_data);
    if (h.version() == 4) {
        a.source = IpAddress::v4(h.source);
        a.destination = IpAddress::v4(h.destination);
        a.ttl = h.ttl;
        a.tos = h.tos;
        a.protocol = h.protocol;
        return a;
    }
    const auto& h6 = *reinterpret_cast<const wire::Ipv6Header*>(m.m_data);
    const unsigned zone = m.m_pkthdr.rcvif != nullptr ? m.m_pkthdr.rcvif->if_index : 0;
    a.source = h6.source().with_zone(zone);
    a.destination = h6.destination().with_zone(zone);
    a.ttl = h6.hop_limit;
    a.tos = h6.traffic_class();
    a.v4 = false;
    return a;
}

} // namespace netmgr
