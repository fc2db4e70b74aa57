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
#include <net/if_ether.h>
#include <net/if_media.h>
#include <net/ifdrvcom.h>
#include <netdrvr/nicsupport.h>
#include <pci/cap_msix.h>
#include <pci/pci.h>
#include <sys/syslog.h>

#include "transport.hpp"
#include "virtqueue.hpp"

namespace virtio {

struct Options {
    int vid = -1;
    int did = -1;
    int pci_index = -1;
    int irq = -1;
    bool have_mac = false;
    uint8_t mac[6] = {};
    unsigned receive = 256;
    unsigned transmit = 256;
    unsigned priority = 0; // 0: io-pkt's rx_prio
    unsigned mtu = 1500;
    bool multicast = true;
    bool msix = true;
    unsigned verbose = 0;
};

// Fills from the text after -d or mount -o; 0 or EINVAL (logged).
int parse_options(char* text, Options& options);

struct AttachArgs {
    _iopkt_self* iopkt;
    void* dll;
    const Options* options;
    pci_bdf_t bdf;
};

struct DmaMemory {
    void* vaddr = nullptr;
    uint64_t paddr = 0;
    uint32_t bytes = 0;
};
int dma_alloc(DmaMemory& memory, uint32_t bytes);
void dma_free(DmaMemory& memory);

// A queue, its memory, and the mbuf behind each chain head.
struct Ring {
    Virtqueue queue;
    DmaMemory memory;
    mbuf** packet = nullptr;
    uint16_t size = 0;
};

struct Softc {
    device sc_dev; // first: dev_attach allocates the softc as a device
    ethercom sc_ec;
    _iopkt_self* iopkt;
    void* dll;
    Options options;

    pci_devhdl_t pci;
    Transport transport;
    pci_cap_t msix_cap; // not null: MSI-X is on
    uint32_t irq[2];    // MSI-X: configuration, queues. Else only the first: the line
    int intr_id[2];
    uint16_t queue_vector;

    int chid;
    int coid;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t receive_lock; // order: stack context, receive_lock, if_snd_ex

    Ring rx;
    Ring tx;
    DmaMemory tx_header; // one zero header before every frame sent
    bool link_up;
    ifmedia media;
    void* shutdown_hook;
    nic_config_t config;
    nic_stats_t stats;

    ifnet& ifp() { return sc_ec.ec_if; }
    int priority() const
    {
        return options.priority != 0 ? static_cast<int>(options.priority) : iopkt->rx_prio;
    }
};

// rings.cpp
int rings_create(Softc& sc);
void rings_destroy(Softc& sc);
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
void config_fill(Softc& sc, nic_config_t& config);
void media_init(Softc& sc);

} // namespace virtio
