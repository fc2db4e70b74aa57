// SPDX-License-Identifier: Apache-2.0
// Queue memory and the device's start: VIRTIO 1.1 sections 3.1.1 and 5.1.5.
#include <errno.h>
#include <initializer_list>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "virtio_net.hpp"

namespace virtio {

int dma_alloc(DmaMemory& memory, uint32_t bytes)
{
    void* p =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PHYS | MAP_ANON | MAP_PRIVATE, NOFD, 0);
    if (p == MAP_FAILED)
        return errno;
    off64_t paddr = 0;
    if (mem_offset64(p, NOFD, bytes, &paddr, nullptr) != 0) {
        int err = errno;
        munmap(p, bytes);
        return err;
    }
    memory = {p, static_cast<uint64_t>(paddr), bytes};
    return 0;
}

void dma_free(DmaMemory& memory)
{
    if (memory.vaddr != nullptr)
        munmap(memory.vaddr, memory.bytes);
    memory = {};
}

namespace {

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
    return dma_alloc(ring.memory, Virtqueue::bytes_for(ring.size));
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
    return dma_alloc(sc.tx_header, sizeof(NetHdr));
}

void rings_drain(Softc& sc)
{
    drain(sc.rx);
    drain(sc.tx);
}

void rings_destroy(Softc& sc)
{
    rings_drain(sc);
    for (Ring* ring : {&sc.rx, &sc.tx}) {
        dma_free(ring->memory);
        free(ring->packet);
        ring->packet = nullptr;
    }
    dma_free(sc.tx_header);
}

int device_start(Softc& sc)
{
    sc.transport.reset();
    int err = sc.transport.negotiate(feature::version_1 | feature::net_mac | feature::net_status,
                                     feature::version_1);
    if (err == 0 && sc.msix_cap != nullptr)
        err = sc.transport.set_config_vector(0);
    if (err == 0)
        err = enable(sc, sc.rx, queue_receive);
    if (err == 0)
        err = enable(sc, sc.tx, queue_transmit);
    if (err == 0) {
        sc.tx.queue.disable_interrupts(); // wanted only while the ring is full
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
