// SPDX-License-Identifier: Apache-2.0
// Memory of the two descriptor rings: made at attach, filled at init, emptied at stop.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "e1000.hpp"

namespace e1000 {

int rings_create(Softc& sc)
{
    sc.rx.count = sc.options.receive;
    sc.tx.count = sc.options.transmit;
    sc.rx.buffer = static_cast<mbuf**>(calloc(sc.rx.count, sizeof(mbuf*)));
    sc.tx.packet = static_cast<mbuf**>(calloc(sc.tx.count, sizeof(mbuf*)));
    if (sc.rx.buffer == nullptr || sc.tx.packet == nullptr)
        return ENOMEM;
    if (int err = nic::dma_alloc(sc.rx.memory, sc.rx.count * static_cast<uint32_t>(sizeof(RxDesc))))
        return err;
    if (int err = nic::dma_alloc(sc.tx.memory, sc.tx.count * static_cast<uint32_t>(sizeof(TxDesc))))
        return err;
    sc.rx.desc = static_cast<RxDesc*>(sc.rx.memory.vaddr);
    sc.tx.desc = static_cast<TxDesc*>(sc.tx.memory.vaddr);
    return 0;
}

void rings_destroy(Softc& sc)
{
    if (sc.rx.buffer != nullptr)
        receive_drain(sc);
    if (sc.tx.packet != nullptr)
        transmit_drain(sc);
    nic::dma_free(sc.rx.memory);
    nic::dma_free(sc.tx.memory);
    free(sc.rx.buffer);
    free(sc.tx.packet);
    sc.rx.buffer = nullptr;
    sc.tx.packet = nullptr;
}

// Gives every receive descriptor a cluster; the device must be stopped.
int receive_fill(Softc& sc)
{
    nw_work_thread* wtp = WTP;
    memset(sc.rx.desc, 0, sc.rx.memory.bytes);
    sc.rx.next = 0;
    for (unsigned i = 0; i < sc.rx.count; i++) {
        mbuf* m = sc.rx.buffer[i];
        if (m == nullptr) {
            m = m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, wtp);
            if (m == nullptr) {
                receive_drain(sc);
                return ENOBUFS;
            }
            sc.rx.buffer[i] = m;
        }
        sc.rx.desc[i].addr = static_cast<uint64_t>(mbuf_phys(m));
    }
    return 0;
}

void receive_drain(Softc& sc)
{
    for (unsigned i = 0; i < sc.rx.count; i++) {
        if (sc.rx.buffer[i] != nullptr)
            m_freem(sc.rx.buffer[i]);
        sc.rx.buffer[i] = nullptr;
    }
    if (sc.rx.frame != nullptr)
        m_freem(sc.rx.frame);
    sc.rx.frame = nullptr;
    sc.rx.frame_tail = nullptr;
    sc.rx.dropping = false;
}

void transmit_drain(Softc& sc)
{
    for (unsigned i = 0; i < sc.tx.count; i++) {
        if (sc.tx.packet[i] != nullptr)
            m_freem(sc.tx.packet[i]);
        sc.tx.packet[i] = nullptr;
    }
    memset(sc.tx.desc, 0, sc.tx.memory.bytes);
    sc.tx.head = sc.tx.tail = sc.tx.used = 0;
    sc.tx.context = {};
}

} // namespace e1000
