// SPDX-License-Identifier: Apache-2.0
// The option list of -p tcpip, as a table: what each one sets, its limits, and which are known but not supported yet.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "main/command_line.hpp"

namespace netmgr {

namespace {

using NumberSetter = void (*)(CommandLine& out, long value);

struct TcpipRow {
    const char* name;
    bool has_value;
    long minimum;
    long maximum;
    NumberSetter set; // nullptr: known, no effect yet
};

constexpr long no_limit = 0x7fffffff;

unsigned long round_down_to_power_of_2(long v)
{
    unsigned long p = 1;
    while (p * 2 <= static_cast<unsigned long>(v))
        p *= 2;
    return p;
}

constexpr TcpipRow rows[] = {
    {"forward", false, 0, 0, [](CommandLine& c, long) { c.stack.forwarding = true; }},
    {"pagesize", true, 4096, 16 * 1024 * 1024,
     [](CommandLine& c, long v) { c.stack.mbufs.page_size = round_down_to_power_of_2(v); }},
    {"reuseport_unicast", false, 0, 0,
     [](CommandLine& c, long) { c.stack.reuseport_unicast = true; }},
    {"rx_prio", true, 1, 255,
     [](CommandLine& c, long v) { c.runtime.rx_priority = static_cast<int>(v); }},
    {"rx_pulse_prio", true, 1, 255,
     [](CommandLine& c, long v) { c.runtime.rx_priority = static_cast<int>(v); }},
    {"somaxconn", true, SOMAXCONN, no_limit,
     [](CommandLine& c, long v) { c.stack.somaxconn = static_cast<uint32_t>(v); }},
    {"so_txprio_enable", false, 0, 0, [](CommandLine& c, long) { c.stack.txprio_enabled = true; }},
    {"threads_incr", true, 1, no_limit,
     [](CommandLine& c, long v) { c.server.limits.increment = static_cast<unsigned>(v); }},
    {"threads_max", true, 4, no_limit,
     [](CommandLine& c, long v) { c.server.limits.maximum = static_cast<unsigned>(v); }},
    {"threads_min", true, 4, no_limit,
     [](CommandLine& c, long v) { c.server.limits.minimum = static_cast<unsigned>(v); }},
    {"timer_pulse_prio", true, 1, 255,
     [](CommandLine& c, long v) { c.runtime.timer_priority = static_cast<int>(v); }},
    {"bigpage_strict", false, 0, 0, nullptr},
    {"bigstack", false, 0, 0, nullptr},
    {"cache", true, 0, 0, nullptr},
    {"confstr_monitor", false, 0, 0, nullptr},
    {"fastforward", true, 0, 0, nullptr},
    {"forward6", false, 0, 0, nullptr},
    {"ipid_reserved", true, 0, 0, nullptr},
    {"ipsec", false, 0, 0, nullptr},
    {"mbuf_cache", true, 0, 0, nullptr},
    {"mclbytes", true, 0, 0, nullptr},
    {"mfib_gid_map", true, 0, 0, nullptr},
    {"mtag_cache", true, 0, 0, nullptr},
    {"num_pool_cache", true, 0, 0, nullptr},
    {"num_tap_interface", true, 0, 0, nullptr},
    {"num_tun_control_interface", true, 0, 0, nullptr},
    {"pfil_ipsec", false, 0, 0, nullptr},
    {"pkt_cache", true, 0, 0, nullptr},
    {"pkt_typed_mem", true, 0, 0, nullptr},
    {"recv_ctxt", true, 0, 0, nullptr},
    {"reply_ctxt", true, 0, 0, nullptr},
    {"smmu", true, 0, 0, nullptr},
    {"stackguard", false, 0, 0, nullptr},
    {"stacksize", true, 0, 0, nullptr},
    {"strict_ts", false, 0, 0, nullptr},
};

bool set_prefix(CommandLine& out, const char* value)
{
    size_t n = value != nullptr ? strlen(value) : 0;
    if (n < 2 || n > 200 || value[0] != '/' || value[n - 1] == '/')
        return complain("prefix=%s: want a path like /alt", value != nullptr ? value : "");
    out.server.prefix = value;
    return true;
}

bool apply(CommandLine& out, const char* name, const char* value)
{
    if (strcmp(name, "prefix") == 0)
        return set_prefix(out, value);
    for (const TcpipRow& row : rows) {
        if (strcmp(row.name, name) != 0)
            continue;
        if (row.set == nullptr)
            return complain("tcpip option %s is not supported yet", name);
        if (!row.has_value && value != nullptr)
            return complain("tcpip option %s takes no value", name);
        long number = 0;
        if (row.has_value && !parse_number(name, value, row.minimum, row.maximum, number))
            return false;
        row.set(out, number);
        return true;
    }
    return complain("unknown tcpip option %s", name);
}

} // namespace

bool parse_tcpip_options(char* text, CommandLine& out)
{
    while (text != nullptr) {
        char* name = strsep(&text, ",");
        if (*name == '\0')
            continue;
        char* value = strchr(name, '=');
        if (value != nullptr)
            *value++ = '\0';
        if (!apply(out, name, value))
            return false;
    }
    if (out.server.limits.minimum > out.server.limits.maximum)
        return complain("threads_min %u is more than threads_max %u", out.server.limits.minimum,
                        out.server.limits.maximum);
    return true;
}

} // namespace netmgr
