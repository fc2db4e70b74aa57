// SPDX-License-Identifier: Apache-2.0
// getaddrinfo(), getnameinfo() over numbers, /etc/hosts and the service names.
#include "address_order.hpp"
#include "hosts.hpp"
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

struct Kind {
    int socktype, protocol;
};

struct Node {
    struct addrinfo info;
    struct sockaddr_storage address;
};

// The port in network order, or -1.
int port_of(const char* service, const Kind& kind, int flags)
{
    if (service == nullptr)
        return 0;
    char* end;
    long number = strtol(service, &end, 10);
    if (*service != '\0' && *end == '\0')
        return number >= 0 && number <= 65535 ? htons(static_cast<uint16_t>(number)) : -1;
    if ((flags & AI_NUMERICSERV) != 0)
        return -1;
    struct servent* found = getservbyname(service, kind.socktype == SOCK_STREAM ? "tcp" : "udp");
    return found != nullptr ? found->s_port : -1;
}

Node* make(const HostAddress& address, const Kind& kind, int port)
{
    auto* node = static_cast<Node*>(calloc(1, sizeof(Node)));
    if (node == nullptr)
        return nullptr;
    if (address.family == AF_INET) {
        auto* in = reinterpret_cast<struct sockaddr_in*>(&node->address);
        *in = {sizeof *in, AF_INET, static_cast<in_port_t>(port), {}, {}};
        memcpy(&in->sin_addr, address.bytes, sizeof in->sin_addr);
    } else {
        auto* in6 = reinterpret_cast<struct sockaddr_in6*>(&node->address);
        *in6 = {sizeof *in6, AF_INET6, static_cast<in_port_t>(port), 0, {}, address.zone};
        memcpy(&in6->sin6_addr, address.bytes, sizeof in6->sin6_addr);
    }
    node->info.ai_family = address.family;
    node->info.ai_socktype = kind.socktype;
    node->info.ai_protocol = kind.protocol;
    node->info.ai_addrlen = node->address.ss_len;
    node->info.ai_addr = reinterpret_cast<struct sockaddr*>(&node->address);
    return node;
}

int eai_of(int host_error)
{
    switch (host_error) {
    case TRY_AGAIN:
        return EAI_AGAIN;
    case NO_RECOVERY:
        return EAI_FAIL;
    case NO_DATA:
        return EAI_NODATA;
    default:
        return EAI_NONAME;
    }
}

size_t own_addresses(int family, bool passive, HostAddress* out)
{
    size_t count = 0;
    if (family != AF_INET) {
        out[count].family = AF_INET6;
        memset(out[count].bytes, 0, 16);
        out[count++].bytes[15] = passive ? 0 : 1;
    }
    if (family != AF_INET6) {
        out[count].family = AF_INET;
        in_addr_t address = htonl(passive ? INADDR_ANY : INADDR_LOOPBACK);
        memcpy(out[count++].bytes, &address, sizeof address);
    }
    return count;
}

int service_text(int port, int flags, char* text, socklen_t room)
{
    struct servent* found = (flags & NI_NUMERICSERV) != 0
                                ? nullptr
                                : getservbyport(port, (flags & NI_DGRAM) != 0 ? "udp" : "tcp");
    int n = found != nullptr ? snprintf(text, room, "%s", found->s_name)
                             : snprintf(text, room, "%u", ntohs(static_cast<uint16_t>(port)));
    return n < 0 || static_cast<socklen_t>(n) >= room ? EAI_OVERFLOW : 0;
}

// "%wm0", or the number of an interface that is gone.
bool append_zone(unsigned zone, char* host, size_t room)
{
    char name[IFNAMSIZ];
    const size_t used = strlen(host);
    const int n = if_indextoname(zone, name) != nullptr
                      ? snprintf(host + used, room - used, "%%%s", name)
                      : snprintf(host + used, room - used, "%%%u", zone);
    return n > 0 && static_cast<size_t>(n) < room - used;
}

} // namespace

