// SPDX-License-Identifier: Apache-2.0
// Puts a lease on an interface and takes it off again.
#include "net/dhcp/interface.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

namespace dhcp {
namespace {

int control_socket()
{
    static int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return fd;
}

template <typename Request>
bool ask(unsigned long command, Request* request)
{
    return ioctl(control_socket(), static_cast<int>(command), request) != -1;
}

bool has_address(const struct ifaddrs* list, const char* name)
{
    for (; list != nullptr; list = list->ifa_next)
        if (strcmp(list->ifa_name, name) == 0 && list->ifa_addr->sa_family == AF_INET &&
            reinterpret_cast<struct sockaddr_in*>(list->ifa_addr)->sin_addr.s_addr != 0)
            return true;
    return false;
}

struct sockaddr as_sockaddr(in_addr_t number)
{
    struct sockaddr to;
    auto from = net::address(number, 0);
    memcpy(&to, &from, sizeof to);
    return to;
}

bool change_route(unsigned long command, in_addr_t destination, in_addr_t mask, in_addr_t gateway)
{
    struct ortentry entry = {};
    entry.rt_dst = as_sockaddr(destination);
    entry.rt_gateway = as_sockaddr(gateway);
    entry.rt_genmask = as_sockaddr(mask);
    entry.rt_flags = RTF_UP | RTF_GATEWAY;
    return ask(command, &entry);
}

// A router of 0.0.0.0 means the destination is on the wire itself (RFC 3442): the interface's own route serves it.
void change_routes(unsigned long command, const Answer& lease)
{
    if (!lease.has_routes && lease.router != 0)
        change_route(command, 0, 0, lease.router);
    for (size_t i = 0; i < lease.route_count; ++i)
        if (lease.routes[i].gateway != 0)
            change_route(command, lease.routes[i].destination, lease.routes[i].mask,
                         lease.routes[i].gateway);
}

// Makes room: the interface's old addresses go, unless the lease is an alias.
void remove_addresses(const char* interface, in_addr_t except)
{
    struct ifaddrs* list;
    if (getifaddrs(&list) == -1)
        return;
    for (struct ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (strcmp(entry->ifa_name, interface) != 0 || entry->ifa_addr->sa_family != AF_INET)
            continue;
        auto* address = reinterpret_cast<struct sockaddr_in*>(entry->ifa_addr);
        if (address->sin_addr.s_addr == except)
            continue;
        struct ifreq request = {};
        strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
        memcpy(&request.ifr_addr, address, sizeof *address);
        ask(SIOCDIFADDR, &request);
    }
    freeifaddrs(list);
}

bool set_address(const char* interface, const Answer& lease)
{
    struct ifaliasreq request = {};
    strncpy(request.ifra_name, interface, IFNAMSIZ - 1);
    request.ifra_addr = as_sockaddr(lease.address);
    if (lease.mask != 0)
        request.ifra_mask = as_sockaddr(lease.mask);
    if (lease.broadcast != 0)
        request.ifra_broadaddr = as_sockaddr(lease.broadcast);
    return ask(SIOCAIFADDR, &request) || (util::complain("SIOCAIFADDR"), false);
}

void set_mtu(const char* interface, uint16_t mtu)
{
    struct ifreq request = {};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    request.ifr_mtu = mtu;
    if (mtu >= 576 && !ask(SIOCSIFMTU, &request))
        util::complain("SIOCSIFMTU");
}

// In the form of resolv.conf, for the file or for _CS_RESOLVE (where '_' stands for the blank).
size_t resolver_text(const Answer& lease, bool with_domain, char blank, char* out, size_t room)
{
    size_t used = 0;
    auto add = [&](const char* word, const char* value) {
        int n = snprintf(out + used, room - used, "%s%c%s\n", word, blank, value);
        used += n > 0 && static_cast<size_t>(n) < room - used ? static_cast<size_t>(n) : 0;
    };
    if (with_domain && lease.domain[0] != '\0')
        add("domain", lease.domain);
    for (size_t i = 0; i < lease.name_server_count; ++i) {
        struct in_addr address = {lease.name_servers[i]};
        add("nameserver", inet_ntoa(address));
    }
    out[used] = '\0';
    return used;
}

void set_memory(int name, const char* value)
{
    if (confstr(_CS_SET | name, const_cast<char*>(value), strlen(value) + 1) == 0)
        util::complain("confstr");
}

void store_names(const Answer& lease, const Policy& policy)
{
    char text[1024], path[300] = "/etc/resolv.conf", host[200];
    if (policy.in_memory) {
        if (lease.domain[0] != '\0')
            set_memory(_CS_DOMAIN, lease.domain);
        if (!policy.no_servers && resolver_text(lease, false, '_', text, sizeof text) != 0)
            set_memory(_CS_RESOLVE, text);
        return;
    }
    if (policy.no_servers || resolver_text(lease, true, ' ', text, sizeof text) == 0)
        return;
    if (policy.named_file && gethostname(host, sizeof host) == 0)
        snprintf(path, sizeof path, "/etc/resolv.conf.%s", host);
    FILE* file = fopen(path, "w");
    if (file == nullptr || fputs(text, file) == EOF)
        util::complain(path);
    if (file != nullptr)
        fclose(file);
}

void store_host_name(const Answer& lease, const Policy& policy)
{
    const char* name = policy.host_name != nullptr ? policy.host_name : lease.host_name;
    if (!policy.no_host_name && name[0] != '\0' && sethostname(name, strlen(name)) == -1)
        util::complain("sethostname");
}

} // namespace

bool find_interface(const char* name, bool unconfigured, char* found, size_t room, uint8_t* mac)
{
    struct ifaddrs* list;
    if (getifaddrs(&list) == -1)
        return false;
    bool good = false;
    for (struct ifaddrs* entry = list; entry != nullptr && !good; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_LINK ||
            (entry->ifa_flags & IFF_BROADCAST) == 0)
            continue;
        auto* link = reinterpret_cast<struct sockaddr_dl*>(entry->ifa_addr);
        bool wanted = name != nullptr ? strcmp(name, entry->ifa_name) == 0
                                      : !unconfigured || !has_address(list, entry->ifa_name);
        if (!wanted || link->sdl_alen != 6)
            continue;
        snprintf(found, room, "%s", entry->ifa_name);
        memcpy(mac, LLADDR(link), 6);
        good = true;
    }
    freeifaddrs(list);
    return good;
}

bool bring_up(const char* interface)
{
    struct ifreq request = {};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    if (!ask(SIOCGIFFLAGS, &request))
        return util::complain(interface), false;
    request.ifr_flags |= IFF_UP;
    return ask(SIOCSIFFLAGS, &request) || (util::complain(interface), false);
}

bool apply(const char* interface, const Answer& lease, const Policy& policy)
{
    if (!policy.alias)
        remove_addresses(interface, lease.address);
    if (!set_address(interface, lease))
        return false;
    set_mtu(interface, lease.mtu);
    if (!policy.no_routes)
        change_routes(SIOCADDRT, lease);
    store_names(lease, policy);
    store_host_name(lease, policy);
    return true;
}

void remove(const char* interface, const Answer& lease)
{
    change_routes(SIOCDELRT, lease);
    struct ifreq request = {};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    request.ifr_addr = as_sockaddr(lease.address);
    ask(SIOCDIFADDR, &request);
}

} // namespace dhcp
