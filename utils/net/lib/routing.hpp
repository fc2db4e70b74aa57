// SPDX-License-Identifier: Apache-2.0
// What route, netstat and arp share: routing messages, tables of the stack, names of addresses and flags.
#pragma once
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace routing {

// The addresses of a message, nullptr where there is none; they point into it.
struct Addresses {
    const sockaddr* at[RTAX_MAX] = {};
    const sockaddr* operator[](int index) const { return at[index]; }
};
Addresses addresses_in(const uint8_t* from, size_t size, int mask);
inline Addresses addresses_of(const rt_msghdr& message)
{
    return addresses_in(reinterpret_cast<const uint8_t*>(&message + 1),
                        message.rtm_msglen - sizeof message, message.rtm_addrs);
}

// One of the kernel-side tables (NET_RT_*); false with errno.
bool read_table(int operation, int argument, int fib, std::vector<uint64_t>& words, size_t& size);
// A table of structures by name; false with errno. The vector is of 8-byte words for their alignment.
bool read_variable(const char* name, std::vector<uint64_t>& words, size_t& size);

// Calls fn(const rt_msghdr&) for each message of a table.
template <typename Fn>
void each_message(const std::vector<uint64_t>& words, size_t size, Fn fn)
{
    const auto* bytes = reinterpret_cast<const uint8_t*>(words.data());
    for (size_t at = 0; at + sizeof(uint16_t) * 2 <= size;) {
        const auto& message = *reinterpret_cast<const rt_msghdr*>(bytes + at);
        if (message.rtm_msglen < 8 || message.rtm_msglen > size - at)
            break;
        fn(message);
        at += message.rtm_msglen;
    }
}

uint32_t ipv4_of(const sockaddr* sa); // host order, 0 when it is none
std::string host_text(uint32_t ip, bool numeric);
// "default", "10.0.0.0/24" or a host, as netstat -r and route show print destinations.
std::string destination_text(const sockaddr* destination, const sockaddr* mask, int flags,
                             bool numeric);
// A gateway: an address, a hardware address, or link#2.
std::string gateway_text(const sockaddr* gateway, bool numeric);
std::string hardware_text(const sockaddr_dl& sdl);
bool parse_hardware(const char* text, sockaddr_dl& out); // 00:11:22:33:44:55; false with a message
std::string interface_text(unsigned index);

std::string flag_letters(int flags);                    // "UGS"
std::string names_of_bits(int bits, const char* names); // "<UP,GATEWAY>"; names: "\1UP\2GATEWAY"
extern const char route_flag_names[];
extern const char interface_flag_names[];
extern const char address_names[];
extern const char metric_names[];

} // namespace routing
