// SPDX-License-Identifier: Apache-2.0
// The option list of -p tcpip, as a table: what each one sets and its limits.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "main/command_line.hpp"
#include "main/variant.hpp"

namespace netmgr {

namespace {

using NumberSetter = void (*)(CommandLine& out, long value);
enum class Value { none, needed, optional };

struct NumberRow {
    const char* name;
    Value value;
    long minimum;
    long maximum;
    NumberSetter set; // an optional value that is not there is 0
};

constexpr long no_limit = 0x7fffffff;
constexpr long page = 4096; // sysconf(_SC_PAGESIZE)
constexpr long max_page = 16 * 1024 * 1024;
constexpr long max_cluster = 64 * 1024;
constexpr long max_cache = 65536;
constexpr long max_stack = 16 * 1024 * 1024;
constexpr long max_receive = 1024 * 1024;
constexpr long max_reply_parts = 1024; // IOV_MAX
constexpr long max_pseudo = 256;       // tun and tap interfaces

size_t round_down_to_power_of_2(long v)
{
    size_t p = 1;
    while (p * 2 <= static_cast<size_t>(v))
        p *= 2;
    return p;
}

template <typename T>
void assign(T& to, long value)
{
    to = static_cast<T>(value);
}

void set_fastforward(CommandLine& c, long v)
{
    c.stack.fastforward = v != 0;
    c.stack.fastforward_given = true;
    if (v != 0)
        c.stack.forwarding = true;
}

constexpr NumberRow rows[] = {
    {"bigpage_strict", Value::none, 0, 0,
     [](CommandLine& c, long) { c.stack.mbufs.big_pages = true; }},
    {"bigstack", Value::optional, page, max_stack,
     [](CommandLine& c, long v) { assign(c.load_stack.big_size, v != 0 ? v : 128 * 1024); }},
    {"cache", Value::needed, 0, 0, [](CommandLine& c, long) { c.stack.mbufs.caching = false; }},
    {"confstr_monitor", Value::none, 0, 0,
     [](CommandLine& c, long) { c.server.monitor_hostname = true; }},
    {"fastforward", Value::needed, 0, 1, set_fastforward},
    {"forward", Value::none, 0, 0, [](CommandLine& c, long) { c.stack.forwarding = true; }},
    {"mbuf_cache", Value::needed, 0, max_cache,
     [](CommandLine& c, long v) { assign(c.stack.mbufs.mbuf_cache, v); }},
    {"mclbytes", Value::needed, MCLBYTES, max_cluster,
     [](CommandLine& c, long v) { c.stack.mbufs.cluster_size = round_down_to_power_of_2(v); }},
    {"mtag_cache", Value::needed, 0, max_cache,
     [](CommandLine& c, long v) { assign(c.stack.mbufs.mtag_cache, v); }},
    {"num_pool_cache", Value::needed, 1, MbufLimits::max_pool_caches,
     [](CommandLine& c, long v) { assign(c.stack.mbufs.pool_caches, v); }},
    {"num_tap_interface", Value::needed, 0, max_pseudo,
     [](CommandLine& c, long v) { assign(c.stack.tap_interfaces, v); }},
    {"num_tun_control_interface", Value::needed, 0, max_pseudo,
     [](CommandLine& c, long v) { assign(c.stack.tun_control_interfaces, v); }},
    {"pagesize", Value::needed, page, max_page,
     [](CommandLine& c, long v) { c.stack.mbufs.page_size = round_down_to_power_of_2(v); }},
    {"pkt_cache", Value::needed, 0, max_cache,
     [](CommandLine& c, long v) { assign(c.stack.mbufs.pkt_cache, v); }},
    {"recv_ctxt", Value::needed, 2048, max_receive,
     [](CommandLine& c, long v) { assign(c.server.receive_context, v); }},
    {"reply_ctxt", Value::needed, 32, max_reply_parts,
     [](CommandLine& c, long v) { assign(c.server.reply_parts, v); }},
    {"reuseport_unicast", Value::none, 0, 0,
     [](CommandLine& c, long) { c.stack.reuseport_unicast = true; }},
    {"rx_prio", Value::needed, 1, 255,
     [](CommandLine& c, long v) { assign(c.runtime.rx_priority, v); }},
    {"rx_pulse_prio", Value::needed, 1, 255,
     [](CommandLine& c, long v) { assign(c.runtime.rx_priority, v); }},
    {"so_txprio_enable", Value::none, 0, 0,
     [](CommandLine& c, long) { c.stack.txprio_enabled = true; }},
    {"somaxconn", Value::needed, SOMAXCONN, no_limit,
     [](CommandLine& c, long v) { assign(c.stack.somaxconn, v); }},
    {"stackguard", Value::none, 0, 0, [](CommandLine& c, long) { c.load_stack.guard = true; }},
    {"stacksize", Value::needed, page, max_stack,
     [](CommandLine& c, long v) { assign(c.load_stack.size, v); }},
    {"strict_ts", Value::none, 0, 0,
     [](CommandLine& c, long) { c.stack.strict_timestamps = true; }},
    {"threads_incr", Value::needed, 1, no_limit,
     [](CommandLine& c, long v) { assign(c.server.limits.increment, v); }},
    {"threads_max", Value::needed, 4, no_limit,
     [](CommandLine& c, long v) {
         assign(c.server.limits.maximum, v);
         c.server.limits.enforced = true;
     }},
    {"threads_min", Value::needed, 4, no_limit,
     [](CommandLine& c, long v) {
         assign(c.server.limits.minimum, v);
         c.threads_min_given = true;
     }},
    {"timer_pulse_prio", Value::needed, 1, 255,
     [](CommandLine& c, long v) { assign(c.runtime.timer_priority, v); }},
};

constexpr const char* not_yet[] = {"ipsec", "pfil_ipsec"};

bool set_forward6(CommandLine& out, const char* value)
{
    if (value != nullptr)
        return complain("tcpip option forward6 takes no value");
    if (!variant_has_ipv6())
        return complain("tcpip option forward6: only io-pkt-v6-hc knows IPv6");
    out.stack.forwarding6 = true;
    return true;
}

bool set_ipid_reserved(CommandLine& out, const char* value)
{
    long v;
    if (!parse_number("tcpip option ipid_reserved=", value, 2, 32768, v))
        return false;
    if ((v & (v - 1)) != 0)
        return complain("tcpip option ipid_reserved=%ld: want a power of two from 2 to 32768", v);
    out.stack.ipid_reserved = static_cast<uint32_t>(v);
    return true;
}

bool set_fib_map(CommandLine& out, const char* value)
{
    for (const char* at = value; at != nullptr && *at != '\0';) {
        unsigned gid;
        unsigned fib;
        int used = 0;
        const bool good = sscanf(at, "%9u_%3u%n", &gid, &fib, &used) == 2 &&
                          (at[used] == ';' || at[used] == '\0') && at[0] != '+' &&
                          !(at[used] == ';' && at[used + 1] == '\0');
        if (!good)
            return complain("tcpip option mfib_gid_map=%s: want gid_fib[;gid_fib...]", value);
        if (fib >= GidFibs::fib_count)
            return complain("tcpip option mfib_gid_map=%s: fib %u: want 0 to %u", value, fib,
                            GidFibs::fib_count - 1);
        if (!out.server.gid_fibs.add(gid, fib))
            return complain("tcpip option mfib_gid_map=%s: more than %u groups", value,
                            GidFibs::max_entries);
        at += used + (at[used] == ';');
    }
    if (value == nullptr || *value == '\0')
        return complain("tcpip option mfib_gid_map= needs a value: gid_fib[;gid_fib...]");
    return true;
}

bool set_prefix(CommandLine& out, const char* value)
{
    size_t n = value != nullptr ? strlen(value) : 0;
    if (n < 2 || n > 200 || value[0] != '/' || value[n - 1] == '/' ||
        strstr(value, "//") != nullptr)
        return complain("tcpip option prefix=%s: want a path like /alt",
                        value != nullptr ? value : "");
    out.server.prefix = value;
    return true;
}

// A wrong value is no error here: the manual has it logged.
bool set_smmu(CommandLine& out, const char* value)
{
    const char* text = value != nullptr ? value : "";
    const bool on = strcmp(text, "1") == 0 || strcmp(text, "on") == 0;
    const bool off = strcmp(text, "0") == 0 || strcmp(text, "off") == 0;
    out.smmu_required = on;
    out.bad_smmu = on || off ? nullptr : text;
    return true;
}

bool set_typed_memory(CommandLine& out, const char* value)
{
    if (value == nullptr || *value == '\0')
        return complain("tcpip option pkt_typed_mem needs the name of a typed memory object");
    out.typed_memory = value;
    return true;
}

struct TextRow {
    const char* name;
    bool (*set)(CommandLine& out, const char* value);
};

constexpr TextRow text_rows[] = {
    {"forward6", set_forward6}, {"ipid_reserved", set_ipid_reserved}, {"mfib_gid_map", set_fib_map},
    {"prefix", set_prefix},     {"pkt_typed_mem", set_typed_memory},  {"smmu", set_smmu},
};

bool apply_number(CommandLine& out, const NumberRow& row, const char* value)
{
    if (row.value == Value::none && value != nullptr)
        return complain("tcpip option %s takes no value", row.name);
    if (row.value == Value::needed && value == nullptr)
        return complain("tcpip option %s needs a value: %s=N", row.name, row.name);
    long number = 0;
    char what[64];
    snprintf(what, sizeof what, "tcpip option %s=", row.name);
    if (value != nullptr && !parse_number(what, value, row.minimum, row.maximum, number))
        return false;
    row.set(out, number);
    return true;
}

bool apply(CommandLine& out, const char* name, const char* value)
{
    for (const TextRow& row : text_rows)
        if (strcmp(row.name, name) == 0)
            return row.set(out, value);
    for (const NumberRow& row : rows)
        if (strcmp(row.name, name) == 0)
            return apply_number(out, row, value);
    for (const char* later : not_yet)
        if (strcmp(later, name) == 0)
            return complain("tcpip option %s is not supported yet", name);
    return complain("unknown tcpip option \"%s\"", name);
}

} // namespace

bool parse_tcpip_options(char* text, CommandLine& out)
{
    while (text != nullptr) {
        char* name = strsep(&text, ",");
        if (*name == '\0')
            return complain("empty tcpip option (a comma too many?)");
        char* value = strchr(name, '=');
        if (value != nullptr)
            *value++ = '\0';
        if (!apply(out, name, value))
            return false;
    }
    return true;
}

bool check_tcpip_options(CommandLine& out)
{
    const MbufLimits& m = out.stack.mbufs;
    if (m.cluster_size > m.page_size)
        return complain("tcpip option mclbytes=%zu: more than pagesize=%zu", m.cluster_size,
                        m.page_size);
    ParkedLimits& limits = out.server.limits;
    if (!out.threads_min_given && limits.minimum > limits.maximum)
        limits.minimum = limits.maximum; // a threads_max below the default minimum
    if (limits.minimum > limits.maximum)
        return complain("tcpip option threads_min=%u: more than threads_max=%u", limits.minimum,
                        limits.maximum);
    // forward enables fastforward unless that was given.
    if (out.stack.forwarding && !out.stack.fastforward_given)
        out.stack.fastforward = true;
    return true;
}

} // namespace netmgr
