// SPDX-License-Identifier: Apache-2.0
// Transmit checksums (3.3.6, 3.3.7): a context descriptor says where they are, each packet's data descriptors which to insert.
#include <stddef.h>

#include "common/interface.hpp"
#include "e1000.hpp"

namespace e1000 {

namespace {

constexpr size_t ip_checksum_at = ETHER_HDR_LEN + 10; // RFC 791, 3.1
constexpr int tcp_or_udp = M_CSUM_TCPv4 | M_CSUM_UDPv4;

void put_context(TransmitRing& tx, const ChecksumPlace& place)
{
    TxContext c = {};
    c.ip_start = ETHER_HDR_LEN;
    c.ip_field = ip_checksum_at;
    c.ip_end = static_cast<uint16_t>(place.transport - 1);
    c.transport_start = place.transport;
    c.transport_field = place.field;
    c.transport_end = 0; // to the packet's end
    c.length_type_command = txd::type_context | txd::cmd_extended << txd::command_shift |
                            (place.is_tcp ? txc::tcp : 0u) | txc::ipv4;
    memcpy(&tx.desc[tx.head], &c, sizeof c);
    tx.head = tx.head + 1 == tx.count ? 0 : tx.head + 1;
    tx.used++;
    tx.context = place;
}

} // namespace

uint8_t checksum_options(Softc& sc, const mbuf* packet)
{
    const int wanted = packet->m_pkthdr.csum_flags & sc.ifp().if_csum_flags_tx;
    if ((wanted & (tcp_or_udp | M_CSUM_IPv4)) == 0)
        return 0;
    const unsigned start = nic::transport_start(packet);
    if (start == 0 || start + packet->m_pkthdr.csum_data > UINT8_MAX)
        return 0;
    ChecksumPlace place = sc.tx.context;
    uint8_t options = (wanted & M_CSUM_IPv4) != 0 ? txd::insert_ip : 0;
    if ((wanted & tcp_or_udp) != 0) {
        options |= txd::insert_transport;
        place.field = static_cast<uint8_t>(start + packet->m_pkthdr.csum_data);
        place.is_tcp = (wanted & M_CSUM_TCPv4) != 0;
    }
    place.transport = static_cast<uint8_t>(start);
    if (place != sc.tx.context)
        put_context(sc.tx, place);
    return options;
}

} // namespace e1000
