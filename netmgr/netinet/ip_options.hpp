// SPDX-License-Identifier: Apache-2.0
// IPv4 options (RFC 791 3.1, RFC 1122 3.2.1.8): filled in and followed on the way in, set by sockets, turned round for answers.
#pragma once
#include <span>
#include <stdint.h>

#include "kern/mbuf_ptr.hpp"
#include "wire/ipv4.hpp"

namespace netmgr {

class Inet;
class Stack;
struct Inpcb;

// Options of a packet to send. A source route's first hop is no part of the option: it is where the packet goes first.
struct IpOptions {
    static constexpr size_t max_bytes = wire::ipv4_header_max - sizeof(wire::Ipv4Header);

    uint32_t first_hop = 0; // 0: no source route
    uint8_t len = 0;
    uint8_t bytes[max_bytes] = {};
};

// A packet that came in with options: they are checked, the ones that record are filled in, source routes are followed.
// False: m is gone, answered with an error, dropped or sent on its way.
bool ip_handle_options(Inet& inet, MbufPtr& m);

// The recorded way back, out of a header whose source route has come to its end. RFC 1122 3.2.1.8 (c).
IpOptions ip_reverse_route(const wire::Ipv4Header& whole);

// What the answer to an echo request carries: its record route and timestamp options, the source route turned round (3.2.2.6).
IpOptions ip_echo_options(const wire::Ipv4Header& whole);

// The form of IP_OPTIONS: a source route begins with its first hop and ends with the destination.
// EINVAL for what is not well-formed.
int ip_options_from_user(std::span<const uint8_t> value, IpOptions& out);
size_t ip_options_to_user(const IpOptions& options, std::span<uint8_t> value);

// Universal time, as timestamps on the wire have it (RFC 792).
uint32_t ms_since_midnight(Stack& stack);

} // namespace netmgr
