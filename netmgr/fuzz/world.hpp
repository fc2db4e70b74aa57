// SPDX-License-Identifier: Apache-2.0
// What the stack's fuzz targets share: one stack with an interface without link layer, input bytes as decisions, and the check that
// an input leaves nothing behind.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <vector>

#include <netinet/in.h>

#include "host/fake_platform.hpp"
#include "host/ip_port.hpp"
#include "kern/socket.hpp"
#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"
#include "netinet/variant_v4_hc.hpp"
#include "wire/checksum.hpp"

namespace netmgr::fuzz {

constexpr uint32_t our_ip = 0xc0a80001, peer_ip = 0xc0000201;

// The input, taken byte by byte; zeros when it is over.
class Bytes {
public:
    Bytes(const uint8_t* data, size_t size) : at_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    uint8_t byte()
    {
        if (left_ == 0)
            return 0;
        left_--;
        return *at_++;
    }
    uint16_t word() { return static_cast<uint16_t>(byte() << 8 | byte()); }
    std::vector<uint8_t> take(size_t size)
    {
        size = size < left_ ? size : left_;
        std::vector<uint8_t> out(at_, at_ + size);
        at_ += size;
        left_ -= size;
        return out;
    }

private:
    const uint8_t* at_;
    size_t left_;
};

class World {
public:
    World()
    {
        int error = 0;
        stack = Stack::create(platform, StackOptions(), components_v4_hc, &error);
        if (stack == nullptr)
            abort();
        port = std::make_unique<host::IpPort>(*stack);
        (void)stack->inet().add_address(port->interface(), our_ip, 0xffffff00, our_ip | 0xff);
        RouteChange change;
        change.flags = RTF_STATIC;
        change.ifp = &port->interface();
        change.ifa = stack->inet().first_address(port->interface());
        if (add_ip_route(stack->net(), change) != 0)
            abort();
        stack->inet().tcp->settings.fastopen_acceptany = 1; // no input could guess a cookie
        stack->inet().tcp->settings.msl = 2; // 1 s: nobody waits for TIME-WAIT's minute
    }

    void run_for(uint64_t ns)
    {
        const uint64_t end = clock.now_ns + ns;
        for (uint64_t next; (next = stack->run(100000)) <= end;)
            clock.now_ns = next > clock.now_ns ? next : clock.now_ns;
        clock.now_ns = end;
    }
    void inject(const std::vector<uint8_t>& packet)
    {
        if (packet.empty())
            return;
        port->receive(packet.data(), packet.size());
        stack->run(100000);
        look_at_output();
    }
    // Whatever goes out is well-formed.
    void look_at_output()
    {
        for (const host::IpPort::Packet& p : port->sent()) {
            const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(p.bytes.data());
            if (p.bytes.size() < sizeof(ip) || ip.version() != 4 ||
                ip.total_len != p.bytes.size() || wire::checksum(&ip, ip.header_len()) != 0)
                abort();
            if (ip.protocol == wire::proto_tcp && (ip.fragment & 0x3fff) == 0) {
                wire::Checksum sum;
                const size_t size = p.bytes.size() - ip.header_len();
                sum.add_pseudo(ip.source, ip.destination, wire::proto_tcp, size);
                sum.add(p.bytes.data() + ip.header_len(), size);
                if (size < sizeof(wire::TcpHeader) || sum.value() != 0)
                    abort();
            }
        }
        last_tcp();
        port->sent().clear();
    }
    // Nothing may be left: sockets are closed, time passes.
    void finish()
    {
        for (Socket* so : sockets)
            if (so != nullptr)
                soabort(so);
        sockets.clear();
        stack->run(100000);
        port->sent().clear();
        platform.lines.clear();
        for (int seconds = 0; !clean(); ++seconds) { // TIME-WAIT and the like
            if (seconds == 1000)
                abort();
            run_for(ns_per_s);
            port->sent().clear();
        }
    }
    bool clean() const
    {
        return stack->inet().tcp->connections == 0 && stack->mbufs().stats().clusters_in_use == 0 &&
               stack->inet().tcp->syncache.empty();
    }

