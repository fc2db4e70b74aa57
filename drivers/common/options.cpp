// SPDX-License-Identifier: Apache-2.0
// Options are split at commas; each is looked up in the driver's rows, then in those of all cards.
#include "common/options.hpp"

#include <errno.h>
#include <limits.h>
#include <netdrvr/nicsupport.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>

namespace nic {

namespace {

constexpr OptionRow common_rows[] = {
    {"vid", Kind::number, 0, 0xffff, [](Options& o, long v) { o.vid = static_cast<int>(v); }},
    {"did", Kind::number, 0, 0xffff, [](Options& o, long v) { o.did = static_cast<int>(v); }},
    {"pci", Kind::number, 0, 255, [](Options& o, long v) { o.pci_index = static_cast<int>(v); }},
    {"memrange", Kind::number, 1, LONG_MAX,
     [](Options& o, long v) { o.registers_at = static_cast<uint64_t>(v); }},
    {"irq", Kind::number, 0, 0xffff, [](Options& o, long v) { o.irq = static_cast<int>(v); }},
    {"mac", Kind::mac, 0, 0, nullptr},
    {"priority", Kind::number, 1, 255,
     [](Options& o, long v) { o.priority = static_cast<unsigned>(v); }},
    {"mtu", Kind::number, 68, 9000, [](Options& o, long v) { o.mtu = static_cast<unsigned>(v); }},
    {"nomulticast", Kind::flag, 0, 0, [](Options& o, long) { o.multicast = false; }},
    {"verbose", Kind::raise, 0, 9,
     [](Options& o, long v) { o.verbose = static_cast<unsigned>(v); }},
};

const OptionRow* find(std::span<const OptionRow> rows, const char* name)
{
    for (const OptionRow& row : rows)
        if (strcmp(row.name, name) == 0)
            return &row;
    return nullptr;
}

int bad(const char* driver, const char* name, const char* why)
{
    log(LOG_ERR, "%s: option %s: %s", driver, name, why);
    return EINVAL;
}

int parse_number(const char* driver, const OptionRow& row, const char* value, long& out)
{
    if (value == nullptr || *value == '\0')
        return bad(driver, row.name, "needs a value");
    char* end;
    errno = 0;
    out = strtol(value, &end, 0);
    if (errno == 0 && *end == '\0' && out >= row.min && out <= row.max)
        return 0;
    log(LOG_ERR, "%s: option %s=%s: want %ld to %ld", driver, row.name, value, row.min, row.max);
    return EINVAL;
}

int parse_mac(const char* driver, const char* value, Options& options)
{
    if (value == nullptr || nic_strtomac(value, options.mac) != 0)
        return bad(driver, "mac", "want 12 hexadecimal digits");
    if (options.mac[0] & 1)
        return bad(driver, "mac", "is a multicast address");
    options.have_mac = true;
    return 0;
}

int apply(const char* driver, const OptionRow& row, const char* value, Options& options)
{
    long v = 0;
    if (row.kind == Kind::mac)
        return parse_mac(driver, value, options);
    if (row.kind == Kind::flag && value != nullptr)
        return bad(driver, row.name, "takes no value");
    if (row.kind == Kind::raise && value == nullptr)
        v = options.verbose + 1;
    else if (row.kind != Kind::flag)
        if (int err = parse_number(driver, row, value, v))
            return err;
    row.set(options, v);
    return 0;
}

} // namespace

int parse_options(const char* driver, char* text, std::span<const OptionRow> own, Options& options)
{
    while (text != nullptr && *text != '\0') {
        char* name = strsep(&text, ",");
        if (*name == '\0')
            continue;
        char* value = strchr(name, '=');
        if (value != nullptr)
            *value++ = '\0';
        const OptionRow* row = find(own, name);
        if (row == nullptr)
            row = find(common_rows, name);
        if (row == nullptr)
            return bad(driver, name, "unknown");
        if (int err = apply(driver, *row, value, options))
            return err;
    }
    return 0;
}

} // namespace nic
