// SPDX-License-Identifier: Apache-2.0
// Frames in flight.
#include "host/bus.hpp"

#include <algorithm>

namespace netmgr::host {

int EtherBus::add_port(Receiver receiver)
{
    ports_.push_back(std::move(receiver));
    return static_cast<int>(ports_.size()) - 1;
}

void EtherBus::launch(int from, Frame frame)
{
    uint64_t delay =
        faults.delay_ns + (faults.jitter_ns != 0 ? random_.next() % faults.jitter_ns : 0);
    if (faults.reorder > 0 && random_.chance(faults.reorder))
        delay += 3 * faults.delay_ns + faults.jitter_ns;
    flights_.push_back({clock_.now_ns + delay, order_++, from, std::move(frame)});
}

void EtherBus::send(int from_port, Frame frame)
{
    frames++;
    if (pcap_)
        pcap_->write(clock_.now_ns, frame);
    if (filter && !filter(frame))
        return;
    if (faults.loss > 0 && random_.chance(faults.loss)) {
        lost++;
        return;
    }
    if (faults.corrupt > 0 && random_.chance(faults.corrupt))
        frame[random_.below(static_cast<uint32_t>(frame.size()))] ^=
            static_cast<uint8_t>(1u << random_.below(8));
    if (faults.duplicate > 0 && random_.chance(faults.duplicate))
        launch(from_port, frame);
    launch(from_port, std::move(frame));
}

void EtherBus::deliver_due()
{
    for (;;) {
        auto first = std::min_element(
            flights_.begin(), flights_.end(), [](const Flight& a, const Flight& b) {
                return a.at_ns != b.at_ns ? a.at_ns < b.at_ns : a.order < b.order;
            });
        if (first == flights_.end() || first->at_ns > clock_.now_ns)
            return;
        const Flight flight = std::move(*first);
        flights_.erase(first);
        for (size_t port = 0; port < ports_.size(); ++port)
            if (static_cast<int>(port) != flight.from && ports_[port])
                ports_[port](flight.frame);
    }
}

uint64_t EtherBus::next_deadline() const
{
    uint64_t next = UINT64_MAX;
    for (const Flight& f : flights_)
        next = std::min(next, f.at_ns);
    return next;
}

} // namespace netmgr::host
