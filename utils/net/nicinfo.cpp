// SPDX-License-Identifier: Apache-2.0
// nicinfo: what network drivers tell about their hardware, and their counters.
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <net/ifdrvcom.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - show facts and counters of network adapters\n\n"
          "%C [-c|-g|-s] [-v] [interface...]\n"
          " -c   configuration only\n"
          " -g   general counters\n"
          " -s   all counters\n"
          " -v   counters the driver does not report too\n")

namespace {

struct Options {
    bool config = true, general = true, detailed = true;
};

void label(const char* text, int indent = 2)
{
    constexpr int column = 46;
    int printed = printf("%*s%s ", indent, "", text);
    while (printed++ < column)
        putchar('.');
    putchar(' ');
}

void number(const char* text, unsigned long long value)
{
    label(text);
    printf("%llu\n", value);
}

void node_id(const char* text, const uint8_t* mac)
{
    label(text);
    printf("%02X%02X%02X %02X%02X%02X\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

const char* connector_name(unsigned connector)
{
    switch (connector) {
    case NIC_CONNECTOR_UTP:
        return "UTP";
    case NIC_CONNECTOR_STP:
        return "STP";
    case NIC_CONNECTOR_BNC:
        return "BNC";
    case NIC_CONNECTOR_MII:
        return "MII";
    case NIC_CONNECTOR_FIBRE:
        return "Fibre";
    default:
        return nullptr;
    }
}

void windows(const char* text, const nic_window_t* window, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < 2; ++i) {
        label(text);
        printf("0x%llx - 0x%llx\n", static_cast<unsigned long long>(window[i].window_base),
               static_cast<unsigned long long>(window[i].window_base + window[i].window_size - 1));
    }
}

void print_rate(const nic_config_t& c)
{
    if ((c.flags & NIC_FLAG_LINK_DOWN) != 0) {
        printf("  Link is down\n");
        return;
    }
    if (c.media_rate == 0)
        return;
    label("Current Operation Rate");
    printf("%u.%02u Mb/s", c.media_rate / 1000, c.media_rate % 1000 / 10);
    printf("%s\n", c.duplex == 1 ? " full-duplex" : c.duplex == 0 ? " half-duplex" : "");
}

void print_config(const nic_config_t& c)
{
    printf("  %.*s\n", static_cast<int>(sizeof c.device_description), c.device_description);
    node_id("Physical Node ID", c.permanent_address);
    node_id("Current Physical Node ID", c.current_address);
    print_rate(c);
    if (const char* connector = connector_name(c.connector)) {
        label("Active Interface Type");
        printf("%s\n", connector);
        if (c.connector == NIC_CONNECTOR_MII) {
            label("Active PHY address", 4);
            printf("%u\n", c.phy_addr);
        }
    }
    number("Maximum Transmittable data Unit", c.mtu);
    number("Maximum Receivable data Unit", c.mru);
    for (uint32_t i = 0; i < c.num_irqs && i < 4; ++i) {
        label("Hardware Interrupt");
        printf("0x%x\n", c.irq[i]);
    }
    windows("I/O Aperture", c.io_window, c.num_io_windows);
    windows("Memory Aperture", c.mem_window, c.num_mem_windows);
    label("Promiscuous Mode");
    printf("%s\n", (c.flags & NIC_FLAG_PROMISCUOUS) != 0 ? "On" : "Off");
    label("Multicast Support");
    printf("%s\n", (c.flags & NIC_FLAG_MULTICAST) != 0 ? "Enabled" : "Disabled");
}

bool verbose;

void counter(const char* text, uint64_t value, bool known)
{
    if (known || verbose)
        number(text, value);
}

void print_transmit(const nic_stats_t& s, const Options& options)
{
    const nic_ethernet_stats_t& e = s.un.estats;
    number("Packets Transmitted OK", s.txed_ok);
    number("Bytes Transmitted OK", s.octets_txed_ok);
    counter("Broadcast Packets Transmitted OK", s.txed_broadcast,
            (s.valid_stats & NIC_STAT_TXED_BROADCAST) != 0);
    counter("Multicast Packets Transmitted OK", s.txed_multicast,
            (s.valid_stats & NIC_STAT_TXED_MULTICAST) != 0);
    counter("Memory Allocation Failures on Transmit", s.tx_failed_allocs,
            (s.valid_stats & NIC_STAT_TX_FAILED_ALLOCS) != 0);
    if (!options.detailed)
        return;
    counter("Single Collisions on Transmit", e.single_collisions,
            (e.valid_stats & NIC_ETHER_STAT_SINGLE_COLLISIONS) != 0);
    counter("Multiple Collisions on Transmit", e.multi_collisions,
            (e.valid_stats & NIC_ETHER_STAT_MULTI_COLLISIONS) != 0);
    counter("Deferred Transmits", e.tx_deferred, (e.valid_stats & NIC_ETHER_STAT_TX_DEFERRED) != 0);
    counter("Late Collision on Transmit errors", e.late_collisions,
            (e.valid_stats & NIC_ETHER_STAT_LATE_COLLISIONS) != 0);
    counter("Transmits aborted (excessive collisions)", e.xcoll_aborted,
            (e.valid_stats & NIC_ETHER_STAT_XCOLL_ABORTED) != 0);
    counter("Transmit Underruns", e.internal_tx_errors,
            (e.valid_stats & NIC_ETHER_STAT_INTERNAL_TX_ERRORS) != 0);
    counter("No Carrier on Transmit", e.no_carrier,
            (e.valid_stats & NIC_ETHER_STAT_NO_CARRIER) != 0);
    counter("SQE errors", e.sqe_errors, (e.valid_stats & NIC_ETHER_STAT_SQE_ERRORS) != 0);
}

void print_receive(const nic_stats_t& s, const Options& options)
{
    const nic_ethernet_stats_t& e = s.un.estats;
    number("Packets Received OK", s.rxed_ok);
    number("Bytes Received OK", s.octets_rxed_ok);
    counter("Broadcast Packets Received OK", s.rxed_broadcast,
            (s.valid_stats & NIC_STAT_RXED_BROADCAST) != 0);
    counter("Multicast Packets Received OK", s.rxed_multicast,
            (s.valid_stats & NIC_STAT_RXED_MULTICAST) != 0);
    counter("Memory Allocation Failures on Receive", s.rx_failed_allocs,
            (s.valid_stats & NIC_STAT_RX_FAILED_ALLOCS) != 0);
    if (!options.detailed)
        return;
    counter("Receive Alignment errors", e.align_errors,
            (e.valid_stats & NIC_ETHER_STAT_ALIGN_ERRORS) != 0);
    counter("Received packets with CRC errors", e.fcs_errors,
            (e.valid_stats & NIC_ETHER_STAT_FCS_ERRORS) != 0);
    counter("Packets Dropped on receive", e.internal_rx_errors,
            (e.valid_stats & NIC_ETHER_STAT_INTERNAL_RX_ERRORS) != 0);
    counter("Oversized Packets received", e.oversized_packets,
            (e.valid_stats & NIC_ETHER_STAT_OVERSIZED_PACKETS) != 0);
    counter("Short packets", e.short_packets, (e.valid_stats & NIC_ETHER_STAT_SHORT_PACKETS) != 0);
    counter("Jabber detected", e.jabber_detected,
            (e.valid_stats & NIC_ETHER_STAT_JABBER_DETECTED) != 0);
}

template <typename Data>
bool ask(int fd, const char* name, uint32_t command, Data* data)
{
    memset(data, 0, sizeof *data);
    auto* cmd = &data->dcom_cmd;
    strncpy(cmd->ifdc_name, name, IFNAMSIZ - 1);
    cmd->ifdc_cmd = command;
    cmd->ifdc_len = sizeof *data - sizeof *cmd;
    return ioctl(fd, static_cast<int>(SIOCGDRVCOM), data) == 0;
}

// What can be said without the driver's help.
void generic(const struct ifaddrs& entry, const Options& options)
{
    auto* link = reinterpret_cast<const struct sockaddr_dl*>(entry.ifa_addr);
    auto* data = static_cast<const struct if_data*>(entry.ifa_data);
    if (options.config && link->sdl_alen == 6)
        node_id("Physical Node ID", reinterpret_cast<const uint8_t*>(CLLADDR(link)));
    if (!options.general || data == nullptr)
        return;
    number("Packets Transmitted OK", data->ifi_opackets);
    number("Bytes Transmitted OK", data->ifi_obytes);
    number("Packets Received OK", data->ifi_ipackets);
    number("Bytes Received OK", data->ifi_ibytes);
}

bool show(int fd, const struct ifaddrs& entry, const Options& options)
{
    static struct drvcom_config config;
    static struct drvcom_stats stats;
    printf("%s:\n", entry.ifa_name);
    bool has_config = ask(fd, entry.ifa_name, DRVCOM_CONFIG, &config);
    bool has_stats = ask(fd, entry.ifa_name, DRVCOM_STATS, &stats);
    if (!has_config || !has_stats) {
        generic(entry, options);
        return true;
    }
    if (options.config)
        print_config(config.dcom_config);
    if (options.general) {
        print_transmit(stats.dcom_stats, options);
        print_receive(stats.dcom_stats, options);
    }
    return true;
}

bool selected(const char* name, char* const names[])
{
    if (*names == nullptr)
        return true;
    for (; *names != nullptr; ++names) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Options options;
    for (int c; (c = getopt(argc, argv, "cgsv")) != -1;) {
        switch (c) {
        case 'c':
            options.general = options.detailed = false;
            break;
        case 'g':
            options.config = options.detailed = false;
            break;
        case 's':
            options.config = false;
            break;
        case 'v':
            verbose = true;
            break;
        default:
            return 1;
        }
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifaddrs* list = nullptr;
    if (fd == -1 || getifaddrs(&list) == -1)
        return util::complain("network stack");
    int shown = 0;
    for (struct ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr->sa_family != AF_LINK || !selected(entry->ifa_name, argv + optind))
            continue;
        bool loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
        if (loopback && argv[optind] == nullptr)
            continue; // no adapter; only when asked for by name
        shown += show(fd, *entry, options);
    }
    if (shown == 0)
        return util::say(argv[optind] != nullptr ? "no such interface" : "no adapters");
    return util::finish(0);
}
