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

void deliver(Softc& sc, mbuf* m, uint32_t len)
{
    ifnet& ifp = sc.ifp();
    m->m_data += align_gap + sizeof(NetHdr);
    m->m_len = static_cast<int>(len - sizeof(NetHdr));
    m->m_pkthdr.len = m->m_len;
    m->m_pkthdr.rcvif = &ifp;
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m);
    ifp.if_ipackets++;
    sc.stats.rxed_ok++;
    sc.stats.octets_rxed_ok += static_cast<uint64_t>(m->m_len);
    const auto* destination = mtod(m, const uint8_t*);
    if (memcmp(destination, etherbroadcastaddr, ETHER_ADDR_LEN) == 0)
        sc.stats.rxed_broadcast++;
    else if (ETHER_IS_MULTICAST(destination))
        sc.stats.rxed_multicast++;
    (*ifp.if_input)(&ifp, m);
}

void take_one(Softc& sc, uint16_t head, uint32_t len, nw_work_thread* wtp)
{
    ifnet& ifp = sc.ifp();
    mbuf* filled = sc.rx.packet[head];
    if (filled == nullptr) // the device named the middle of a chain
        return;
    sc.rx.packet[head] = nullptr;
    constexpr uint32_t shortest = sizeof(NetHdr) + ETHER_HDR_LEN;
    bool good = len >= shortest && len <= MCLBYTES - align_gap;
    mbuf* fresh = good ? m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, wtp) : nullptr;
    if (fresh == nullptr) { // the frame is given up, its buffer goes back to the device
        if (good) {
            sc.stats.rx_failed_allocs++;
            ifp.if_iqdrops++;
        } else {
            ifp.if_ierrors++;
        }
        post(sc, filled);
        return;
    }
    post(sc, fresh);
    deliver(sc, filled, len);
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
