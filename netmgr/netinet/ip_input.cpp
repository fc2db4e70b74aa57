// SPDX-License-Identifier: Apache-2.0
// IPv4 in: checks in the order of RFC 1122 3.2.1, then local delivery or forwarding.
#include <netinet/in.h>

#include "net/net.hpp"
#include "netinet/inet.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

bool is_loopback_net(uint32_t ip)
{
    return ip >> 24 == IN_LOOPBACKNET;
}

// Header sane and contiguous, packet exactly as long as it says. False: counted, to be dropped.
bool check_header(Inet& inet, MbufPtr& m)
{
    IpStats& stats = inet.stats;
    if (!m.pullup(sizeof(wire::Ipv4Header)))
        return ++stats.too_short, false;
    const wire::Ipv4Header& h = *m.as<wire::Ipv4Header>();
    if (h.version() != 4)
        return ++stats.bad_version, false;
    const size_t header_len = h.header_len();
    if (header_len < sizeof(h))
        return ++stats.bad_header_len, false;
    if (!m.pullup(header_len))
        return ++stats.bad_header_len, false;
    const wire::Ipv4Header& whole = *m.as<wire::Ipv4Header>(); // pullup may have moved it
    const int csum = m->m_pkthdr.csum_flags;
    const bool looped = (m->m_flags & M_LOOP) != 0 && inet.ip.do_loopback_cksum == 0;
    if ((csum & M_CSUM_IPv4) != 0 ? (csum & M_CSUM_IPv4_BAD) != 0
                                  : !looped && wire::checksum(&whole, header_len) != 0)
        return ++stats.bad_checksum, false;
    const size_t total = whole.total_len;
    if (total < header_len || total > m.packet_len())
        return ++stats.bad_len, false;
    if (m.packet_len() > total)
        m_adj(m.get(), static_cast<int>(total) - m->m_pkthdr.len); // Ethernet padding
    return true;
}

// RFC 1122 3.2.1.3: what can never be a source, and loopback addresses on a wire.
bool check_addresses(Inet& inet, const ifnet& ifp, const wire::Ipv4Header& h)
{
    const uint32_t source = h.source;
    const uint32_t destination = h.destination;
    const bool on_wire = (ifp.if_flags & IFF_LOOPBACK) == 0;
    const bool bad = IN_MULTICAST(source) || source == INADDR_BROADCAST ||
                     (source != 0 && inet.is_broadcast_on(ifp, source)) ||
                     (on_wire && (is_loopback_net(source) || is_loopback_net(destination)));
    if (bad)
        ++inet.stats.bad_source;
    return !bad;
}

bool is_for_us(Inet& inet, const ifnet& ifp, uint32_t destination)
{
    if (IN_MULTICAST(destination))
        return inet.is_member(ifp, destination);
    if (destination == INADDR_BROADCAST || destination == 0 ||
        inet.is_broadcast_on(ifp, destination))
        return true;
    if (inet.ip.checkinterface != 0 && (ifp.if_flags & IFF_LOOPBACK) == 0)
        return inet.address_on(ifp, destination) != nullptr;
    return inet.net.address_of(destination) != nullptr;
}

void deliver(Inet& inet, MbufPtr m)
{
    const wire::Ipv4Header* h = m.as<wire::Ipv4Header>();
    if (h->is_fragment()) {
        m = inet.reassembly.add(std::move(m));
        if (!m)
            return;
        h = m.as<wire::Ipv4Header>();
    }
    const IpProtocolHandler& protocol = inet.protocols[h->protocol];
    ++inet.stats.delivered;
    protocol.input(inet, std::move(m), h->header_len());
}

} // namespace

void ip_input(Stack& stack, MbufPtr m)
{
    Inet& inet = stack.inet();
    ifnet& ifp = *m->m_pkthdr.rcvif;
    int error = 0;
    ++inet.stats.received;
    if (!check_header(inet, m) || !check_addresses(inet, ifp, *m.as<wire::Ipv4Header>()))
        return;
    if (!inet.net.pfil_inet.run(m, &ifp, pfil_in, error)) {
        ++inet.stats.filtered;
        return;
    }
    if (inet.net.pfil_inet.any() && !m.pullup(sizeof(wire::Ipv4Header)))
        return;
    if (m.as<wire::Ipv4Header>()->header_len() > sizeof(wire::Ipv4Header) &&
        !ip_handle_options(inet, m))
        return;
    if (is_for_us(inet, ifp, m.as<wire::Ipv4Header>()->destination))
        deliver(inet, std::move(m));
    else if (inet.ip.forwarding != 0)
        ip_forward(inet, std::move(m));
    else
        ++inet.stats.not_for_us;
}

} // namespace netmgr
