// SPDX-License-Identifier: Apache-2.0
// IPv6 addresses: shown, added and taken away.
#include <arpa/inet.h>
#include <netinet6/in6_var.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ifconfig.hpp"
#include "lib/util.hpp"

namespace {

unsigned prefix_of(const struct sockaddr* mask)
{
    if (mask == nullptr || mask->sa_len < sizeof(struct sockaddr_in6))
        return 128;
    const uint8_t* bytes = reinterpret_cast<const struct sockaddr_in6*>(mask)->sin6_addr.s6_addr;
    unsigned bits = 0;
    while (bits < 128 && (bytes[bits / 8] >> (7 - bits % 8) & 1) != 0)
        bits++;
    return bits;
}

void set_prefix(struct sockaddr_in6* mask, unsigned bits)
{
    *mask = {};
    mask->sin6_len = sizeof *mask;
    mask->sin6_family = AF_INET6;
    for (unsigned i = 0; i < bits; ++i)
        mask->sin6_addr.s6_addr[i / 8] =
            static_cast<uint8_t>(mask->sin6_addr.s6_addr[i / 8] | 0x80u >> i % 8);
}

// "2001:db8::1", "fe80::1%wm0"; the interface is the command's own.
bool parse(const char* text, struct sockaddr_in6* address)
{
    char copy[INET6_ADDRSTRLEN + IFNAMSIZ + 1];
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    if (char* zone = strchr(copy, '%'))
        *zone = '\0';
    *address = {};
    address->sin6_len = sizeof *address;
    address->sin6_family = AF_INET6;
    return inet_pton(AF_INET6, copy, &address->sin6_addr) == 1;
}

bool parse_bits(const char* text, struct sockaddr_in6* mask)
{
    long bits;
    if (!util::number(text, bits, 10) || bits < 1 || bits > 128)
        return false;
    set_prefix(mask, static_cast<unsigned>(bits));
    return true;
}

// Seconds, or "infty".
bool parse_lifetime(const char* text, uint32_t* to)
{
    long seconds;
    if (strcmp(text, "infty") == 0) {
        *to = ND6_INFINITE_LIFETIME;
        return true;
    }
    if (!util::number(text, seconds, 10) || seconds < 0 || seconds >= 0xffffffffL)
        return false;
    *to = static_cast<uint32_t>(seconds);
    return true;
}

void print_lifetime(const char* name, uint32_t seconds)
{
    if (seconds == ND6_INFINITE_LIFETIME)
        printf(" %s infty", name);
    else
        printf(" %s %u", name, seconds);
}

int remove_address(const char* interface, const struct sockaddr_in6& address)
{
    struct in6_ifreq request = {};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    request.ifr6_addr = address;
    return ask(SIOCDIFADDR_IN6, &request) == -1 ? util::complain("delete") : 0;
}

} // namespace

void print_inet6(const struct ifaddrs& entry)
{
    auto* address = reinterpret_cast<const struct sockaddr_in6*>(entry.ifa_addr);
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text) == nullptr)
        return;
    const bool scoped = IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr);
    printf("\tinet6 %s%s%s prefixlen %u", text, scoped ? "%" : "", scoped ? entry.ifa_name : "",
           prefix_of(entry.ifa_netmask));
    struct in6_ifreq request = {};
    strncpy(request.ifr_name, entry.ifa_name, IFNAMSIZ - 1);
    request.ifr6_addr = *address;
    if (ask(SIOCGIFAFLAG_IN6, &request) == 0) {
        constexpr struct {
            int bit;
            const char* name;
        } names[] = {{IN6_IFF_ANYCAST, "anycast"},       {IN6_IFF_TENTATIVE, "tentative"},
                     {IN6_IFF_DUPLICATED, "duplicated"}, {IN6_IFF_DETACHED, "detached"},
                     {IN6_IFF_DEPRECATED, "deprecated"}, {IN6_IFF_AUTOCONF, "autoconf"}};
        const int flags = request.ifr6_flags;
        for (const auto& each : names)
            if ((flags & each.bit) != 0)
                printf(" %s", each.name);
    }
    if (address->sin6_scope_id != 0)
        printf(" scopeid 0x%x", address->sin6_scope_id);
    request.ifr6_addr = *address;
    if (options.lifetimes && ask(SIOCGIFALIFETIME_IN6, &request) == 0) {
        const struct in6_addrlifetime life = request.ifr6_lifetime;
        print_lifetime("pltime", life.ia6t_pltime);
        print_lifetime("vltime", life.ia6t_vltime);
    }
    putchar('\n');
}

int run_inet6_commands(const char* interface, char* words[])
{
    struct in6_aliasreq request = {};
    bool remove = false;
    strncpy(request.ifra_name, interface, IFNAMSIZ - 1);
    set_prefix(&request.ifra_prefixmask, 64);
    request.ifra_lifetime.ia6t_vltime = request.ifra_lifetime.ia6t_pltime = ND6_INFINITE_LIFETIME;
    char* text = *words++;
    if (char* slash = strchr(text, '/')) {
        *slash = '\0';
        if (!parse_bits(slash + 1, &request.ifra_prefixmask))
            return util::say("%s: bad prefix length", slash + 1);
    }
    if (!parse(text, &request.ifra_addr))
        return util::say("%s: bad value", text);
    for (; *words != nullptr; ++words) {
        const char* word = *words;
        if (strcmp(word, "alias") == 0)
            continue;
        if (strcmp(word, "-alias") == 0 || strcmp(word, "delete") == 0) {
            remove = true;
        } else if (strcmp(word, "anycast") == 0) {
            request.ifra_flags |= IN6_IFF_ANYCAST;
        } else if (words[1] == nullptr) {
            return util::say("%s: bad value", word);
        } else if (strcmp(word, "prefixlen") == 0) {
            if (!parse_bits(*++words, &request.ifra_prefixmask))
                return util::say("%s: bad prefix length", *words);
        } else if (strcmp(word, "pltime") == 0) {
            if (!parse_lifetime(*++words, &request.ifra_lifetime.ia6t_pltime))
                return util::say("%s: bad value", *words);
        } else if (strcmp(word, "vltime") == 0) {
            if (!parse_lifetime(*++words, &request.ifra_lifetime.ia6t_vltime))
                return util::say("%s: bad value", *words);
        } else {
            return util::say("%s: bad value", word);
        }
    }
    if (remove)
        return remove_address(interface, request.ifra_addr);
    return ask(SIOCAIFADDR_IN6, &request) == -1 ? util::complain("SIOCAIFADDR_IN6") : 0;
}