    host::FakeClock clock;
    host::FakePlatform platform{clock, 1};
    Stack* stack = nullptr;
    std::unique_ptr<host::IpPort> port;
    std::vector<Socket*> sockets;
    uint32_t iss = 0; // of the last SYN the stack sent

private:
    void last_tcp()
    {
        for (const host::IpPort::Packet& p : port->sent()) {
            const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(p.bytes.data());
            const auto& tcp =
                *reinterpret_cast<const wire::TcpHeader*>(p.bytes.data() + ip.header_len());
            if (ip.protocol == wire::proto_tcp && (tcp.flags & wire::tcp_syn) != 0)
                iss = tcp.seq;
        }
    }
};

inline World& world()
{
    static World* const the_one = new World;
    current_stack = the_one->stack;
    return *the_one;
}

// An IPv4 packet with right checksums around a payload that may be anything.
inline std::vector<uint8_t> ip_packet(uint8_t protocol, const std::vector<uint8_t>& payload,
                                      size_t checksum_at)
{
    std::vector<uint8_t> bytes(sizeof(wire::Ipv4Header) + payload.size());
    auto& ip = *reinterpret_cast<wire::Ipv4Header*>(bytes.data());
    ip = {};
    ip.set_header_len(sizeof(ip));
    ip.total_len = static_cast<uint16_t>(bytes.size());
    ip.fragment = uint16_t{0};
    ip.ttl = 64;
    ip.protocol = protocol;
    ip.source = peer_ip;
    ip.destination = our_ip;
    ip.checksum = wire::checksum(&ip, sizeof(ip));
    if (!payload.empty())
        memcpy(bytes.data() + sizeof(ip), payload.data(), payload.size());
    if (checksum_at != 0 && payload.size() >= checksum_at + 2) {
        uint8_t* at = bytes.data() + sizeof(ip) + checksum_at;
        at[0] = at[1] = 0;
        wire::Checksum sum;
        if (protocol != wire::proto_icmp)
            sum.add_pseudo(peer_ip, our_ip, protocol, payload.size());
        sum.add(bytes.data() + sizeof(ip), payload.size());
        const uint16_t value = sum.value();
        at[0] = static_cast<uint8_t>(value >> 8);
        at[1] = static_cast<uint8_t>(value);
    }
    return bytes;
}

// One segment: flags, places relative to what both sides have seen, options and data out of the input.
inline std::vector<uint8_t> segment(Bytes& in, uint16_t from, uint16_t to, uint32_t seq,
                                    uint32_t ack)
{
    const uint8_t flags = in.byte();
    const auto seq_offset = static_cast<int16_t>(in.word());
    const auto ack_offset = static_cast<int16_t>(in.word());
    const uint16_t window = in.word();
    const size_t options = in.byte() % 11 * 4, len = in.word() % 1500;
    std::vector<uint8_t> bytes(sizeof(wire::TcpHeader) + options + len);
    auto& tcp = *reinterpret_cast<wire::TcpHeader*>(bytes.data());
    tcp = {};
    tcp.source_port = from;
    tcp.destination_port = to;
    tcp.seq = seq + static_cast<uint32_t>(seq_offset);
    tcp.ack = ack + static_cast<uint32_t>(ack_offset);
    tcp.set_header_len(sizeof(tcp) + options);
    tcp.flags = flags;
    tcp.window = window;
    tcp.urgent = static_cast<uint16_t>((flags & wire::tcp_urg) != 0 ? in.byte() : 0);
    const std::vector<uint8_t> area = in.take(options);
    if (!area.empty())
        memcpy(bytes.data() + sizeof(tcp), area.data(), area.size());
    return ip_packet(wire::proto_tcp, bytes, offsetof(wire::TcpHeader, checksum));
}

} // namespace netmgr::fuzz
