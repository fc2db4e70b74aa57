// SPDX-License-Identifier: Apache-2.0
// getifaddrs(): SIOCGIFCONF's list with flags, masks, broadcast addresses and counters added.
#include "interface_list.hpp"
#include "manager.hpp"
#include <ifaddrs.h>
#include <netinet6/in6_var.h>
#include <string.h>

namespace {

// One allocation an address; ifaddrs first, so that freeing the list is freeing its nodes.
struct Node {
    struct ifaddrs addrs;
    char name[IFNAMSIZ];
    struct sockaddr_storage address, mask, destination;
    struct if_data data;
};

unsigned flags_of(int fd, const char* name)
{
    struct ifreq request = {};
    memcpy(request.ifr_name, name, IFNAMSIZ);
    return ioctl(fd, static_cast<int>(SIOCGIFFLAGS), &request) == 0
               ? static_cast<unsigned>(request.ifr_flags)
               : 0;
}

void fill_inet(int fd, Node* node)
{
    struct ifaliasreq alias = {};
    memcpy(alias.ifra_name, node->name, IFNAMSIZ);
    memcpy(&alias.ifra_addr, &node->address, sizeof alias.ifra_addr);
    if (ioctl(fd, static_cast<int>(SIOCGIFALIAS), &alias) == -1)
        return;
    memcpy(&node->mask, &alias.ifra_mask, sizeof alias.ifra_mask);
    node->addrs.ifa_netmask = reinterpret_cast<struct sockaddr*>(&node->mask);
    if (alias.ifra_dstaddr.sa_family == AF_UNSPEC)
        return;
    memcpy(&node->destination, &alias.ifra_dstaddr, sizeof alias.ifra_dstaddr);
    node->addrs.ifa_dstaddr = reinterpret_cast<struct sockaddr*>(&node->destination);
}

void fill_inet6(int fd, Node* node)
{
    struct in6_ifreq request = {};
    memcpy(request.ifr_name, node->name, IFNAMSIZ);
    memcpy(&request.ifr6_addr, &node->address, sizeof request.ifr6_addr);
    if (ioctl(fd, static_cast<int>(SIOCGIFNETMASK_IN6), &request) == -1)
        return;
    memcpy(&node->mask, &request.ifr6_addr, sizeof request.ifr6_addr);
    node->addrs.ifa_netmask = reinterpret_cast<struct sockaddr*>(&node->mask);
    memcpy(&request.ifr6_addr, &node->address, sizeof request.ifr6_addr);
    if (ioctl(fd, static_cast<int>(SIOCGIFDSTADDR_IN6), &request) == -1)
        return;
    memcpy(&node->destination, &request.ifr6_addr, sizeof request.ifr6_addr);
    node->addrs.ifa_dstaddr = reinterpret_cast<struct sockaddr*>(&node->destination);
}

void fill_link(int fd, Node* node)
{
    struct ifdatareq request = {};
    memcpy(request.ifdr_name, node->name, IFNAMSIZ);
    if (ioctl(fd, static_cast<int>(SIOCGIFDATA), &request) == -1)
        return;
    node->data = request.ifdr_data;
    node->addrs.ifa_data = &node->data;
}

Node* make(int fd, const struct ifreq& entry)
{
    auto* node = static_cast<Node*>(calloc(1, sizeof(Node)));
    if (node == nullptr)
        return nullptr;
    memcpy(node->name, entry.ifr_name, IFNAMSIZ - 1);
    size_t length = entry.ifr_addr.sa_len;
    memcpy(&node->address, &entry.ifr_addr,
           length < sizeof node->address ? length : sizeof node->address);
    node->addrs.ifa_name = node->name;
    node->addrs.ifa_addr = reinterpret_cast<struct sockaddr*>(&node->address);
    node->addrs.ifa_flags = flags_of(fd, node->name);
    if (node->address.ss_family == AF_INET)
        fill_inet(fd, node);
    if (node->address.ss_family == AF_INET6)
        fill_inet6(fd, node);
    if (node->address.ss_family == AF_LINK)
        fill_link(fd, node);
    return node;
}

} // namespace

int getifaddrs(struct ifaddrs** result)
{
    *result = nullptr;
    socket_manager::QuestionSocket socket;
    if (socket.fd() == -1)
        return -1;
    InterfaceList list(socket.fd());
    if (!list.ok())
        return -1;
    struct ifaddrs** link = result;
    size_t at = 0;
    while (const struct ifreq* entry = list.next(at)) {
        Node* node = make(socket.fd(), *entry);
        if (node == nullptr) {
            freeifaddrs(*result);
            *result = nullptr;
            return socket_manager::with_errno<int>(-ENOMEM);
        }
        *link = &node->addrs;
        link = &node->addrs.ifa_next;
    }
    return 0;
}

void freeifaddrs(struct ifaddrs* list)
{
    while (list != nullptr) {
        struct ifaddrs* next = list->ifa_next;
        free(list);
        list = next;
    }
}