int getaddrinfo(const char* host, const char* service, const struct addrinfo* hints,
                struct addrinfo** result)
{
    static const struct addrinfo no_hints = {};
    if (hints == nullptr)
        hints = &no_hints;
    *result = nullptr;
    if (host == nullptr && service == nullptr)
        return EAI_NONAME;
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET &&
        hints->ai_family != AF_INET6)
        return EAI_FAMILY;
    constexpr size_t most = 16;
    HostAddress addresses[most] = {};
    char canonical[256] = "";
    size_t count = 0;
    if (host == nullptr)
        count = own_addresses(hints->ai_family, (hints->ai_flags & AI_PASSIVE) != 0, addresses);
    else if (int error = find_host(host, hints->ai_family, (hints->ai_flags & AI_NUMERICHOST) != 0,
                                   addresses, most, count, canonical))
        return eai_of(error);
    order_addresses(addresses, count);
    constexpr Kind kinds[] = {{SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, IPPROTO_UDP}, {SOCK_RAW, 0}};
    struct addrinfo** link = result;
    bool known_type = false;
    for (const Kind& kind : kinds) {
        if (hints->ai_socktype != 0 ? kind.socktype != hints->ai_socktype
                                    : kind.socktype == SOCK_RAW)
            continue;
        if (hints->ai_protocol != 0 && kind.protocol != 0 && kind.protocol != hints->ai_protocol)
            continue;
        known_type = true;
        Kind made = {kind.socktype, hints->ai_protocol != 0 ? hints->ai_protocol : kind.protocol};
        int port = port_of(service, made, hints->ai_flags);
        if (port < 0)
            continue;
        for (size_t i = 0; i < count; ++i) {
            Node* node = make(addresses[i], made, port);
            if (node == nullptr) {
                freeaddrinfo(*result);
                *result = nullptr;
                return EAI_MEMORY;
            }
            *link = &node->info;
            link = &node->info.ai_next;
        }
    }
    if (*result == nullptr)
        return known_type ? EAI_SERVICE : EAI_SOCKTYPE;
    if ((hints->ai_flags & AI_CANONNAME) != 0 && host != nullptr)
        (*result)->ai_canonname = strdup(canonical[0] != '\0' ? canonical : host);
    return 0;
}

void freeaddrinfo(struct addrinfo* list)
{
    while (list != nullptr) {
        struct addrinfo* next = list->ai_next;
        free(list->ai_canonname);
        free(list);
        list = next;
    }
}

int getnameinfo(const struct sockaddr* sa, socklen_t length, char* host, socklen_t host_room,
                char* service, socklen_t service_room, int flags)
{
    const void* address;
    int port;
    unsigned zone = 0;
    if (sa->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        auto* in = reinterpret_cast<const struct sockaddr_in*>(sa);
        address = &in->sin_addr;
        port = in->sin_port;
    } else if (sa->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        auto* in6 = reinterpret_cast<const struct sockaddr_in6*>(sa);
        address = &in6->sin6_addr;
        port = in6->sin6_port;
        zone = in6->sin6_scope_id;
    } else {
        return EAI_FAMILY;
    }
    if (host != nullptr && host_room != 0) {
        bool named = (flags & NI_NUMERICHOST) == 0 &&
                     find_host_name(address, sa->sa_family, host, host_room) == 0;
        if (!named && (flags & NI_NAMEREQD) != 0)
            return EAI_NONAME;
        if (!named && inet_ntop(sa->sa_family, address, host, host_room) == nullptr)
            return EAI_OVERFLOW;
        if (!named && zone != 0 && !append_zone(zone, host, host_room))
            return EAI_OVERFLOW;
    }
    return service != nullptr && service_room != 0
               ? service_text(port, flags, service, service_room)
               : 0;
}

const char* gai_strerror(int err)
{
    switch (err) {
    case 0:
        return "Success";
    case EAI_ADDRFAMILY:
        return "Address family for hostname not supported";
    case EAI_AGAIN:
        return "Temporary failure in name resolution";
    case EAI_BADFLAGS:
        return "Invalid value for ai_flags";
    case EAI_FAIL:
        return "Non-recoverable failure in name resolution";
    case EAI_FAMILY:
        return "ai_family not supported";
    case EAI_MEMORY:
        return "Memory allocation failure";
    case EAI_NODATA:
        return "No address associated with hostname";
    case EAI_NONAME:
        return "hostname nor servname provided, or not known";
    case EAI_SERVICE:
        return "servname not supported for ai_socktype";
    case EAI_SOCKTYPE:
        return "ai_socktype not supported";
    case EAI_SYSTEM:
        return "System error returned in errno";
    case EAI_OVERFLOW:
        return "Argument buffer overflow";
    default:
        return "Unknown error";
    }
}
