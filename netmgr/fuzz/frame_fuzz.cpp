// SPDX-License-Identifier: Apache-2.0
// IP packets of any content, for a stack with sockets of every kind open: nothing breaks, nothing leaks, what goes out is well-formed.
#include "fuzz/world.hpp"

using namespace netmgr;
using namespace netmgr::fuzz;

namespace {

void open_sockets(World& w)
{
    const std::pair<int, int> kinds[] = {
        {SOCK_STREAM, 0}, {SOCK_DGRAM, 0}, {SOCK_RAW, IPPROTO_ICMP}};
    for (const auto& [type, protocol] : kinds) {
        Socket* so = nullptr;
        if (socreate(*w.stack, AF_INET, type, protocol, Cred::root(), &so) != 0)
            abort();
        w.sockets.push_back(so);
        const sockaddr_in name = make_sockaddr_in(0, type == SOCK_RAW ? 0 : 7);
        (void)sobind(*so, as_sockaddr(name), sizeof(name), Cred::root());
        if (type == SOCK_STREAM)
            (void)solisten(*so, 5, Cred::root());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    World& w = world();
    Bytes in(data, size);
    open_sockets(w);
    while (!in.empty()) {
        const uint8_t kind = in.byte();
        const size_t len = in.word() % 1600;
        constexpr size_t places[] = {offsetof(wire::TcpHeader, checksum), 6, 2, 0};
        constexpr uint8_t protocols[] = {wire::proto_tcp, wire::proto_udp, wire::proto_icmp, 2};
        std::vector<uint8_t> packet = in.take(len);
        if ((kind & 4) == 0) // raw: headers are the input's own; else they are right
            packet = ip_packet(protocols[kind & 3], packet, places[kind & 3]);
        else if (packet.size() >= sizeof(wire::Ipv4Header) && (kind & 8) != 0) {
            auto& ip = *reinterpret_cast<wire::Ipv4Header*>(packet.data());
            ip.destination = our_ip;
            ip.total_len = static_cast<uint16_t>(packet.size());
            ip.checksum = uint16_t{0};
            const size_t header = ip.header_len() < packet.size() ? ip.header_len() : packet.size();
            ip.checksum = wire::checksum(packet.data(), header);
        }
        w.inject(packet);
        if ((kind & 16) != 0)
            w.run_for(static_cast<uint64_t>(kind) * 10 * ns_per_ms);
    }
    w.finish();
    return 0;
}
