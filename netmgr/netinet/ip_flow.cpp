// SPDX-License-Identifier: Apache-2.0
// The flow cache of fast forwarding.
#include "netinet/ip_flow.hpp"

#include <net/if_types.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "netinet/inet.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

constexpr uint8_t plain_header = 0x45; // version 4, no options

// Whole, right and to be forwarded as it is; else the stack looks at it and counts what is wrong.
bool is_plain(MbufPtr& m)
{
    if (!m.pullup(sizeof(wire::Ipv4Header)))
        return false;
    const auto& h = *m.as<wire::Ipv4Header>();
    if (h.version_ihl != plain_header || h.ttl <= 1 || h.total_len < sizeof(h) ||
        h.total_len > m.packet_len())
        return false;
    const int csum = m->m_pkthdr.csum_flags;
    return (csum & M_CSUM_IPv4) != 0 ? (csum & M_CSUM_IPv4_BAD) == 0
                                     : wire::checksum(&h, sizeof(h)) == 0;
}

} // namespace

IpFlows::IpFlows(Inet& inet)
    : fast_forwarded(inet.stack.counters(), "ip.fast_forwarded"),
      created(inet.stack.counters(), "ip.flows_created"), inet_(inet)
{
}

IpFlows::Flow& IpFlows::slot(uint32_t source, uint32_t destination, uint8_t tos)
{
    uint32_t h = (source ^ destination * 2654435761u ^ tos) * 2246822519u;
    h ^= h >> 15;
    return flows_[h % limit_];
}

bool IpFlows::is_usable(const Flow& flow, const ifnet& in, const wire::Ipv4Header& h)
{
    return flow.in == &in && flow.source == h.source && flow.destination == h.destination &&
           flow.tos == h.tos && inet_.stack.now_ns() < flow.expires_ns &&
           flow.generation == inet_.net.fibs[flow.fib].generation() &&
           h.total_len <= flow.out->if_mtu &&
           (flow.out->if_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

bool IpFlows::forward(const ifnet& in, MbufPtr& m)
{
    if (inet_.ip.forwarding == 0 || inet_.net.pfil_inet.any() ||
        (m->m_flags & (M_BCAST | M_MCAST | M_LOOP)) != 0)
        return false;
    if (!is_plain(m))
        return !m;
    auto& h = *m.as<wire::Ipv4Header>();
    Guard guard(
        lock_); // held until the packet is queued: nobody takes the interface away meanwhile
    if (limit_ == 0)
        return false;
    const Flow& flow = slot(h.source, h.destination, h.tos);
    if (!is_usable(flow, in, h))
        return false;
    if (m.packet_len() > h.total_len)
        m_adj(m.get(), static_cast<int>(h.total_len) - m->m_pkthdr.len);
    const auto old_word = static_cast<uint16_t>(h.ttl << 8 | h.protocol);
    h.ttl--;
    h.checksum =
        wire::checksum_update(h.checksum, old_word, static_cast<uint16_t>(h.ttl << 8 | h.protocol));
    m->m_pkthdr.csum_flags = 0;
    if (!m.prepend(sizeof(flow.header))) {
        ++inet_.stats.no_memory;
        return true;
    }
    *m.as<wire::EtherHeader>() = flow.header;
    ++inet_.stats.received;
    if (inet_.net.enqueue_output(*flow.out, std::move(m)) != 0)
        return true; // counted as net.send_queue_full
    ++inet_.stats.forwarded;
    ++inet_.stats.sent;
    ++fast_forwarded;
    return true;
}

void IpFlows::add(const ifnet& in, const wire::Ipv4Header& header, ifnet& out, uint32_t hop,
                  unsigned fib)
{
    const ArpEntry* neighbour = inet_.arp.find(out, hop);
    if (header.version_ihl != plain_header || in.if_type != IFT_ETHER || out.if_type != IFT_ETHER ||
        neighbour == nullptr || neighbour->state != ArpEntry::State::reachable ||
        inet_.is_broadcast_anywhere(header.destination))
        return;
    Guard guard(lock_);
    if (limit_ == 0)
        return;
    Flow& flow = slot(header.source, header.destination, header.tos);
    flow = {&in,
            &out,
            header.source,
            header.destination,
            header.tos,
            fib,
            inet_.net.fibs[fib].generation(),
            inet_.stack.now_ns() + lifetime_ns,
            {}};
    flow.header.destination = neighbour->mac;
    flow.header.source = ether_address(out);
    flow.header.type = wire::ether_ipv4;
    ++created;
}

void IpFlows::flush()
{
    Guard guard(lock_);
    for (Flow& flow : flows_)
        flow = {};
}

void IpFlows::set_limit(int32_t flows)
{
    Guard guard(lock_);
    limit_ = static_cast<uint32_t>(flows);
    for (Flow& flow : flows_)
        flow = {};
}

} // namespace netmgr
