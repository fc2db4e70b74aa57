// SPDX-License-Identifier: Apache-2.0
// Addresses and masks as text, and setting them.
#include <arpa/inet.h>
#include <ctype.h>
#include <net/ethernet.h>
#include <net/if_dl.h>
#include <netdb.h>
#include <stdlib.h>

#include "ifconfig.hpp"
#include "lib/util.hpp"

namespace {

void set(struct sockaddr_in* to, in_addr_t address)
{
    *to = {};
    to->sin_len = sizeof *to;
    to->sin_family = AF_INET;
    to->sin_addr.s_addr = address;
}

// Removes the named address, or the first one.
int remove_address(const char* interface, const struct sockaddr_in& address)
{
    struct ifreq request = request_for(interface);
    if (address.sin_len != 0)
        memcpy(&request.ifr_addr, &address, sizeof address);
    return ask(SIOCDIFADDR, &request);
}

bool has_other_address(const char* interface, const struct sockaddr_in& wanted)
{
    struct ifreq request = request_for(interface);
    if (ask(SIOCGIFADDR, &request) == -1)
        return false;
    auto* first = reinterpret_cast<struct sockaddr_in*>(&request.ifr_addr);
    return first->sin_addr.s_addr != wanted.sin_addr.s_addr;
}

// "10.0.0.1" with a mask changed by itself.
int change_first(const char* interface, unsigned command, const struct sockaddr_in& value)
{
    struct ifreq request = request_for(interface);
    memcpy(&request.ifr_addr, &value, sizeof value);
    return ask(command, &request);
}

bool parse_link_address(const char* text, char* bytes)
{
    for (int i = 0; i < ETHER_ADDR_LEN; ++i) {
        char* end = nullptr;
        const unsigned long byte =
            isxdigit(static_cast<unsigned char>(*text)) != 0 ? strtoul(text, &end, 16) : 256;
        if (byte > 255 || *end != (i + 1 < ETHER_ADDR_LEN ? ':' : '\0'))
            return false;
        bytes[i] = static_cast<char>(byte);
        text = end + 1;
    }
    return true;
}

} // namespace

bool parse_prefix(const char* text, struct sockaddr_in* mask)
{
    long bits;
    if (!util::number(text, bits, 10) || bits < 0 || bits > 32)
        return false;
    set(mask, htonl(bits == 0 ? 0 : 0xffffffffu << (32 - bits)));
    return true;
}

bool parse_mask(const char* text, struct sockaddr_in* mask)
{
    struct in_addr address;
    if (inet_aton(text, &address) == 0)
        return false; // takes 0xffffff00 as well
    set(mask, address.s_addr);
    return true;
}

bool parse_address(const char* text, struct sockaddr_in* address, struct sockaddr_in* mask)
{
    char copy[256];
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    if (char* slash = strchr(copy, '/')) {
        *slash = '\0';
        if (!parse_prefix(slash + 1, mask))
            return false;
    }
    struct hostent* host = gethostbyname(copy);
    if (host == nullptr)
        return false;
    in_addr_t number;
    memcpy(&number, host->h_addr_list[0], sizeof number);
    set(address, number);
    return true;
}

int apply_address(const char* interface, const AddressChange& change)
{
    if (change.remove)
        return remove_address(interface, change.address) == -1 ? util::complain("delete") : 0;
    if (!change.wanted) {
        if (change.mask.sin_len != 0 && change_first(interface, SIOCSIFNETMASK, change.mask) == -1)
            return util::complain("netmask");
        if (change.other.sin_len != 0 &&
            change_first(interface, SIOCSIFBRDADDR, change.other) == -1)
            return util::complain("broadcast");
        return 0;
    }
    if (!change.add && has_other_address(interface, change.address))
        remove_address(interface, {});
    struct ifaliasreq request = {};
    strncpy(request.ifra_name, interface, IFNAMSIZ - 1);
    memcpy(&request.ifra_addr, &change.address, sizeof change.address);
    memcpy(&request.ifra_dstaddr, &change.other, sizeof change.other);
    memcpy(&request.ifra_mask, &change.mask, sizeof change.mask);
    return ask(SIOCAIFADDR, &request) == -1 ? util::complain("SIOCAIFADDR") : 0;
}

int set_link_address(const char* interface, char* words[])
{
    struct if_laddrreq request = {};
    strncpy(request.iflr_name, interface, IFNAMSIZ - 1);
    request.flags = IFLR_ACTIVE;
    auto& link = reinterpret_cast<struct sockaddr_dl&>(request.addr);
    link.sdl_len = sizeof link;
    link.sdl_family = AF_LINK;
    link.sdl_alen = ETHER_ADDR_LEN;
    if (!parse_link_address(words[0], LLADDR(&link)))
        return util::say("%s: bad value", words[0]);
    if (words[1] != nullptr && (strcmp(words[1], "active") != 0 || words[2] != nullptr))
        return util::say("%s: an interface has one link address", words[1]);
    return ask(SIOCALIFADDR, &request) == -1 ? util::complain("link") : 0;
}
