// SPDX-License-Identifier: Apache-2.0
// Received frames: from the descriptor ring up to the stack, each cluster replaced at once.
#include "e1000.hpp"

namespace e1000 {

namespace {

constexpr unsigned budget = 64; // frames before other interfaces get their turn

// Checksum results of the hardware (3.2.3.1), given to the stack only when it asked for them.
void set_checksum_flags(const ifnet& ifp, const RxDesc& d, mbuf& m)
{
    if (d.status & rxd::ixsm)
        return;
    if ((d.status & rxd::ipcs) && (ifp.if_capenable_rx & IFCAP_CSUM_IPv4)) {
        m.m_pkthdr.csum_flags |= M_CSUM_IPv4;
        if (d.errors & rxd::err_ipe)
            m.m_pkthdr.csum_flags |= M_CSUM_IPv4_BAD;
    }
    constexpr auto tcp_udp = IFCAP_CSUM_TCPv4 | IFCAP_CSUM_UDPv4;
    if ((d.status & rxd::tcpcs) && (ifp.if_capenable_rx & tcp_udp) == tcp_udp) {
        m.m_pkthdr.csum_flags |= M_CSUM_TCPv4 | M_CSUM_UDPv4;
        if (d.errors & rxd::err_tcpe)
            m.m_pkthdr.csum_flags |= M_CSUM_TCP_UDP_BAD;
    }
}

// Appends one buffer to the frame under construction.
void append(ReceiveRing& rx, mbuf* m, unsigned length)
{
    m->m_len = static_cast<int>(length);
    if (rx.frame == nullptr) {
        rx.frame = m;
        m->m_pkthdr.len = static_cast<int>(length);
    } else {
        m->m_flags &= ~M_PKTHDR;
        rx.frame_tail->m_next = m;
        rx.frame->m_pkthdr.len += static_cast<int>(length);
    }
    rx.frame_tail = m;
}

void deliver(Softc& sc, const RxDesc& last)
{
    ifnet& ifp = sc.ifp();
    mbuf* m = sc.rx.frame;
    sc.rx.frame = nullptr;
    sc.rx.frame_tail = nullptr;
    m->m_pkthdr.rcvif = &ifp;
    set_checksum_flags(ifp, last, *m);
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m);
    ifp.if_ipackets++;
    (*ifp.if_input)(&ifp, m);
}

void drop_frame(ReceiveRing& rx)
{
    if (rx.frame != nullptr)
        m_freem(rx.frame);
    rx.frame = nullptr;
    rx.frame_tail = nullptr;
}

void take_descriptor(Softc& sc, RxDesc& d, unsigned index, nw_work_thread* wtp)
{
    ReceiveRing& rx = sc.rx;
    bool last = (d.status & rxd::eop) != 0;
    mbuf* fresh = nullptr;
    bool good = !rx.dropping && (d.errors & rxd::err_frame) == 0 && d.length <= MCLBYTES;
    if (good) {
        fresh = m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, wtp);
        if (fresh == nullptr) {
            sc.stats.rx_failed_allocs++;
            sc.ifp().if_iqdrops++;
            good = false;
        }
    }
    if (!good) { // the buffer stays where it is
        if (!rx.dropping)
            sc.ifp().if_ierrors++;
        drop_frame(rx);
        rx.dropping = !last;
        return;
    }
    mbuf* filled = rx.buffer[index];
    rx.buffer[index] = fresh;
    append(rx, filled, d.length);
    if (last)
        deliver(sc, d);
}

} // namespace

bool receive_frames(Softc& sc, nw_work_thread* wtp)
{
    ReceiveRing& rx = sc.rx;
    unsigned done = 0;
    unsigned index = rx.next;
    for (; done < budget; done++) {
        RxDesc& d = rx.desc[index];
        uint8_t status = __atomic_load_n(&d.status, __ATOMIC_ACQUIRE);
        if ((status & rxd::dd) == 0)
            break;
        take_descriptor(sc, d, index, wtp);
        d.addr = static_cast<uint64_t>(mbuf_phys(rx.buffer[index]));
        __atomic_store_n(&d.status, 0, __ATOMIC_RELEASE);
        index = index + 1 == rx.count ? 0 : index + 1;
    }
    if (done != 0) {
        rx.next = index;
        // The tail stays one behind: head == tail would mean an empty ring.
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        sc.hw.write(Reg::rdt, index == 0 ? rx.count - 1 : index - 1);
    }
    return done < budget;
}

} // namespace e1000
