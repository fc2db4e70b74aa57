// SPDX-License-Identifier: Apache-2.0
// An Ethernet in memory: every frame reaches every other port, late, twice, in another order or not at all, as configured.
#pragma once
#include <functional>
#include <memory>
#include <stdint.h>
#include <vector>

#include "host/fake_platform.hpp"
#include "host/pcap.hpp"

namespace netmgr::host {

using Frame = std::vector<uint8_t>;

struct BusFaults {
    double loss = 0;
    double duplicate = 0;
    double reorder = 0; // held back for another delay
    double corrupt = 0; // one bit
    uint64_t delay_ns = 1000;
    uint64_t jitter_ns = 0;
};

class EtherBus {
public:
    using Receiver = std::function<void(const Frame&)>;

    EtherBus(FakeClock& clock, uint64_t seed) : clock_(clock), random_(seed) {}
    int add_port(Receiver receiver);
    void remove_port(int port) { ports_[static_cast<size_t>(port)] = nullptr; }
    void send(int from_port, Frame frame);
    void deliver_due();
    uint64_t next_deadline() const;
    void capture(const char* path) { pcap_ = std::make_unique<PcapWriter>(path); }
    // Sees every frame before faults; false drops it.
    std::function<bool(const Frame&)> filter;

    BusFaults faults;
    uint64_t frames = 0;
    uint64_t lost = 0;

private:
    struct Flight {
        uint64_t at_ns;
        uint64_t order;
        int from;
        Frame frame;
    };
    void launch(int from, Frame frame);

    FakeClock& clock_;
    SeededRandom random_;
    std::vector<Receiver> ports_;
    std::vector<Flight> flights_;
    uint64_t order_ = 0;
    std::unique_ptr<PcapWriter> pcap_;
};

} // namespace netmgr::host
