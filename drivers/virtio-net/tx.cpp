// SPDX-License-Identifier: Apache-2.0
// Frames out: the if_start routine, reaping, and the restart after a full queue. Under if_snd_ex.
#include "virtio_net.hpp"

namespace virtio {

namespace {

constexpr unsigned max_segments = 8; // of data; the header takes one more descriptor
constexpr unsigned chain_max = max_segments + 1;

// Fills `out` after the header; the number of segments, or more than chain_max.
unsigned gather(const mbuf* m, Segment* out)
{
    unsigned n = 1;
    for (; m != nullptr; m = m->m_next) {
        if (m->m_len <= 0)
            continue;
        if (n < chain_max)
            out[n] = {mbuf_phys(m), static_cast<uint32_t>(m->m_len)};
        n++;
    }
    return n;
}

void count_sent(Softc& sc, const mbuf* m)
{
    ifnet& ifp = sc.ifp();
    ifp.if_opackets++;
    sc.stats.txed_ok++;
    sc.stats.octets_txed_ok += static_cast<uint64_t>(m->m_pkthdr.len);
    if (m->m_flags & M_BCAST)
        sc.stats.txed_broadcast++;
    else if (m->m_flags & M_MCAST)
        sc.stats.txed_multicast++;
}

// Takes one packet from the interface queue into the ring: false when there is nothing more to do.
bool send_one(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    mbuf* m;
    if (sc.tx.queue.free_descriptors() < chain_max) {
        transmit_reap(sc);
        if (sc.tx.queue.free_descriptors() < chain_max) {
            ifp.if_flags_tx |= IFF_OACTIVE;
            return false;
        }
    }
    IFQ_DEQUEUE(&ifp.if_snd, m);
    if (m == nullptr)
        return false;
    Segment segments[chain_max];
    const uint16_t slot = sc.tx.queue.next_head();
    segments[0] = {sc.tx_headers.paddr + slot * sizeof(NetHdr), sizeof(NetHdr)};
    unsigned count = gather(m, segments);
    if (count > chain_max) {
        m = nic::defragment(m, ifp, sc.stats);
        if (m == nullptr)
            return true;
        count = gather(m, segments);
    }
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m);
    count_sent(sc, m);
    request_checksum(sc, m, static_cast<NetHdr*>(sc.tx_headers.vaddr)[slot]);
    int head = sc.tx.queue.add(segments, count, count);
    sc.tx.packet[head] = m; // add cannot fail: chain_max descriptors were free
    return true;
}

void send_queued(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    transmit_reap(sc); // what is sent goes back to the pool now, not when the ring is full
    for (;;) {
        bool any = false;
        while (send_one(sc))
            any = true;
        if (any && sc.tx.queue.publish())
            sc.transport.notify(queue_transmit);
        if ((ifp.if_flags_tx & IFF_OACTIVE) == 0)
            return;
        // Full: ask for an interrupt, unless something completed before the question.
        if (!sc.tx.queue.enable_interrupts())
            return;
        transmit_reap(sc);
        if (sc.tx.queue.free_descriptors() < chain_max)
            return;
        ifp.if_flags_tx &= ~IFF_OACTIVE;
        sc.tx.queue.disable_interrupts();
    }
}

bool may_send(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    return (ifp.if_flags & IFF_RUNNING) != 0;
}

} // namespace

// Entered with if_snd_ex held, leaves without it (the interface's contract).
void start(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    if (may_send(sc) && (ifp->if_flags_tx & IFF_OACTIVE) == 0)
        send_queued(sc);
    NW_SIGUNLOCK_P(&ifp->if_snd_ex, sc.iopkt, WTP);
}

void transmit_reap(Softc& sc)
{
    uint16_t head;
    uint32_t len;
    while (sc.tx.queue.take(head, len)) {
        m_freem(sc.tx.packet[head]);
        sc.tx.packet[head] = nullptr;
    }
}

// After a queue interrupt: restarts a queue that found the ring full.
void transmit_kick(Softc& sc, nw_work_thread* wtp)
{
    ifnet& ifp = sc.ifp();
    NW_SIGLOCK_P(&ifp.if_snd_ex, sc.iopkt, wtp);
    if (may_send(sc))
        transmit_reap(sc);
    if (may_send(sc) && (ifp.if_flags_tx & IFF_OACTIVE) &&
        sc.tx.queue.free_descriptors() >= chain_max) {
        ifp.if_flags_tx &= ~IFF_OACTIVE;
        sc.tx.queue.disable_interrupts();
        send_queued(sc);
    }
    NW_SIGUNLOCK_P(&ifp.if_snd_ex, sc.iopkt, wtp);
}

} // namespace virtio
