// SPDX-License-Identifier: Apache-2.0
// if_up: waits until an interface is there, is up with an address, or has a link.
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <abi/usage.h>
#include <net/if_media.h>

#include "lib/util.hpp"

QNX_USAGE("%C - wait for network interfaces\n\n"
          "%C [-alp] [-m ms] [-r retries] [-s secs] interface...\n"
          " -a           all of them (default: any one)\n"
          " -l           link is up (default: up and with an IP address)\n"
          " -p           present\n"
          " -m ms        time between looks\n"
          " -r retries   looks (default 5)\n"
          " -s secs      time between looks (default 1)\n"
          "Exit status: 0 it is so, 1 it is not.\n")

namespace {

enum class Wanted { address, link, present };

bool has_link(const char* name)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd == -1)
        return false;
    struct ifmediareq media = {};
    strncpy(media.ifm_name, name, IFNAMSIZ - 1);
    bool active = ioctl(fd, static_cast<int>(SIOCGIFMEDIA), &media) == 0 &&
                  (media.ifm_status & (IFM_AVALID | IFM_ACTIVE)) == (IFM_AVALID | IFM_ACTIVE);
    close(fd);
    return active;
}

bool fulfils(const struct ifaddrs& entry, Wanted wanted)
{
    switch (wanted) {
    case Wanted::present:
        return true;
    case Wanted::link:
        return has_link(entry.ifa_name);
    case Wanted::address:
        break;
    }
    bool address = entry.ifa_addr->sa_family == AF_INET || entry.ifa_addr->sa_family == AF_INET6;
    return address && (entry.ifa_flags & IFF_UP) != 0;
}

bool look(char* const names[], Wanted wanted, bool all)
{
    struct ifaddrs* list = nullptr;
    if (getifaddrs(&list) == -1)
        return false;
    bool every = true, any = false;
    for (; *names != nullptr; ++names) {
        bool found = false;
        for (struct ifaddrs* entry = list; entry != nullptr && !found; entry = entry->ifa_next)
            found = strcmp(entry->ifa_name, *names) == 0 && fulfils(*entry, wanted);
        every &= found;
        any |= found;
    }
    freeifaddrs(list);
    return all ? every : any;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Wanted wanted = Wanted::address;
    bool all = false;
    long retries = 5, pause_ms = 1000;
    for (int c; (c = getopt(argc, argv, "alpm:r:s:")) != -1;) {
        long value = 0;
        if (optarg != nullptr && (!util::number(optarg, value) || value < 0))
            return util::say("bad number: %s", optarg);
        switch (c) {
        case 'a':
            all = true;
            break;
        case 'l':
            wanted = Wanted::link;
            break;
        case 'p':
            wanted = Wanted::present;
            break;
        case 'm':
            pause_ms = value;
            break;
        case 'r':
            retries = value;
            break;
        case 's':
            pause_ms = value * 1000;
            break;
        default:
            return 1;
        }
        optarg = nullptr;
    }
    if (optind == argc)
        return util::say("which interface?");
    for (long i = 0;; ++i) {
        if (look(argv + optind, wanted, all))
            return 0;
        if (i >= retries)
            return 1;
        struct timespec pause = {pause_ms / 1000, pause_ms % 1000 * 1000000};
        nanosleep(&pause, nullptr);
    }
}
