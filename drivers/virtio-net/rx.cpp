// SPDX-License-Identifier: Apache-2.0
// Received frames: each cluster holds header and frame, and is replaced before it goes up.
#include <errno.h>

#include "virtio_net.hpp"

namespace virtio {

namespace {

constexpr unsigned budget = 64;
// Two bytes first, so that the IP header after the 12 + 14 bytes of headers lies on a multiple of 4.
constexpr unsigned align_gap = 2;

int post(Softc& sc, mbuf* m)
{
    Segment segment = {mbuf_phys(m) + align_gap, MCLBYTES - align_gap};
    int head = sc.rx.queue.add(&segment, 1, 0);
    if (head < 0)
        return ENOBUFS;
    sc.rx.packet[head] = m;
    return 0;
}

void deliver(Softc& sc, mbuf* m)
{
    ifnet& ifp = sc.ifp();
    m->m_pkthdr.rcvif = &ifp;
    if (sc.transport.has(feature::net_guest_csum))
        take_checksum(m, sc.partial.header);
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m);
    ifp.if_ipackets++;
    sc.stats.rxed_ok++;
    sc.stats.octets_rxed_ok += static_cast<uint64_t>(m->m_pkthdr.len);
    const auto* destination = mtod(m, const uint8_t*);
    if (memcmp(destination, etherbroadcastaddr, ETHER_ADDR_LEN) == 0)
        sc.stats.rxed_broadcast++;
    else if (ETHER_IS_MULTICAST(destination))
        sc.stats.rxed_multicast++;
    (*ifp.if_input)(&ifp, m);
}

void forget_frame(PartialFrame& frame)
{
    if (frame.first != nullptr)
        m_freem(frame.first);
    frame.first = frame.last = nullptr;
}

// The first buffer begins with the header, which says how many follow. False: nonsense.
bool begin_frame(Softc& sc, const mbuf* filled, uint32_t len)
{
    constexpr uint32_t shortest = sizeof(NetHdr) + ETHER_HDR_LEN;
    PartialFrame& frame = sc.partial;
    forget_frame(frame);
    frame.left = 1;
    if (len < shortest)
        return false;
    memcpy(&frame.header, filled->m_data + align_gap, sizeof frame.header);
    if (sc.transport.has(feature::net_mrg_rxbuf))
        frame.left = frame.header.num_buffers;
    const bool sensible = frame.left >= 1 && frame.left <= sc.rx.size;
    if (!sensible)
        frame.left = 1;
    return sensible;
}

void append(PartialFrame& frame, mbuf* m, uint32_t skip, uint32_t len)
{
    m->m_data += align_gap + skip;
    m->m_len = static_cast<int>(len - skip);
    if (frame.first == nullptr) {
        frame.first = m;
        m->m_pkthdr.len = m->m_len;
    } else {
        m->m_flags &= ~M_PKTHDR;
        frame.last->m_next = m;
        frame.first->m_pkthdr.len += m->m_len;
    }
    frame.last = m;
}

void take_one(Softc& sc, uint16_t head, uint32_t len, nw_work_thread* wtp)
{
    ifnet& ifp = sc.ifp();
    PartialFrame& frame = sc.partial;
    mbuf* filled = sc.rx.packet[head];
    if (filled == nullptr) // the device named the middle of a chain
        return;
    sc.rx.packet[head] = nullptr;
    const bool first = frame.left == 0;
    bool good = len <= MCLBYTES - align_gap;
    if (first)
        good = begin_frame(sc, filled, len) && good;
    frame.left--;
    const bool dropping = !first && frame.first == nullptr;
    mbuf* fresh = good && !dropping ? m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, wtp) : nullptr;
    if (fresh == nullptr) { // the frame is given up, its buffer goes back to the device
        if (good && !dropping) {
            sc.stats.rx_failed_allocs++;
            ifp.if_iqdrops++;
        } else if (!dropping) {
            ifp.if_ierrors++;
        }
        forget_frame(frame);
        post(sc, filled);
        return;
    }
    post(sc, fresh);
    append(frame, filled, first ? sizeof(NetHdr) : 0, len);
    if (frame.left != 0)
        return;
    mbuf* whole = frame.first;
    frame.first = frame.last = nullptr;
    deliver(sc, whole);
}

} // namespace

int receive_fill(Softc& sc)
{
    nw_work_thread* wtp = WTP;
    while (sc.rx.queue.free_descriptors() != 0) {
        mbuf* m = m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, wtp);
        if (m == nullptr)
            return ENOBUFS;
        if (post(sc, m) != 0) {
            m_freem(m);
            return ENOBUFS;
        }
    }
    if (sc.rx.queue.publish())
        sc.transport.notify(queue_receive);
    return 0;
}

bool receive_frames(Softc& sc, nw_work_thread* wtp)
{
    unsigned done = 0;
    uint16_t head;
    uint32_t len;
    while (done < budget && sc.rx.queue.take(head, len)) {
        take_one(sc, head, len, wtp);
        done++;
    }
    if (done != 0 && sc.rx.queue.publish())
        sc.transport.notify(queue_receive);
    return done < budget;
}

} // namespace virtio
