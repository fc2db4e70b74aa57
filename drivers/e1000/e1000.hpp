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
#include <netdrvr/mdi.h>
#include <netdrvr/nicsupport.h>

#include "common/card.hpp"
#include "common/dma.hpp"
#include "hw.hpp"

namespace e1000 {

struct Options : nic::Options {
    Options()
    {
        receive = 512;
        transmit = 4096;
    }
    unsigned tx_reap = 64;
    unsigned interrupts_per_second = 20000;
    unsigned speed = 0;      // Mb/s; 0: negotiated
    int duplex = -1;         // 1 full, 0 half, -1: full where possible
    bool force_link = false; // speed and duplex without negotiation
    unsigned max_read = 0;   // bytes of a PCI Express read request; 0: as the firmware left it
    bool pause_ignore = false;
    bool pause_suppress = false;
};

extern const nic::CardKind kind;

// Fills from the text after -d or mount -o; 0 or EINVAL (logged).
int parse_options(char* text, Options& options);

// Where the chip puts checksums, bytes from the frame's start.
struct ChecksumPlace {
    uint8_t transport = 0; // start of the transport header; 0: unknown
    uint8_t field = 0;     // the transport checksum
    bool is_tcp = false;
    bool operator==(const ChecksumPlace&) const = default;
};

struct ReceiveRing {
    nic::DmaMemory memory;
    RxDesc* desc = nullptr;
    mbuf** buffer = nullptr; // the cluster each descriptor points to
    unsigned count = 0;
    unsigned next = 0;     // the descriptor to look at next
    mbuf* frame = nullptr; // a frame of several buffers being put together
    mbuf* frame_tail = nullptr;
    bool dropping = false; // rest of a broken frame
};

struct TransmitRing {
    nic::DmaMemory memory;
    TxDesc* desc = nullptr;
    mbuf** packet = nullptr; // on the last descriptor of each packet
    unsigned count = 0;
    unsigned head = 0; // next to fill
    unsigned tail = 0; // next to reap
    unsigned used = 0;
    ChecksumPlace context; // what the chip was told last about checksums
};

struct Softc : nic::Card<Options> {
    Hw hw;
    uint64_t mmio_paddr;
    void* mmio;
    uint32_t irq;

    _iopkt_inter inter;
    bool inter_ready;
    std::atomic<uint32_t> causes; // read by the event thread, consumed by process_interrupt
    int intr_id;
    pthread_t event_thread;
    bool event_thread_runs;

    ReceiveRing rx;
    TransmitRing tx;
    LinkState link;
    mdi_t* mdi;
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
// offload.cpp: the options byte of a packet's data descriptors; puts a context descriptor into the ring when the chip has to be told
// where this packet's checksums are.
uint8_t checksum_options(Softc& sc, const mbuf* packet);
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
void config_update(Softc& sc);
// media.cpp
int media_init(Softc& sc); // 0 or errno
void media_destroy(Softc& sc);
void media_apply(Softc& sc); // after a reset
LinkState media_link(Softc& sc);

} // namespace e1000
