// SPDX-License-Identifier: Apache-2.0
// arp: the table of hardware addresses, by messages on a routing socket.
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/if_inarp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/routing.hpp"

QNX_USAGE("%C - the table of hardware addresses\n\n"
          "%C [-n] host                 show one\n"
          "%C [-nv] -a                  show all\n"
          "%C [-v] -d host [pro [interface]]  remove one\n"
          "%C [-v] -d -a                remove all\n"
          "%C -s host address [temp] [pub [pro [interface]]]   set one\n"
          "%C -f file                   set those in the file: host address [temp] [pub ...]\n"
          " temp  for 20 minutes         pub  answer for it\n"
          " pro   only answer; our own packets to it find their way by ARP\n"
          " -n  addresses as numbers     -v  say more\n")

namespace {

struct Options {
    bool numeric = false, verbose = false, all = false, remove = false, set = false;
    const char* file = nullptr;
};
Options options;

constexpr int temporary_seconds = 20 * 60;

struct Message {
    rt_msghdr header = {};
    uint8_t space[512] = {};
};

bool find_host(const char* name, uint32_t& ip)
{
    const hostent* host = gethostbyname(name);
    if (host == nullptr || host->h_length != 4)
        return util::say("%s: unknown host", name), false;
    uint32_t raw;
    memcpy(&raw, host->h_addr_list[0], sizeof raw);
    ip = ntohl(raw);
    return true;
}

// What one entry is named by, and RTM_ADD's flags.
struct Entry {
    uint32_t ip = 0;
    bool proxy_only = false;
    const char* interface = nullptr;
    int flags = 0;
    int64_t expires = 0;
};

// type RTM_ADD needs a link address; the others do without. 0 or an errno.
int request(int type, const Entry& entry, const sockaddr_dl* link)
{
    Message m;
    sockaddr_inarp sin = {};
    sin.sin_len = sizeof sin;
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(entry.ip);
    sin.sin_other = entry.proxy_only ? SIN_PROXY : 0;
    memcpy(m.space, &sin, sizeof sin);
    size_t used = sizeof sin;
    m.header.rtm_addrs = RTA_DST;
    if (link != nullptr) {
        memcpy(m.space + used, link, sizeof *link);
        used += RT_ROUNDUP(sizeof *link);
        m.header.rtm_addrs |= RTA_GATEWAY;
    }
    m.header.rtm_msglen = static_cast<uint16_t>(sizeof m.header + used);
    m.header.rtm_version = RTM_VERSION;
    m.header.rtm_type = static_cast<uint8_t>(type);
    m.header.rtm_flags = RTF_UP | RTF_HOST | RTF_LLINFO | RTF_STATIC | entry.flags;
    m.header.rtm_seq = 1;
    m.header.rtm_inits = RTV_EXPIRE;
    m.header.rtm_rmx.rmx_expire = entry.expires;
    const int fd = socket(AF_ROUTE, SOCK_RAW, 0);
    if (fd == -1)
        return errno;
    const int error = write(fd, &m, m.header.rtm_msglen) == -1 ? errno : 0;
    close(fd);
    return error;
}

bool is_proxy_only(const routing::Addresses& a)
{
    sockaddr_inarp sin;
    memcpy(&sin, a[RTAX_DST], sizeof sin);
    return sin.sin_other == SIN_PROXY;
}

void print_entry(const rt_msghdr& m)
{
    const routing::Addresses a = routing::addresses_of(m);
    const uint32_t ip = routing::ipv4_of(a[RTAX_DST]);
    const std::string name = options.numeric ? "?" : routing::host_text(ip, false);
    const std::string number = routing::host_text(ip, true);
    const auto* link = reinterpret_cast<const sockaddr_dl*>(a[RTAX_GATEWAY]);
    const bool known = link != nullptr && link->sdl_alen == 6;
    printf("%s (%s) at %s on %s", name == number ? "?" : name.c_str(), number.c_str(),
           known ? routing::hardware_text(*link).c_str() : "(incomplete)",
           routing::interface_text(m.rtm_index).c_str());
    if (m.rtm_rmx.rmx_expire == 0 && known)
        printf(" permanent");
    if ((m.rtm_flags & RTF_ANNOUNCE) != 0)
        printf(is_proxy_only(a) ? " published (proxy only)" : " published");
    if (options.verbose && m.rtm_rmx.rmx_expire != 0) {
        const int64_t left = m.rtm_rmx.rmx_expire - time(nullptr);
        printf(left > 0 ? " expires in %lld s" : " expired", static_cast<long long>(left));
    }
    putchar('\n');
}

// Shows all entries, or those of one address; how many, -1 with a message.
int show(uint32_t only)
{
    std::vector<uint64_t> table;
    size_t size = 0;
    int count = 0;
    if (!routing::read_table(NET_RT_FLAGS, RTF_LLINFO, 0, table, size))
        return util::complain("table"), -1;
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        const uint32_t ip = routing::ipv4_of(routing::addresses_of(m)[RTAX_DST]);
        if (ip == 0 || (m.rtm_flags & RTF_LLINFO) == 0 || (only != 0 && ip != only))
            return;
        print_entry(m);
        count++;
    });
    return count;
}

