// SPDX-License-Identifier: Apache-2.0
// The option list after -d or mount -o, "receive=256,mac=525400123456,verbose": what all cards have, and rows for each driver's own.
#pragma once

#include <span>
#include <stddef.h>
#include <stdint.h>

namespace nic {

struct Options {
    int vid = -1;
    int did = -1;
    int pci_index = -1; // nth matching device
    int irq = -1;
    uint64_t registers_at = 0; // memrange=: only the card that has them there; 0: any
    bool have_mac = false;
    uint8_t mac[6] = {};
    unsigned receive = 0; // descriptors
    unsigned transmit = 0;
    unsigned priority = 0; // 0: io-pkt's rx_prio
    unsigned mtu = 1500;
    bool multicast = true;
    unsigned verbose = 0;
};

enum class Kind { number, mac, flag, raise };

// set gets the driver's own Options, which begin with these.
struct OptionRow {
    const char* name;
    Kind kind;
    long min;
    long max;
    void (*set)(Options&, long);
};

// 0, or EINVAL: logged with the option's name. Changes text.
int parse_options(const char* driver, char* text, std::span<const OptionRow> own, Options& options);

} // namespace nic
