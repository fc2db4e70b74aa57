// SPDX-License-Identifier: Apache-2.0
// What ifconfig's files share.
#pragma once
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

struct Options {
    bool all = false, broadcast_only = false, down_only = false, up_only = false,
         connected_only = false;
    bool lifetimes = false, names_only = false, media = false, counters = false, human = false,
         zero = false;
};
extern Options options;
extern int question; // a datagram socket for ioctl()

// ioctl() with the number as the compiler wants it.
inline int ask(unsigned request, void* data)
{
    return ioctl(question, static_cast<int>(request), data);
}
struct ifreq request_for(const char* interface);

// print.cpp: one interface with all its addresses out of getifaddrs()' list.
void print_interface(const struct ifaddrs* list, const struct ifaddrs& link, int family);

// media.cpp
struct ifmediareq media_of(const char* interface); // ifm_name "" when there is no media
bool has_carrier(const char* interface);
void print_media(const char* interface);
void print_supported_media(const char* interface);
// "1000baseT" etc. to a subtype, "full-duplex" etc. to option bits; -1: no such word.
int media_subtype(const char* text);
int media_option(const char* text);

// address.cpp: what the command line says about one address, applied at its end.
struct AddressChange {
    bool wanted = false; // an address, or delete
    bool add = false;    // alias: keep the others
    bool remove = false;
    struct sockaddr_in address = {}, mask = {}, other = {}; // sin_len 0: not given
};
bool parse_address(const char* text, struct sockaddr_in* address, struct sockaddr_in* mask);
bool parse_mask(const char* text, struct sockaddr_in* mask);
bool parse_prefix(const char* text, struct sockaddr_in* mask);
int set_link_address(const char* interface, char* words[]); // "MAC [active]"
int apply_address(const char* interface, const AddressChange& change);

// inet6.cpp: the words behind "inet6", an address first. Exit status.
void print_inet6(const struct ifaddrs& entry);
int run_inet6_commands(const char* interface, char* words[]);

// commands.cpp: the words after the interface's name. Exit status.
int run_commands(const char* interface, char* words[]);
