// SPDX-License-Identifier: Apache-2.0
// Frames out: the if_start routine, reaping of sent descriptors, and the restart after a full ring.
// All of it under if_snd_ex.
#include "e1000.hpp"

namespace e1000 {

namespace {

constexpr unsigned max_segments = 8; // TCP sends about three; longer chains are copied together

unsigned count_segments(const mbuf* m)
{
    unsigned n = 0;
    for (; m != nullptr; m = m->m_next)
        n += m->m_len > 0;
    return n;
}

void fill_legacy(TxDesc& d, const mbuf* m, uint8_t command)
{
    d = {};
    d.addr = static_cast<uint64_t>(mbuf_phys(m));
    d.length = static_cast<uint16_t>(m->m_len);
    d.cmd = command;
}

void fill_data(TxDesc& d, const mbuf* m, uint8_t command, uint8_t options)
{
    TxData data = {};
    data.addr = static_cast<uint64_t>(mbuf_phys(m));
    data.length_type_command = static_cast<uint32_t>(m->m_len) | txd::type_data |
                               static_cast<uint32_t>(command | txd::cmd_extended)
                                   << txd::command_shift;
    data.options = options;
    memcpy(&d, &data, sizeof d);
}

void fill_descriptors(Softc& sc, mbuf* packet)
{
    TransmitRing& tx = sc.tx;
    const uint8_t options = checksum_options(sc, packet);
    unsigned last = tx.head;
    const mbuf* m = packet;
    while (m != nullptr) {
        const mbuf* next = m->m_next;
        while (next != nullptr && next->m_len <= 0)
            next = next->m_next;
        if (m->m_len > 0) {
            last = tx.head;
            const uint8_t command = static_cast<uint8_t>(
                txd::cmd_ifcs | (next == nullptr ? txd::cmd_eop | txd::cmd_rs : 0));
            if (options != 0)
                fill_data(tx.desc[last], m, command, options);
            else
                fill_legacy(tx.desc[last], m, command);
            tx.head = last + 1 == tx.count ? 0 : last + 1;
            tx.used++;
        }
        m = next;
    }
    tx.packet[last] = packet;
}

// Takes one packet from the queue into the ring: false when there is nothing (more) to do.
bool send_one(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    TransmitRing& tx = sc.tx;
    mbuf* m;
    // One descriptor stays unused: tail == head means an empty ring (3.4); one may tell of checksums.
    if (tx.count - 1 - tx.used < max_segments + 1) {
        transmit_reap(sc);
        if (tx.count - 1 - tx.used < max_segments + 1) {
            ifp.if_flags_tx |= IFF_OACTIVE;
            return false;
        }
    }
    IFQ_DEQUEUE(&ifp.if_snd, m);
    if (m == nullptr)
        return false;
    if (count_segments(m) > max_segments) {
        m = nic::defragment(m, ifp, sc.stats);
        if (m == nullptr)
            return true;
    }
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m);
    ifp.if_opackets++;
    fill_descriptors(sc, m);
    return true;
}

void send_queued(Softc& sc)
{
    unsigned before = sc.tx.head;
    while (send_one(sc)) {
    }
    if (sc.tx.head != before) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        sc.hw.write(Reg::tdt, sc.tx.head);
    }
    if (sc.tx.used >= sc.options.tx_reap)
        transmit_reap(sc);
    // Only a full ring needs to hear of sent descriptors; else reaping happens on the way.
    if (sc.ifp().if_flags_tx & IFF_OACTIVE)
        sc.hw.write(Reg::ims, cause::txdw);
}

bool may_send(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    return (ifp.if_flags_tx & IFF_OACTIVE) == 0 && (ifp.if_flags & IFF_RUNNING) != 0;
}

} // namespace

// Entered with if_snd_ex held, leaves without it (the interface's contract).
void start(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    if (may_send(sc))
        send_queued(sc);
    NW_SIGUNLOCK_P(&ifp->if_snd_ex, sc.iopkt, WTP);
}

void transmit_reap(Softc& sc)
{
    TransmitRing& tx = sc.tx;
    while (tx.used != 0) {
        // The status request, and the mbuf, are on the packet's last descriptor.
        unsigned last = tx.tail;
        unsigned descriptors = 1;
        while (tx.packet[last] == nullptr) {
            last = last + 1 == tx.count ? 0 : last + 1;
            descriptors++;
        }
        if ((__atomic_load_n(&tx.desc[last].status, __ATOMIC_ACQUIRE) & txd::status_dd) == 0)
            break;
        m_freem(tx.packet[last]);
        tx.packet[last] = nullptr;
        tx.tail = last + 1 == tx.count ? 0 : last + 1;
        tx.used -= descriptors;
    }
}

// After a transmit interrupt: frees what was sent and restarts a queue that found the ring full.
void transmit_kick(Softc& sc, nw_work_thread* wtp)
{
    ifnet& ifp = sc.ifp();
    NW_SIGLOCK_P(&ifp.if_snd_ex, sc.iopkt, wtp);
    transmit_reap(sc);
    if (ifp.if_flags_tx & IFF_OACTIVE) {
        ifp.if_flags_tx &= ~IFF_OACTIVE;
        if (may_send(sc))
            send_queued(sc);
    }
    NW_SIGUNLOCK_P(&ifp.if_snd_ex, sc.iopkt, wtp);
}

} // namespace e1000