int show_one(const char* name)
{
    uint32_t ip;
    if (!find_host(name, ip))
        return 1;
    const int count = show(ip);
    if (count == 0)
        printf("%s (%s) -- no entry\n", name, routing::host_text(ip, true).c_str());
    return count > 0 ? 0 : 1;
}

// The interface as a link address without one; false with a message.
bool name_interface(const Entry& entry, sockaddr_dl& link)
{
    link.sdl_len = sizeof link;
    link.sdl_family = AF_LINK;
    if (entry.interface != nullptr)
        link.sdl_index = static_cast<uint16_t>(if_nametoindex(entry.interface));
    if (entry.interface != nullptr && link.sdl_index == 0)
        return util::say("%s: no such interface", entry.interface), false;
    return true;
}

int remove_one(const Entry& entry, const char* name)
{
    const std::string number = routing::host_text(entry.ip, true);
    sockaddr_dl link = {};
    if (!name_interface(entry, link))
        return 1;
    if (int error = request(RTM_DELETE, entry, entry.interface != nullptr ? &link : nullptr)) {
        if (error == ESRCH)
            return util::say("delete %s: no entry", name);
        return util::complain(name, error);
    }
    printf("%s (%s) deleted\n", name, number.c_str());
    return 0;
}

int remove_all()
{
    std::vector<uint64_t> table;
    size_t size = 0;
    int status = 0;
    if (!routing::read_table(NET_RT_FLAGS, RTF_LLINFO, 0, table, size))
        return util::complain("table");
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        const routing::Addresses a = routing::addresses_of(m);
        Entry entry;
        entry.ip = routing::ipv4_of(a[RTAX_DST]);
        entry.proxy_only = entry.ip != 0 && is_proxy_only(a);
        if (entry.ip != 0 && (m.rtm_flags & RTF_LLINFO) != 0 &&
            remove_one(entry, routing::host_text(entry.ip, true).c_str()) != 0)
            status = 1;
    });
    return status;
}

// "pro" and the interface's name behind it; how many words that were.
int take_proxy_words(char** words, int count, Entry& entry)
{
    if (count == 0 || strncmp(words[0], "pro", 3) != 0) // NetBSD's word is proxy
        return 0;
    entry.proxy_only = true;
    entry.interface = count > 1 ? words[1] : nullptr;
    return count > 1 ? 2 : 1;
}

int remove_named(char** words, int count)
{
    Entry entry;
    const int more = take_proxy_words(words + 1, count - 1, entry);
    if (more != count - 1)
        return util::say("%s: not known", words[1 + more]);
    return find_host(words[0], entry.ip) ? util::finish(remove_one(entry, words[0])) : 1;
}

// host, hardware address, then temp and pub in any order.
int set_one(char** words, int count)
{
    Entry entry;
    sockaddr_dl link = {};
    if (count < 2)
        return util::say("a host and a hardware address are needed");
    if (!find_host(words[0], entry.ip) || !routing::parse_hardware(words[1], link))
        return 1;
    for (int i = 2; i < count; ++i) {
        if (strcmp(words[i], "temp") == 0)
            entry.expires = time(nullptr) + temporary_seconds;
        else if (strcmp(words[i], "pub") == 0) {
            entry.flags |= RTF_ANNOUNCE;
            i += take_proxy_words(words + i + 1, count - i - 1, entry);
        } else
            return util::say("%s: not known", words[i]);
    }
    if (!name_interface(entry, link))
        return 1;
    const int error = request(RTM_ADD, entry, &link);
    if (error == ENETUNREACH)
        return util::say("cannot intuit interface for %s", words[0]);
    return error != 0 ? util::complain(words[0], error) : 0;
}

int set_from_file(const char* name)
{
    FILE* file = fopen(name, "r");
    if (file == nullptr)
        return util::complain(name);
    char line[256];
    int status = 0;
    while (fgets(line, sizeof line, file) != nullptr) {
        char* words[8];
        char* rest = nullptr;
        int count = 0;
        for (char* at = strtok_r(line, " \t\n", &rest); at != nullptr && count < 8 && *at != '#';
             at = strtok_r(nullptr, " \t\n", &rest))
            words[count++] = at;
        if (count != 0 && set_one(words, count) != 0)
            status = 1;
    }
    fclose(file);
    return status;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    for (int c; (c = getopt(argc, argv, "adnsvf:")) != -1;) {
        switch (c) {
        case 'a':
            options.all = true;
            break;
        case 'd':
            options.remove = true;
            break;
        case 'n':
            options.numeric = true;
            break;
        case 's':
            options.set = true;
            break;
        case 'v':
            options.verbose = true;
            break;
        case 'f':
            options.file = optarg;
            break;
        default:
            return util::say("bad option; see use %s", util::program);
        }
    }
    if (options.file != nullptr)
        return set_from_file(options.file);
    if (options.set)
        return set_one(argv + optind, argc - optind);
    if (options.remove && options.all)
        return util::finish(remove_all());
    if (options.all)
        return util::finish(show(0) < 0 ? 1 : 0);
    if (argv[optind] == nullptr)
        return util::say("which host? see use %s", util::program);
    if (options.remove)
        return remove_named(argv + optind, argc - optind);
    return util::finish(show_one(argv[optind]));
}
