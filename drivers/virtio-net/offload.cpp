// SPDX-License-Identifier: Apache-2.0
// Checksums by the device (VIRTIO 1.1, 5.1.6.2 and 5.1.6.4).
#include <string.h>

#include "common/interface.hpp"
#include "virtio_net.hpp"

namespace virtio {

namespace {

constexpr int tcp_or_udp = M_CSUM_TCPv4 | M_CSUM_UDPv4;

// The one's complement sum of a chain from `start` on.
uint16_t sum_from(const mbuf* m, unsigned start)
{
    uint64_t sum = 0;
    bool odd = false;
    for (; m != nullptr; m = m->m_next) {
        const auto length = static_cast<unsigned>(m->m_len);
        const auto* bytes = mtod(m, const uint8_t*);
        for (unsigned i = start < length ? start : length; i < length; i++, odd = !odd)
            sum += odd ? bytes[i] : static_cast<unsigned>(bytes[i]) << 8;
        start -= start < length ? start : length;
    }
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

} // namespace

void request_checksum(Softc& sc, const mbuf* frame, NetHdr& header)
{
    header = {};
    if ((frame->m_pkthdr.csum_flags & sc.ifp().if_csum_flags_tx & tcp_or_udp) == 0)
        return;
    const unsigned start = nic::transport_start(frame);
    if (start == 0)
        return;
    header.flags = net_hdr_needs_csum;
    header.csum_start = static_cast<uint16_t>(start);
    header.csum_offset = static_cast<uint16_t>(frame->m_pkthdr.csum_data);
}

// A frame whose sender left the sum to its card never was on a wire: it is completed here, because it may be sent on.
void take_checksum(mbuf* frame, const NetHdr& header)
{
    if ((header.flags & net_hdr_needs_csum) != 0) {
        const unsigned field = header.csum_start + header.csum_offset;
        if (field + 2 > static_cast<unsigned>(frame->m_pkthdr.len))
            return;
        const uint16_t sum = sum_from(frame, header.csum_start);
        const uint8_t bytes[] = {static_cast<uint8_t>(sum >> 8), static_cast<uint8_t>(sum)};
        m_copyback(frame, static_cast<int>(field), sizeof bytes, bytes);
    } else if ((header.flags & net_hdr_data_valid) == 0) {
        return;
    }
    frame->m_pkthdr.csum_flags |= tcp_or_udp;
}

} // namespace virtio
