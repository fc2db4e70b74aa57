// SPDX-License-Identifier: Apache-2.0
// IPv6 packets of any content for a stack on an Ethernet: nothing breaks, nothing leaks, what goes out is well-formed.
#include <stdlib.h>

#include <netinet/in.h>
#include <netinet6/in6_var.h>

#include "fuzz/world.hpp"
#include "host/lab.hpp"
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

using namespace netmgr;
using namespace netmgr::fuzz;

namespace {

IpAddress address(uint16_t first, uint16_t second, uint8_t last)
{
    IpAddress a;
    a.bytes[0] = static_cast<uint8_t>(first >> 8);
    a.bytes[1] = static_cast<uint8_t>(first);
    a.bytes[2] = static_cast<uint8_t>(second >> 8);
    a.bytes[3] = static_cast<uint8_t>(second);
    a.bytes[15] = last;
    return a;
}

const IpAddress ours = address(0x2001, 0xdb8, 1);

// What leaves the machine: right lengths, and ICMPv6 with the right checksum.
bool look_at(const host::Frame& frame)
{
    constexpr size_t link = sizeof(wire::EtherHeader);
    if (frame.size() < link || frame[12] != 0x86 || frame[13] != 0xdd)
        return false;
    const auto& h = *reinterpret_cast<const wire::Ipv6Header*>(frame.data() + link);
    if (frame.size() < link + sizeof(h) || h.version() != 6 ||
        frame.size() != link + sizeof(h) + h.payload_len)
        abort();
    if (h.source().is_v6_multicast() || h.source().zone() != 0 || h.destination().zone() != 0)
        abort();
    if (h.next == wire::next_icmp6) {
        wire::Checksum sum;
        sum.add_pseudo(h.source(), h.destination(), h.next, h.payload_len);
        sum.add(frame.data() + link + sizeof(h), h.payload_len);
        if (sum.value() != 0)
            abort();
    }
    return false;
}

struct Wired {
    Wired()
    {
        Inet6& six = inet6_of(machine.use());
        ifnet& en0 = machine.port->interface();
        six.ip.accept_rtadv = 1;
        if (six.add_address(en0, {ours, 64, IN6_IFF_NODAD, UINT32_MAX, UINT32_MAX, {}}) != 0)
            abort();
        lab.bus.filter = look_at;
        lab.run_for(3 * ns_per_s);
    }
    void open(int type, int protocol)
    {
        Socket* so = nullptr;
        if (socreate(machine.use(), AF_INET6, type, protocol, Cred::root(), &so) != 0)
            abort();
        sockets.push_back(so);
        const sockaddr_in6 name = make_sockaddr_in6(IpAddress(), type == SOCK_RAW ? 0 : 7);
        (void)sobind(*so, as_sockaddr(name), sizeof(name), Cred::root());
        if (type == SOCK_STREAM)
            (void)solisten(*so, 5, Cred::root());
    }
    void inject(const std::vector<uint8_t>& packet)
    {
        ifnet& en0 = machine.port->interface();
        MbufPtr m = machine.use().mbufs().copy_in(packet.data(), packet.size());
        if (!m || packet.empty())
            return;
        m->m_pkthdr.rcvif = &en0;
        m->m_pkthdr.ether_type = wire::ether_ipv6;
        machine.stack->net().queue_input(en0, std::move(m));
        machine.stack->run(100000);
    }
    bool clean()
    {
        return machine.stack->inet().tcp->connections == 0 &&
               machine.stack->mbufs().stats().clusters_in_use == 0 &&
               machine.stack->inet().tcp->syncache.empty();
    }
    void finish()
    {
        machine.use();
        for (Socket* so : sockets)
            soabort(so);
        sockets.clear();
        for (int seconds = 0; !clean(); ++seconds) {
            if (seconds == 1000)
                abort();
            lab.run_for(ns_per_s);
        }
    }

    host::Lab lab;
    host::Machine& machine = lab.add_v6();
    std::vector<Socket*> sockets;
};

std::vector<uint8_t> packet_of(Bytes& in, uint8_t kind, std::vector<uint8_t> payload)
{
    static const IpAddress sources[] = {address(0x2001, 0xdb8, 2), address(0xfe80, 0, 2),
                                        address(0, 0, 0), address(0x2001, 0xdb9, 3)};
    static const IpAddress destinations[] = {ours, address(0xff02, 0, 1), address(0xfe80, 0, 1),
                                             address(0xff02, 0, 22)};
    static constexpr uint8_t nexts[] = {
        wire::next_icmp6, wire::next_hop_by_hop, wire::next_fragment, wire::next_destination,
        wire::proto_tcp,  wire::proto_udp,       wire::next_routing,  99};
    const uint8_t choice = in.byte();
    wire::Ipv6Header h = {};
    h.set_flow(0, 0);
    h.next = nexts[kind & 7];
    h.hop_limit = (choice & 0x80) != 0 ? 64 : 255;
    h.payload_len = static_cast<uint16_t>(payload.size());
    h.set_source(sources[choice & 3]);
    h.set_destination(destinations[choice >> 2 & 3]);
    const size_t checksum_at = h.next == wire::proto_tcp   ? offsetof(wire::TcpHeader, checksum)
                               : h.next == wire::proto_udp ? 6
                                                           : 2;
    if ((kind & 7) == 0 || h.next == wire::proto_tcp || h.next == wire::proto_udp)
        if (payload.size() >= checksum_at + 2) {
            payload[checksum_at] = payload[checksum_at + 1] = 0;
            wire::Checksum sum;
            sum.add_pseudo(h.source(), h.destination(), h.next, payload.size());
            sum.add(payload.data(), payload.size());
            const Be16 value = sum.value();
            memcpy(&payload[checksum_at], &value, sizeof(value));
        }
    std::vector<uint8_t> bytes(sizeof(h) + payload.size());
    memcpy(bytes.data(), &h, sizeof(h));
    if (!payload.empty())
        memcpy(bytes.data() + sizeof(h), payload.data(), payload.size());
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static Wired* const w = new Wired;
    current_stack = w->machine.stack;
    Bytes in(data, size);
    w->open(SOCK_STREAM, 0);
    w->open(SOCK_DGRAM, 0);
    w->open(SOCK_RAW, IPPROTO_ICMPV6);
    while (!in.empty()) {
        const uint8_t kind = in.byte();
        const size_t len = in.word() % 1500;
        std::vector<uint8_t> payload = in.take(len);
        w->inject((kind & 8) != 0 ? payload : packet_of(in, kind, payload));
        if ((kind & 16) != 0)
            w->lab.run_for(static_cast<uint64_t>(kind) * 10 * ns_per_ms);
    }
    w->finish();
    return 0;
}
