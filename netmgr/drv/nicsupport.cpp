// SPDX-License-Identifier: Apache-2.0
// Helpers that drivers share: netdrvr/nicsupport.h, sys/cache.h and delay().
#include <netdrvr/nicsupport.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/cache.h>
#include <sys/io-pkt.h>
#include <sys/neutrino.h>
#include <sys/syslog.h>
#include <sys/syspage.h>

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool to_number(const char* value, unsigned long max, uint32_t& out)
{
    if (value == nullptr || *value == '\0')
        return false;
    char* end;
    errno = 0;
    unsigned long v = strtoul(value, &end, 0);
    if (errno != 0 || *end != '\0' || v > max)
        return false;
    out = static_cast<uint32_t>(v);
    return true;
}

bool name_is(const char* option, const char* name)
{
    size_t n = strlen(name);
    return strncmp(option, name, n) == 0 && (option[n] == '=' || option[n] == '\0');
}

int parse_flag_option(nic_config_t& config, const char* option)
{
    if (strcmp(option, "nomulticast") == 0)
        config.flags &= ~static_cast<uint32_t>(NIC_FLAG_MULTICAST);
    else if (strcmp(option, "promiscuous") == 0)
        config.flags |= NIC_FLAG_PROMISCUOUS;
    else if (strcmp(option, "verbose") == 0)
        config.verbose++;
    else
        return EINVAL;
    return EOK;
}

} // namespace

extern "C" int nic_strtomac(const char* text, unsigned char* mac)
{
    for (int i = 0; i < 6; i++) {
        if (i != 0 && *text == ':')
            text++;
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return -1;
        mac[i] = static_cast<unsigned char>(high << 4 | low);
        text += 2;
    }
    return *text == '\0' ? 0 : -1;
}

extern "C" int nic_parse_options(nic_config_t* config, const char* option)
{
    const char* value = strchr(option, '=');
    if (value == nullptr)
        return parse_flag_option(*config, option);
    value++;
    if (name_is(option, "mac")) {
        if (nic_strtomac(value, config->current_address) != 0)
            return EINVAL;
        config->mac_length = NIC_ADDR_LEN;
        return EOK;
    }
    uint32_t v = 0;
    struct Row {
        const char* name;
        unsigned long max;
        uint32_t* where;
    };
    uint32_t duplex = 0;
    uint32_t verbose = 0;
    const Row rows[] = {
        {"irq", 0xffff, &config->irq[0]}, {"priority", 255, &config->priority},
        {"mtu", 65535, &config->mtu},     {"mru", 65535, &config->mru},
        {"lan", 255, &config->lan},       {"deviceindex", 0xffffffff, &config->device_index},
        {"media", 0xff, &config->media},  {"duplex", 1, &duplex},
        {"verbose", 9, &verbose},
    };
    for (const Row& row : rows) {
        if (!name_is(option, row.name))
            continue;
        if (!to_number(value, row.max, v))
            return EINVAL;
        *row.where = v;
        if (row.where == &config->irq[0])
            config->num_irqs = 1;
        if (row.where == &duplex)
            config->duplex = static_cast<int8_t>(v);
        if (row.where == &verbose)
            config->verbose = static_cast<uint8_t>(v);
        return EOK;
    }
    return EINVAL;
}

extern "C" void nic_dump_config(const nic_config_t* c)
{
    log(LOG_INFO, "%s: mac %02x%02x%02x%02x%02x%02x irq 0x%x mtu %u priority %u",
        c->device_description, c->current_address[0], c->current_address[1], c->current_address[2],
        c->current_address[3], c->current_address[4], c->current_address[5], c->irq[0], c->mtu,
        c->priority);
}

extern "C" int cache_init(int flags, cache_ctrl* info, const char*)
{
    *info = {-1, 64, static_cast<unsigned>(flags)};
    return 0;
}

extern "C" int cache_fini(cache_ctrl*)
{
    return 0;
}

extern "C" void nw_delay(int usec)
{
    uint64_t cycles =
        SYSPAGE_ENTRY(qtime)->cycles_per_sec / 1000000 * static_cast<uint64_t>(usec > 0 ? usec : 0);
    uint64_t start = ClockCycles();
    while (ClockCycles() - start < cycles)
        __builtin_ia32_pause();
}
