// SPDX-License-Identifier: Apache-2.0
// The driver's option list: "receive=256,mac=525400123456,verbose".
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "e1000.hpp"

namespace e1000 {

namespace {

enum class Kind { number, mac, clear_flag, raise, refused };

struct OptionRow {
    const char* name;
    Kind kind;
    long min;
    long max;
    void (*set)(Options&, long);
};

constexpr OptionRow rows[] = {
    {"vid", Kind::number, 0, 0xffff, [](Options& o, long v) { o.vid = static_cast<int>(v); }},
    {"did", Kind::number, 0, 0xffff, [](Options& o, long v) { o.did = static_cast<int>(v); }},
    {"pci", Kind::number, 0, 255, [](Options& o, long v) { o.pci_index = static_cast<int>(v); }},
    {"irq", Kind::number, 0, 0xffff, [](Options& o, long v) { o.irq = static_cast<int>(v); }},
    {"memrange", Kind::number, 1, LONG_MAX,
     [](Options& o, long v) { o.registers_at = static_cast<uint64_t>(v); }},
    {"mac", Kind::mac, 0, 0, nullptr},
    {"receive", Kind::number, ring_min, ring_max,
     [](Options& o, long v) { o.receive = static_cast<unsigned>(v); }},
    {"transmit", Kind::number, ring_min, ring_max,
     [](Options& o, long v) { o.transmit = static_cast<unsigned>(v); }},
    {"tx_reap", Kind::number, 1, ring_max,
     [](Options& o, long v) { o.tx_reap = static_cast<unsigned>(v); }},
    {"int_mod", Kind::number, 0, 1000000,
     [](Options& o, long v) { o.interrupts_per_second = static_cast<unsigned>(v); }},
    {"priority", Kind::number, 1, 255,
     [](Options& o, long v) { o.priority = static_cast<unsigned>(v); }},
    {"mtu", Kind::number, 68, 9000, [](Options& o, long v) { o.mtu = static_cast<unsigned>(v); }},
    {"nomulticast", Kind::clear_flag, 0, 0, [](Options& o, long) { o.multicast = false; }},
    {"verbose", Kind::raise, 0, 9,
     [](Options& o, long v) { o.verbose = static_cast<unsigned>(v); }},
    {"speed", Kind::refused, 0, 0, nullptr},
    {"duplex", Kind::refused, 0, 0, nullptr},
    {"force_link", Kind::refused, 0, 0, nullptr},
    {"max_read", Kind::refused, 0, 0, nullptr},
    {"pauseignore", Kind::refused, 0, 0, nullptr},
    {"pausesuppress", Kind::refused, 0, 0, nullptr},
};

const OptionRow* find(const char* name)
{
    for (const OptionRow& row : rows)
        if (strcmp(row.name, name) == 0)
            return &row;
    return nullptr;
}

int bad(const char* name, const char* why)
{
    log(LOG_ERR, "devnp-e1000: option %s: %s", name, why);
    return EINVAL;
}

int parse_number(const char* name, const char* value, const OptionRow& row, long& out)
{
    if (value == nullptr || *value == '\0')
        return bad(name, "needs a value");
    char* end;
    errno = 0;
    out = strtol(value, &end, 0);
    if (errno != 0 || *end != '\0' || out < row.min || out > row.max) {
        log(LOG_ERR, "devnp-e1000: option %s=%s: want %ld to %ld", name, value, row.min, row.max);
        return EINVAL;
    }
    return 0;
}

int apply(const char* name, char* value, Options& options)
{
    const OptionRow* row = find(name);
    if (row == nullptr)
        return bad(name, "unknown");
    long v = 0;
    switch (row->kind) {
    case Kind::refused:
        return bad(name, "not supported yet");
    case Kind::mac:
        if (value == nullptr || nic_strtomac(value, options.mac) != 0)
            return bad(name, "want 12 hexadecimal digits");
        if (options.mac[0] & 1)
            return bad(name, "is a multicast address");
        options.have_mac = true;
        return 0;
    case Kind::clear_flag:
        if (value != nullptr)
            return bad(name, "takes no value");
        break;
    case Kind::raise:
        if (value == nullptr)
            v = options.verbose + 1;
        else if (int err = parse_number(name, value, *row, v))
            return err;
        break;
    case Kind::number:
        if (int err = parse_number(name, value, *row, v))
            return err;
        break;
    }
    row->set(options, v);
    return 0;
}

} // namespace

int parse_options(char* text, Options& options)
{
    while (text != nullptr && *text != '\0') {
        char* name = strsep(&text, ",");
        if (*name == '\0')
            continue;
        char* value = strchr(name, '=');
        if (value != nullptr)
            *value++ = '\0';
        if (int err = apply(name, value, options))
            return err;
    }
    options.receive &= ~(ring_unit - 1);
    options.transmit &= ~(ring_unit - 1);
    if (options.tx_reap > options.transmit / 2)
        options.tx_reap = options.transmit / 2;
    return 0;
}

} // namespace e1000
