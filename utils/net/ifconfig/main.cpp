// SPDX-License-Identifier: Apache-2.0
// ifconfig: options, and which interfaces are meant.
#include <net/if_media.h>
#include <unistd.h>

#include <abi/usage.h>

#include "ifconfig.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - show and configure network interfaces\n\n"
          "%C interface [inet] [address[/bits] [dest_address]] [parameters]\n"
          "%C interface inet6 address[/bits] [prefixlen N] [alias|-alias|delete] [anycast]\n"
          "   [pltime S] [vltime S]\n"
          "%C [-hLmvz] interface [protocol_family]\n"
          "%C -a [-bdhmsuvz] [protocol_family]\n"
          "%C -l [-b] [-d] [-u] [-s]\n"
          "%C -s interface     exit status 1 when it has no carrier\n"
          "%C -C               names of interfaces that can be created\n"
          " -L lifetimes of IPv6 addresses\n"
          " -b broadcast only  -d down only  -u up only  -s connected only\n"
          " -m media list  -v counters  -h human units  -z print and zero counters\n"
          "Parameters: alias -alias delete up down create destroy netmask M prefixlen N broadcast "
          "A mtu N metric N\n"
          " [-]arp [-]debug [-]link0..2 media T mediaopt O -mediaopt O instance N name NEW\n"
          " vlan TAG vlanif IF vlanprio N -vlanif   link MAC [active]\n"
          " addfib N delfib N setfib N getfib\n"
          " [-]{ip4,tcp4,udp4,tcp6,udp6}csum[-rx|-tx] [-]tso4\n")

Options options;
int question = -1;

struct ifreq request_for(const char* interface)
{
    struct ifreq request = {};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    return request;
}

namespace {

int family_of(const char* word)
{
    struct Family {
        const char* name;
        int number;
    };
    constexpr Family families[] = {{"inet", AF_INET}, {"inet6", AF_INET6}, {"link", AF_LINK}};
    for (const Family& each : families) {
        if (strcmp(word, each.name) == 0)
            return each.number;
    }
    return AF_UNSPEC;
}

bool selected(const struct ifaddrs& link)
{
    bool up = (link.ifa_flags & IFF_UP) != 0;
    if (options.broadcast_only && (link.ifa_flags & IFF_BROADCAST) == 0)
        return false;
    if ((options.down_only && up) || (options.up_only && !up))
        return false;
    return !options.connected_only || has_carrier(link.ifa_name);
}

int show_many(int family)
{
    struct ifaddrs* list = nullptr;
    if (getifaddrs(&list) == -1)
        return util::complain("getifaddrs");
    const char* between = "";
    for (struct ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr->sa_family != AF_LINK || !selected(*entry))
            continue;
        if (options.names_only) {
            printf("%s%s", between, entry->ifa_name);
            between = " ";
        } else {
            print_interface(list, *entry, family);
        }
    }
    if (options.names_only)
        putchar('\n');
    freeifaddrs(list);
    return util::finish(0);
}

int show_one(const char* name, int family)
{
    struct ifaddrs* list = nullptr;
    if (getifaddrs(&list) == -1)
        return util::complain("getifaddrs");
    for (struct ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr->sa_family != AF_LINK || strcmp(entry->ifa_name, name) != 0)
            continue;
        print_interface(list, *entry, family);
        return util::finish(0);
    }
    return util::complain(name, ENXIO);
}

int show_cloners()
{
    struct if_clonereq request = {};
    if (ask(SIOCIFGCLONERS, &request) == -1)
        return util::complain("SIOCIFGCLONERS");
    char names[64][IFNAMSIZ];
    request.ifcr_count = request.ifcr_total < 64 ? request.ifcr_total : 64;
    request.ifcr_buffer = names[0];
    if (ask(SIOCIFGCLONERS, &request) == -1)
        return util::complain("SIOCIFGCLONERS");
    for (int i = 0; i < request.ifcr_count; ++i)
        printf(i == 0 ? "%s" : " %s", names[i]);
    putchar('\n');
    return util::finish(0);
}

bool exists(const char* name)
{
    struct ifreq request = request_for(name);
    return ask(SIOCGIFFLAGS, &request) == 0;
}

int carrier_status(const char* name)
{
    if (!exists(name))
        return util::complain(name);
    return has_carrier(name) ? 0 : 1;
}

int for_interface(char* argv[])
{
    const char* name = argv[0];
    char** words = argv + 1;
    if (strlen(name) >= IFNAMSIZ)
        return util::complain(name, ENXIO);
    int family = AF_UNSPEC;
    if (*words != nullptr && (family = family_of(*words)) != AF_UNSPEC)
        words++;
    if (options.connected_only)
        return carrier_status(name);
    if (*words == nullptr)
        return show_one(name, family);
    bool makes_it = strcmp(*words, "create") == 0;
    if (!makes_it && !exists(name))
        return util::complain(name);
    if (family == AF_LINK)
        return set_link_address(name, words);
    if (family == AF_INET6)
        return run_inet6_commands(name, words);
    return run_commands(name, words);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool cloners = false;
    for (int c; (c = getopt(argc, argv, "+abCdhLlmsuvz")) != -1;) {
        switch (c) {
        case 'a':
            options.all = true;
            break;
        case 'b':
            options.broadcast_only = true;
            break;
        case 'C':
            cloners = true;
            break;
        case 'd':
            options.down_only = true;
            break;
        case 'h':
            options.human = true;
            break;
        case 'L':
            options.lifetimes = true; // of IPv6 addresses
            break;
        case 'l':
            options.names_only = true;
            break;
        case 'm':
            options.media = true;
            break;
        case 's':
            options.connected_only = true;
            break;
        case 'u':
            options.up_only = true;
            break;
        case 'v':
            options.counters = true;
            break;
        case 'z':
            options.zero = true;
            break;
        default:
            return 1;
        }
    }
    question = socket(AF_INET, SOCK_DGRAM, 0);
    if (question == -1)
        return util::complain("socket");
    if (cloners)
        return show_cloners();
    char** rest = argv + optind;
    if (options.all || options.names_only || *rest == nullptr)
        return show_many(*rest != nullptr ? family_of(*rest) : AF_UNSPEC);
    return for_interface(rest);
}
