// SPDX-License-Identifier: Apache-2.0
// netstat: sockets, routes, interfaces and counters of the stack.
#include <string.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/route_table.hpp"
#include "netstat.hpp"

QNX_USAGE("%C - show the state of the network\n\n"
          "%C [-AanT] [-f family]              sockets\n"
          "%C -r [-anLT] [-f family] [-F fib|a] routes\n"
          "%C -i [-bdnt] [-I interface]        interfaces\n"
          "%C -I interface -w seconds          packets as time goes\n"
          "%C -s [-s] [-p protocol] [-f family] counters; -s twice: no zeros\n"
          "%C -p protocol                      counters of one protocol\n"
          "%C -m                               mbufs\n"
          "%C -g [-n]                          multicast groups\n"
          "%C -P block [-p tcp]                a connection's control block, as -A names it\n"
          " -A  with control block numbers   -a  servers too; routes: clones too\n"
          " -b  bytes                        -d  drops\n"
          " -F  forwarding table 0-15 or a   -f  inet, inet6, local, unix, route, arp\n"
          " -L  no link-level routes         -n  addresses as numbers\n"
          " -t  watchdog timers              -v  names in full\n")

Options options;

namespace {

int family_of(const char* name)
{
    if (strcmp(name, "inet") == 0)
        return AF_INET;
    if (strcmp(name, "local") == 0 || strcmp(name, "unix") == 0)
        return AF_LOCAL;
    if (strcmp(name, "route") == 0)
        return AF_ROUTE;
    if (strcmp(name, "inet6") == 0)
        return AF_INET6;
    return strcmp(name, "arp") == 0 ? AF_ARP : -1;
}

int show_all_fibs()
{
    int status = 0;
    const int first = options.fib == -1 ? 0 : options.fib;
    const int last = options.fib == -1 ? 15 : options.fib;
    for (int fib = first; fib <= last && status == 0; ++fib) {
        RouteTableOptions table;
        table.numeric = options.numeric;
        table.all = options.all;
        table.hide_link = options.hide_link;
        table.family = options.family;
        table.fib = fib;
        if (options.fib == -1)
            printf("%sFIB %d\n", fib == 0 ? "" : "\n", fib);
        if (!print_route_table(table))
            status = util::complain("routing table");
    }
    return status;
}

bool parse_fib(const char* text)
{
    long fib = 0;
    if (strcmp(text, "a") == 0)
        fib = -1;
    else if (!util::number(text, fib, 10) || fib < 0 || fib > 15)
        return util::say("bad FIB: %s", text), false;
    options.fib = static_cast<int>(fib);
    return true;
}

// What the letters choose; sockets when none does.
struct Wanted {
    bool routes = false, interfaces = false, mbufs = false, groups = false;
};

bool parse_options(int argc, char* argv[], Wanted& wanted)
{
    const util::Flag flags[] = {
        {'A', &options.pcb_address}, {'a', &options.all},   {'b', &options.bytes},
        {'d', &options.drops},       {'g', &wanted.groups}, {'i', &wanted.interfaces},
        {'L', &options.hide_link},   {'m', &wanted.mbufs},  {'r', &wanted.routes},
        {'t', &options.watchdog},    {'v', &options.wide},
    };
    for (int c; (c = getopt(argc, argv, "AabdF:f:gI:iLmnP:p:rSsTtvw:")) != -1;) {
        if (util::set_flag(flags, c))
            continue;
        switch (c) {
        case 'F':
            if (!parse_fib(optarg))
                return false;
            break;
        case 'f':
            options.family = family_of(optarg);
            if (options.family == -1)
                return util::say("%s: unknown address family", optarg), false;
            break;
        case 'I':
            options.interface = optarg;
            wanted.interfaces = true;
            break;
        case 'n':
        case 'S': // symbolic ports need the services file, which -n leaves alone
            options.numeric = true;
            break;
        case 'P':
            options.block = optarg;
            break;
        case 'p':
            options.protocol = optarg;
            break;
        case 's':
            options.statistics++;
            break;
        case 'T':
            break; // the resolver uses TCP where it must
        case 'w':
            if (!util::number(optarg, options.wait, 10) || options.wait < 1)
                return util::say("bad interval: %s", optarg), false;
            break;
        default:
            return util::say("bad option; see use %s", util::program), false;
        }
    }
    return true;
}

int show(const Wanted& wanted)
{
    if (wanted.mbufs)
        return show_mbufs();
    if (options.block != nullptr)
        return show_control_block();
    if (wanted.groups)
        return show_groups();
    if (options.wait != 0)
        return show_interface_rates();
    if (wanted.routes && options.statistics == 0)
        return show_routes();
    if (wanted.routes)
        options.protocol = "route";
    else if (wanted.interfaces)
        return show_interfaces();
    return options.statistics != 0 || options.protocol != nullptr ? show_statistics()
                                                                  : show_sockets();
}

} // namespace

int show_routes()
{
    return show_all_fibs();
}

int main(int argc, char* argv[])
{
    util::start(argv);
    Wanted wanted;
    if (!parse_options(argc, argv, wanted))
        return 1;
    return util::finish(show(wanted));
}
