// SPDX-License-Identifier: Apache-2.0
// A network card on the bus, written against the driver interface like a real one.
#pragma once
#include <net/if_ether.h>

#include "host/bus.hpp"
#include "kern/stack.hpp"

namespace netmgr::host {

class EtherPort {
public:
    EtherPort(Stack& stack, EtherBus& bus, const char* name, const uint8_t (&mac)[6]);
    ~EtherPort();
    EtherPort(const EtherPort&) = delete;
    EtherPort& operator=(const EtherPort&) = delete;

    ifnet& interface() { return ec_.ec_if; }
    unsigned starts = 0;
    unsigned inits = 0;
    unsigned filter_changes = 0;
    bool stuck = false; // transmits nothing: descriptors are out

private:
    void receive(const Frame& frame);
    static void start(ifnet* ifp);
    static int init(ifnet* ifp);
    static void stop(ifnet* ifp, int disable);
    static int ioctl(ifnet* ifp, unsigned long cmd, char* data);

    ethercom ec_ = {};
    Stack& stack_;
    EtherBus& bus_;
    int port_;
};

} // namespace netmgr::host
