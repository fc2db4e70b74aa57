// SPDX-License-Identifier: Apache-2.0
// Builds DHCP requests and reads answers; every length in an answer is checked against the bytes there are.
#include "net/dhcp/message.hpp"

#include <string.h>

namespace dhcp {
namespace {

enum Option : uint8_t {
    pad = 0,
    subnet_mask = 1,
    routers = 3,
    dns_servers = 6,
    host = 12,
    domain_name = 15,
    interface_mtu = 26,
    broadcast_address = 28,
    requested_address = 50,
    lease_time = 51,
    overload = 52,
    message_type = 53,
    server_id = 54,
    parameter_list = 55,
    error_text = 56,
    max_size = 57,
    renewal_time = 58,
    rebinding_time = 59,
    client_id = 61,
    classless_routes = 121,
    end = 255
};
enum Field : size_t {
    op = 0,
    htype = 1,
    hlen = 2,
    xid = 4,
    secs = 8,
    flags = 10,
    ciaddr = 12,
    yiaddr = 16,
    chaddr = 28,
    sname = 44,
    file = 108,
    cookie = 236
};
constexpr uint8_t magic[4] = {99, 130, 83, 99};
constexpr uint8_t boot_request = 1, boot_reply = 2, ethernet = 1;

struct Writer {
    uint8_t* at;

