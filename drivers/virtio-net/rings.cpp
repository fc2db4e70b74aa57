// SPDX-License-Identifier: Apache-2.0
// Queue memory and the device's start: VIRTIO 1.1 sections 3.1.1 and 5.1.5.
#include <errno.h>
#include <initializer_list>
#include <stdlib.h>
#include <string.h>

#include "virtio_net.hpp"

namespace virtio {

namespace {

constexpr unsigned control_queue_size = 16;

// The greatest power of two that neither the device's limit nor the option exceeds.
uint16_t choose_size(uint16_t device_max, unsigned wanted)
{
    unsigned limit = device_max < wanted ? device_max : wanted;
    unsigned size = 1;
    while (size * 2 <= limit)
        size *= 2;
    return static_cast<uint16_t>(size);
}

int create(Softc& sc, Ring& ring, uint16_t queue, unsigned wanted)
{
    uint16_t device_max = sc.transport.queue_size(queue);
    if (device_max == 0)
        return ENXIO;
    ring.size = choose_size(device_max, wanted);
    ring.packet = static_cast<mbuf**>(calloc(ring.size, sizeof(mbuf*)));
    if (ring.packet == nullptr)
        return ENOMEM;
    return nic::dma_alloc(ring.memory, Virtqueue::bytes_for(ring.size));
}

void drain(Ring& ring)
{
    for (uint16_t i = 0; ring.packet != nullptr && i < ring.size; i++) {
        if (ring.packet[i] != nullptr)
            m_freem(ring.packet[i]);
        ring.packet[i] = nullptr;
    }
}

int enable(Softc& sc, Ring& ring, uint16_t queue)
{
    memset(ring.memory.vaddr, 0, ring.memory.bytes);
    ring.queue.init(ring.size, ring.memory.vaddr, ring.memory.paddr);
    return sc.transport.enable_queue(queue, ring.size, ring.queue.desc_paddr(),
                                     ring.queue.driver_paddr(), ring.queue.device_paddr(),
                                     sc.queue_vector);
}

} // namespace

int rings_create(Softc& sc)
{
    if (int err = create(sc, sc.rx, queue_receive, sc.options.receive))
        return err;
    if (int err = create(sc, sc.tx, queue_transmit, sc.options.transmit))
        return err;
    if (int err = nic::dma_alloc(sc.tx_headers, static_cast<uint32_t>(sc.tx.size * sizeof(NetHdr))))
        return err;
    if (!sc.transport.has(feature::net_ctrl_vq))
        return 0;
    if (int err = create(sc, sc.control, queue_control, control_queue_size))
        return err;
    return nic::dma_alloc(sc.control_command, control_bytes());
}

void rings_drain(Softc& sc)
{
    drain(sc.rx);
    drain(sc.tx);
    if (sc.partial.first != nullptr)
        m_freem(sc.partial.first);
    sc.partial = {};
}

void rings_destroy(Softc& sc)
{
    rings_drain(sc);
    for (Ring* ring : {&sc.rx, &sc.tx, &sc.control}) {
        nic::dma_free(ring->memory);
        free(ring->packet);
        ring->packet = nullptr;
    }
    nic::dma_free(sc.tx_headers);
    nic::dma_free(sc.control_command);
}

// Checksums on arrival are the device's business only while somebody wants it (ifconfig tcp4csum-rx).
int device_negotiate(Softc& sc)
{
    uint64_t wanted = feature::version_1 | feature::net_mac | feature::net_status |
                      feature::net_csum | feature::net_mrg_rxbuf | feature::net_ctrl_vq |
                      feature::net_ctrl_rx | feature::net_ctrl_mac_addr;
    const ifnet& ifp = sc.ifp();
    if (ifp.if_stack == nullptr || ifp.if_capenable_rx != 0)
        wanted |= feature::net_guest_csum;
    sc.transport.reset();
    return sc.transport.negotiate(wanted, feature::version_1);
}

int device_start(Softc& sc)
{
    int err = device_negotiate(sc);
    if (err == 0 && sc.msix_cap != nullptr)
        err = sc.transport.set_config_vector(0);
    if (err == 0)
        err = enable(sc, sc.rx, queue_receive);
    if (err == 0)
        err = enable(sc, sc.tx, queue_transmit);
    if (err == 0 && sc.control.memory.vaddr != nullptr)
        err = enable(sc, sc.control, queue_control);
    if (err == 0) {
        sc.tx.queue.disable_interrupts(); // wanted only while the ring is full
        if (sc.control.memory.vaddr != nullptr)
            sc.control.queue.disable_interrupts(); // its answers are waited for
        sc.transport.driver_ok();
        err = receive_fill(sc);
    }
    if (err != 0) {
        sc.transport.fail();
        sc.transport.reset();
        rings_drain(sc);
    }
    return err;
}

} // namespace virtio
