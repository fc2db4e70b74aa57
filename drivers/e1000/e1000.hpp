// SPDX-License-Identifier: Apache-2.0
// One 8254x interface: what the driver keeps for it, and the functions its files give each other.
//
// Who touches what:
//   receive ring, link state   the holder of receive_lock (process_interrupt, or init and stop)
//   transmit ring              the holder of if_snd_ex
//   the rest                   stack context
#pragma once

#include <atomic>
#include <pthread.h>
#include <stdint.h>

#include <io-pkt/iopkt_driver.h>
#include <net/bpf.h>
#include <net/if_ether.h>
#include <net/if_media.h>
#include <net/ifdrvcom.h>
#include <netdrvr/nicsupport.h>
#include <pci/pci.h>
#include <sys/syslog.h>

#include "hw.hpp"

namespace e1000 {

struct Options {
    int vid = -1;
    int did = -1;
    int pci_index = -1; // nth matching device
    int irq = -1;
    uint64_t registers_at = 0; // memrange=: only the card that has them there; 0 = any
    bool have_mac = false;
    uint8_t mac[6] = {};
    unsigned receive = 512;
    unsigned transmit = 4096;
    unsigned tx_reap = 64;
    unsigned interrupts_per_second = 20000;
    unsigned priority = 0; // 0: io-pkt's rx_prio
    unsigned mtu = 1500;
    bool multicast = true;
    unsigned verbose = 0;
};

// Fills from the text after -d or mount -o; 0 or EINVAL (logged).
int parse_options(char* text, Options& options);

// What dev_attach hands to the attach function.
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

struct ReceiveRing {
    DmaMemory memory;
    RxDesc* desc = nullptr;
    mbuf** buffer = nullptr; // the cluster each descriptor points to
    unsigned count = 0;
    unsigned next = 0;     // the descriptor to look at next
    mbuf* frame = nullptr; // a frame of several buffers being put together
    mbuf* frame_tail = nullptr;
    bool dropping = false; // rest of a broken frame
};

struct TransmitRing {
    DmaMemory memory;
    TxDesc* desc = nullptr;
    mbuf** packet = nullptr; // on the last descriptor of each packet
    unsigned count = 0;
    unsigned head = 0; // next to fill
    unsigned tail = 0; // next to reap
    unsigned used = 0;
};

struct Softc {
    device sc_dev; // first: dev_attach allocates the softc as a device
    ethercom sc_ec;
    _iopkt_self* iopkt;
    void* dll;
    Options options;

    Hw hw;
    pci_devhdl_t pci;
    uint64_t mmio_paddr;
    void* mmio;
    uint32_t irq;

    _iopkt_inter inter;
    bool inter_ready;
    std::atomic<uint32_t> causes; // read by the event thread, consumed by process_interrupt
    int chid;
    int coid;
    int intr_id;
    pthread_t event_thread;
    bool event_thread_runs;
    pthread_mutex_t receive_lock; // order: stack context, receive_lock, if_snd_ex

    ReceiveRing rx;
    TransmitRing tx;
    LinkState link;
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

// ring.cpp
int rings_create(Softc& sc);
void rings_destroy(Softc& sc);
int receive_fill(Softc& sc);
void receive_drain(Softc& sc);
void transmit_drain(Softc& sc);
// rx.cpp: true when the ring was emptied, false when the budget ran out
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
void set_filter(Softc& sc);
// stats.cpp
void stats_update(Softc& sc);
void config_fill(Softc& sc, nic_config_t& config);
// media.cpp
void media_init(Softc& sc);

} // namespace e1000
