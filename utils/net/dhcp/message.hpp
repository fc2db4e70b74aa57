// SPDX-License-Identifier: Apache-2.0
// DHCP messages (RFC 2131, options RFC 2132): building requests, reading answers. No sockets here.
#pragma once
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

namespace dhcp {

enum class Type : uint8_t { none, discover, offer, request, decline, ack, nak, release, inform };

constexpr size_t fixed_size = 240, max_message = 1500, min_message = 300;
constexpr uint32_t infinite = 0xffffffff;

struct ClasslessRoute { // RFC 3442
    in_addr_t destination, mask, gateway;
};

// What an OFFER, ACK or NAK says. Addresses in wire order, 0 when absent; times in seconds.
struct Answer {
    Type type = Type::none;
    in_addr_t address = 0, server = 0, mask = 0, broadcast = 0, router = 0;
    in_addr_t name_servers[4] = {};
    size_t name_server_count = 0;
    ClasslessRoute routes[8];
    size_t route_count = 0;
    bool has_routes = false; // then option 3 must be ignored
    uint32_t lease = 0, renew = 0, rebind = 0;
    uint16_t mtu = 0;
    char domain[256] = "", host_name[256] = "", message[256] = "";
};

// What we say about ourselves in every message.
struct Client {
    uint8_t mac[6];
    uint32_t xid;
    uint16_t seconds;                 // since we began to ask
    bool want_broadcast;              // the answer cannot be sent to us directly yet
    const char* identifier = nullptr; // option 61; nullptr: the MAC address
    const char* host_name = nullptr;
};

struct Wanted {
    Type type;
    in_addr_t current = 0;   // ciaddr: only when it is ours already (RENEWING, REBINDING, RELEASE)
    in_addr_t requested = 0; // option 50
    in_addr_t server = 0;    // option 54
};

// Writes a message into out (max_message bytes); its length.
size_t build(const Client& client, const Wanted& wanted, uint8_t* out);

// Reads an answer to this client; false when it is malformed or for somebody else.
bool parse(const uint8_t* data, size_t length, const Client& client, Answer* answer);

} // namespace dhcp