    void option(uint8_t code, const void* data, size_t length)
    {
        *at++ = code;
        *at++ = static_cast<uint8_t>(length);
        memcpy(at, data, length);
        at += length;
    }
    void address(uint8_t code, in_addr_t value)
    {
        if (value != 0)
            option(code, &value, sizeof value);
    }
    void text(uint8_t code, uint8_t first, bool with_first, const char* value)
    {
        uint8_t bytes[255];
        size_t length = 0;
        if (with_first)
            bytes[length++] = first;
        while (*value != '\0' && length < sizeof bytes)
            bytes[length++] = static_cast<uint8_t>(*value++);
        option(code, bytes, length);
    }
};

void put16(uint8_t* to, unsigned value)
{
    to[0] = static_cast<uint8_t>(value >> 8);
    to[1] = static_cast<uint8_t>(value);
}

uint32_t get32(const uint8_t* from)
{
    return static_cast<uint32_t>(from[0]) << 24 | static_cast<uint32_t>(from[1]) << 16 |
           static_cast<uint32_t>(from[2]) << 8 | from[3];
}

in_addr_t get_address(const uint8_t* from)
{
    in_addr_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

void add_identifier(Writer& writer, const Client& client)
{
    if (client.identifier != nullptr)
        return writer.text(client_id, 0, true, client.identifier);
    uint8_t id[7] = {ethernet};
    memcpy(id + 1, client.mac, sizeof client.mac);
    writer.option(client_id, id, sizeof id);
}

void add_requests(Writer& writer)
{
    // Classless routes before routers: a server may leave the latter away (RFC 3442).
    const uint8_t list[] = {subnet_mask, classless_routes, routers,       dns_servers,
                            host,        domain_name,      interface_mtu, broadcast_address,
                            lease_time,  renewal_time,     rebinding_time};
    writer.option(parameter_list, list, sizeof list);
    uint8_t size[2];
    put16(size, max_message - 28); // what fits one Ethernet frame with IP and UDP headers
    writer.option(max_size, size, sizeof size);
}

template <size_t room>
void keep_text(char (&to)[room], const uint8_t* data, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < room; ++i)
        if (data[i] > ' ' && data[i] < 127) // it goes into files and host names: nothing else may
            to[used++] = static_cast<char>(data[i]);
    to[used] = '\0';
}

// RFC 3442: width, the significant bytes of the destination, the router.
bool take_routes(const uint8_t* data, size_t length, Answer* answer)
{
    answer->has_routes = true;
    while (length > 0) {
        unsigned width = data[0];
        size_t bytes = (width + 7) / 8;
        if (width > 32 || length < 1 + bytes + 4)
            return false;
        uint8_t destination[4] = {};
        memcpy(destination, data + 1, bytes);
        ClasslessRoute route;
        route.mask = htonl(width == 0 ? 0 : 0xffffffffu << (32 - width));
        route.destination = get_address(destination) & route.mask;
        route.gateway = get_address(data + 1 + bytes);
        if (answer->route_count < sizeof answer->routes / sizeof answer->routes[0])
            answer->routes[answer->route_count++] = route;
        data += 1 + bytes + 4;
        length -= 1 + bytes + 4;
    }
    return true;
}

bool take_number(const uint8_t* data, size_t length, uint32_t* to)
{
    if (length != 4)
        return false;
    *to = get32(data);
    return true;
}

bool take_address(const uint8_t* data, size_t length, in_addr_t* to)
{
    if (length < 4 || length % 4 != 0)
        return false;
    *to = get_address(data); // of a list, the first is the preferred one
    return true;
}

bool take_name_servers(const uint8_t* data, size_t length, Answer* answer)
{
    if (length < 4 || length % 4 != 0)
        return false;
    for (; length > 0 && answer->name_server_count < 4; data += 4, length -= 4)
        answer->name_servers[answer->name_server_count++] = get_address(data);
    return true;
}

bool take_option(uint8_t code, const uint8_t* data, size_t length, Answer* answer)
{
    switch (code) {
    case message_type:
        if (length != 1 || data[0] > static_cast<uint8_t>(Type::inform))
            return false;
        answer->type = static_cast<Type>(data[0]);
        return true;
    case subnet_mask:
        return take_address(data, length, &answer->mask);
    case routers:
        return take_address(data, length, &answer->router);
    case broadcast_address:
        return take_address(data, length, &answer->broadcast);
    case server_id:
        return take_address(data, length, &answer->server);
    case dns_servers:
        return take_name_servers(data, length, answer);
    case lease_time:
        return take_number(data, length, &answer->lease);
    case renewal_time:
        return take_number(data, length, &answer->renew);
    case rebinding_time:
        return take_number(data, length, &answer->rebind);
    case classless_routes:
        return take_routes(data, length, answer);
    case interface_mtu:
        answer->mtu = length == 2 ? static_cast<uint16_t>(data[0] << 8 | data[1]) : 0;
        return length == 2;
    case host:
        return keep_text(answer->host_name, data, length), true;
    case domain_name:
        return keep_text(answer->domain, data, length), true;
    case error_text:
        return keep_text(answer->message, data, length), true;
    default:
        return true;
    }
}

// One area of options; *overloaded gets option 52 when it is there.
bool take_options(const uint8_t* data, size_t length, Answer* answer, uint8_t* overloaded)
{
    for (size_t at = 0; at < length;) {
        uint8_t code = data[at++];
        if (code == pad)
            continue;
        if (code == end)
            return true;
        if (at == length || data[at] > length - at - 1)
            return false;
        size_t size = data[at++];
        if (code == overload && size == 1)
            *overloaded = data[at];
        else if (!take_option(code, data + at, size, answer))
            return false;
        at += size;
    }
    return true;
}

bool for_client(const uint8_t* data, size_t length, const Client& client)
{
    return length >= fixed_size && data[op] == boot_reply && data[hlen] == sizeof client.mac &&
           get32(data + xid) == client.xid &&
           memcmp(data + chaddr, client.mac, sizeof client.mac) == 0 &&
           memcmp(data + cookie, magic, sizeof magic) == 0;
}

// T1 and T2 default to a half and seven eighths of the lease (RFC 2131 4.4.5), and never exceed it.
void settle_times(Answer* answer)
{
    if (answer->lease == infinite)
        return;
    if (answer->rebind == 0 || answer->rebind > answer->lease)
        answer->rebind = static_cast<uint32_t>(uint64_t{answer->lease} * 7 / 8);
    if (answer->renew == 0 || answer->renew > answer->rebind)
        answer->renew = answer->rebind < answer->lease / 2 ? answer->rebind : answer->lease / 2;
}

} // namespace

size_t build(const Client& client, const Wanted& wanted, uint8_t* out)
{
    memset(out, 0, max_message);
    out[op] = boot_request;
    out[htype] = ethernet;
    out[hlen] = sizeof client.mac;
    put16(out + xid, client.xid >> 16);
    put16(out + xid + 2, client.xid);
    put16(out + secs, client.seconds);
    put16(out + flags, client.want_broadcast ? 0x8000 : 0);
    memcpy(out + ciaddr, &wanted.current, sizeof wanted.current);
    memcpy(out + chaddr, client.mac, sizeof client.mac);
    memcpy(out + cookie, magic, sizeof magic);
    Writer writer = {out + fixed_size};
    auto type = static_cast<uint8_t>(wanted.type);
    writer.option(message_type, &type, 1);
    add_identifier(writer, client);
    writer.address(requested_address, wanted.requested);
    writer.address(server_id, wanted.server);
    if (wanted.type == Type::discover || wanted.type == Type::request) {
        if (client.host_name != nullptr)
            writer.text(host, 0, false, client.host_name);
        add_requests(writer);
    }
    *writer.at++ = end;
    auto length = static_cast<size_t>(writer.at - out);
    return length < min_message ? min_message
                                : length; // BOOTP's smallest size: relays insist on it
}

bool parse(const uint8_t* data, size_t length, const Client& client, Answer* answer)
{
    *answer = {};
    if (!for_client(data, length, client))
        return false;
    uint8_t overloaded = 0, ignored = 0;
    answer->address = get_address(data + yiaddr);
    if (!take_options(data + fixed_size, length - fixed_size, answer, &overloaded))
        return false;
    if ((overloaded & 1) != 0 && !take_options(data + file, cookie - file, answer, &ignored))
        return false;
    if ((overloaded & 2) != 0 && !take_options(data + sname, file - sname, answer, &ignored))
        return false;
    settle_times(answer);
    return answer->type == Type::nak ||
           ((answer->type == Type::offer || answer->type == Type::ack) && answer->address != 0 &&
            answer->lease != 0);
}

} // namespace dhcp
