// SPDX-License-Identifier: Apache-2.0
// The options only these cards have.
#include <errno.h>
#include <limits.h>

#include "e1000.hpp"

namespace e1000 {

namespace {

using nic::Kind;

Options& mine(nic::Options& o)
{
    return static_cast<Options&>(o);
}

constexpr nic::OptionRow rows[] = {
    {"receive", Kind::number, ring_min, ring_max,
     [](nic::Options& o, long v) { o.receive = static_cast<unsigned>(v); }},
    {"transmit", Kind::number, ring_min, ring_max,
     [](nic::Options& o, long v) { o.transmit = static_cast<unsigned>(v); }},
    {"tx_reap", Kind::number, 1, ring_max,
     [](nic::Options& o, long v) { mine(o).tx_reap = static_cast<unsigned>(v); }},
    {"int_mod", Kind::number, 0, 1000000,
     [](nic::Options& o, long v) { mine(o).interrupts_per_second = static_cast<unsigned>(v); }},
    {"speed", Kind::number, 10, 1000,
     [](nic::Options& o, long v) { mine(o).speed = static_cast<unsigned>(v); }},
    {"duplex", Kind::number, 0, 1,
     [](nic::Options& o, long v) { mine(o).duplex = static_cast<int>(v); }},
    {"force_link", Kind::flag, 0, 0, [](nic::Options& o, long) { mine(o).force_link = true; }},
    {"max_read", Kind::number, 512, 4096,
     [](nic::Options& o, long v) { mine(o).max_read = static_cast<unsigned>(v); }},
    {"pauseignore", Kind::flag, 0, 0, [](nic::Options& o, long) { mine(o).pause_ignore = true; }},
    {"pausesuppress", Kind::flag, 0, 0,
     [](nic::Options& o, long) { mine(o).pause_suppress = true; }},
};

int refuse(const char* why)
{
    log(LOG_ERR, "devnp-e1000: %s", why);
    return EINVAL;
}

// What no single option can tell.
int check_together(const Options& o)
{
    if (o.speed != 0 && o.speed != 10 && o.speed != 100 && o.speed != 1000)
        return refuse("option speed: want 10, 100 or 1000");
    if (o.speed == 0 && (o.duplex >= 0 || o.force_link))
        return refuse("options duplex and force_link need speed");
    if (o.speed == 1000 && o.duplex == 0)
        return refuse("option duplex: 1000 Mb/s are full duplex only");
    if (o.speed == 1000 && o.force_link)
        return refuse("option force_link: 1000 Mb/s need negotiation (IEEE 802.3, 40.5)");
    if ((o.max_read & (o.max_read - 1)) != 0)
        return refuse("option max_read: want 512, 1024, 2048 or 4096");
    return 0;
}

} // namespace

int parse_options(char* text, Options& options)
{
    if (int err = nic::parse_options(kind.driver, text, rows, options))
        return err;
    if (int err = check_together(options))
        return err;
    options.receive &= ~(ring_unit - 1);
    options.transmit &= ~(ring_unit - 1);
    if (options.tx_reap > options.transmit / 2)
        options.tx_reap = options.transmit / 2;
    return 0;
}

} // namespace e1000
