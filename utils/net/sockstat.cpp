// SPDX-License-Identifier: Apache-2.0
// sockstat: which process has which socket open.
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/proc.hpp"
#include "lib/util.hpp"
#include "net/lib/sockets.hpp"

QNX_USAGE(
    "%C - who has which socket open\n\n"
    "%C [-46clnu] [-f family] [-p ports]\n"
    " -4 IPv4   -6 IPv6   -c connected ones   -l listening ones   -n numbers   -u local ones\n"
    " -f inet, inet6, local or unix           -p 80,7000-7010\n")

namespace {

struct Options {
    bool inet = false, inet6 = false, local = false;
    bool connected = false, listening = false, numeric = false;
    const char* ports = nullptr;
};
Options options;

bool port_wanted(unsigned port)
{
    for (const char* at = options.ports; at != nullptr && *at != '\0';) {
        char* end = nullptr;
        const unsigned long low = strtoul(at, &end, 10);
        unsigned long high = low;
        if (*end == '-')
            high = strtoul(end + 1, &end, 10);
        if (port >= low && port <= high)
            return true;
        at = *end == ',' ? end + 1 : end + strlen(end);
    }
    return options.ports == nullptr;
}

bool wanted(const socket_info& s)
{
    const bool any = !options.inet && !options.inet6 && !options.local;
    const bool family = any || (options.inet && s.si_domain == AF_INET) ||
                        (options.local && s.si_domain == AF_LOCAL);
    const bool connected = (s.si_flags & SI_CONNECTED) != 0;
    if (!family || (options.connected && !options.listening && !connected) ||
        (options.listening && !options.connected && connected))
        return false;
    if (options.ports == nullptr)
        return true;
    return s.si_domain == AF_INET && (port_wanted(sockets::port_of(s.si_local)) ||
                                      port_wanted(sockets::port_of(s.si_foreign)));
}

std::string user_text(uint32_t uid)
{
    const passwd* user = getpwuid(static_cast<uid_t>(uid));
    if (user != nullptr)
        return user->pw_name;
    char text[16];
    snprintf(text, sizeof text, "%u", uid);
    return uid == 0 ? "root" : text;
}

void print(const socket_info& s, const socket_descriptor& d)
{
    proc::Process process;
    const std::string name = proc::read(d.sd_pid, process, false) ? proc::base_name(process) : "?";
    printf("%-8s %-15.15s %-8d %-3d %-6s", user_text(d.sd_uid).c_str(), name.c_str(), d.sd_pid,
           d.sd_fd, sockets::protocol_text(s));
    if (s.si_domain == AF_INET)
        printf(" %-21s %s\n", sockets::endpoint_text(s.si_local, options.numeric).c_str(),
               sockets::endpoint_text(s.si_foreign, options.numeric).c_str());
    else
        printf(" %-21s %s\n",
               s.si_local.ss_family == 0 ? "-" : sockets::path_of(s.si_local).c_str(),
               s.si_foreign.ss_family == 0 ? "-" : sockets::path_of(s.si_foreign).c_str());
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    for (int c; (c = getopt(argc, argv, "46clnuf:p:")) != -1;) {
        switch (c) {
        case '4':
            options.inet = true;
            break;
        case '6':
            options.inet6 = true;
            break;
        case 'c':
            options.connected = true;
            break;
        case 'l':
            options.listening = true;
            break;
        case 'n':
            options.numeric = true;
            break;
        case 'u':
            options.local = true;
            break;
        case 'f':
            if (strcmp(optarg, "inet") == 0)
                options.inet = true;
            else if (strcmp(optarg, "inet6") == 0)
                options.inet6 = true;
            else if (strcmp(optarg, "local") == 0 || strcmp(optarg, "unix") == 0)
                options.local = true;
            else
                return util::say("%s: unknown address family", optarg);
            break;
        case 'p':
            options.ports = optarg;
            break;
        default:
            return util::say("bad option; see use %s", util::program);
        }
    }
    std::vector<socket_info> all;
    std::vector<socket_descriptor> descriptors;
    if (!sockets::read_all(all) || !sockets::read_descriptors(descriptors))
        return util::complain("list of sockets");
    printf("%-8s %-15s %-8s %-3s %-6s %-21s %s\n", "USER", "COMMAND", "PID", "FD", "PROTO",
           "LOCAL ADDRESS", "FOREIGN ADDRESS");
    for (const socket_info& s : all)
        if (wanted(s))
            for (const socket_descriptor& d : descriptors)
                if (d.sd_id == s.si_id && d.sd_pid != getpid())
                    print(s, d);
    return util::finish(0);
}
