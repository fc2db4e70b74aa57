// SPDX-License-Identifier: Apache-2.0
// One virtio network interface: what the driver keeps for it, and the functions its files give
// each other.
//
// Who touches what:
//   receive queue, link state   the holder of receive_lock (the receive thread, or init and stop)
//   transmit queue              the holder of if_snd_ex
//   the rest                    stack context
#pragma once

#include <pthread.h>
#include <stdint.h>

#include <io-pkt/iopkt_driver.h>
#include <net/bpf.h>
#include <netdrvr/nicsupport.h>
#include <pci/cap_msix.h>

#include "common/card.hpp"
#include "common/dma.hpp"
#include "transport.hpp"
#include "virtqueue.hpp"

namespace virtio {

struct Options : nic::Options {
    Options()
    {
        receive = 256;
        transmit = 256;
    }
    bool msix = true;
};

extern const nic::CardKind kind;

// Fills from the text after -d or mount -o; 0 or EINVAL (logged).
int parse_options(char* text, Options& options);

// A queue, its memory, and the mbuf behind each chain head.
struct Ring {
    Virtqueue queue;
    nic::DmaMemory memory;
    mbuf** packet = nullptr;
    uint16_t size = 0;
};

// A received frame of several buffers, being put together.
struct PartialFrame {
    mbuf* first = nullptr;
    mbuf* last = nullptr;
    unsigned left = 0; // buffers to come
    NetHdr header = {};
};

struct Softc : nic::Card<Options> {
    Transport transport;
    pci_cap_t msix_cap; // not null: MSI-X is on
    uint32_t irq[2];    // MSI-X: configuration, queues. Else only the first: the line
    int intr_id[2];
    uint16_t queue_vector;

    pthread_t thread;
    bool thread_runs;

    Ring rx;
    Ring tx;
    nic::DmaMemory tx_headers; // one for each chain head
    PartialFrame partial;
    Ring control; // stack context
    nic::DmaMemory control_command;
    bool link_up;
};

// rings.cpp
int rings_create(Softc& sc);
void rings_destroy(Softc& sc);
int device_negotiate(Softc& sc);
int device_start(Softc& sc); // negotiation, queues, driver_ok
void rings_drain(Softc& sc);
int receive_fill(Softc& sc);
// rx.cpp: true when the queue was emptied, false when the budget ran out
bool receive_frames(Softc& sc, nw_work_thread* wtp);
// tx.cpp
void start(ifnet* ifp);
void transmit_reap(Softc& sc);
void transmit_kick(Softc& sc, nw_work_thread* wtp);
// event.cpp
int events_start(Softc& sc);
void events_stop(Softc& sc);
void link_update(Softc& sc);
// iface.cpp
int init(ifnet* ifp);
void stop(ifnet* ifp, int disable);
int ioctl(ifnet* ifp, unsigned long cmd, char* data);
void media_init(Softc& sc);
// control.cpp: nothing happens on a device without the queue
uint32_t control_bytes();
void set_address(Softc& sc);
void set_filter(Softc& sc);
// offload.cpp
void request_checksum(Softc& sc, const mbuf* frame, NetHdr& header);
void take_checksum(mbuf* frame, const NetHdr& header);

} // namespace virtio
