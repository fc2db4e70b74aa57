// SPDX-License-Identifier: Apache-2.0
// Record route, timestamps and source routes across a router, and the socket options that set and show them.
#include "test/router.hpp"

#include <errno.h>
#include <netinet/in.h>

#include "kern/control.hpp"
#include "net/net.hpp"
#include "netinet/inet.hpp"
#include "test/two_hosts.hpp"

namespace netmgr::host {

namespace {

std::string address_bytes(const char* dotted)
{
    const Be32 ip = ip4(dotted);
    return std::string(reinterpret_cast<const char*>(&ip), sizeof(ip));
}

std::string dotted(const std::string& bytes, size_t at)
{
    std::string out;
    for (size_t i = 0; i < 4; ++i)
        out += (i != 0 ? "." : "") + std::to_string(static_cast<uint8_t>(bytes.at(at + i)));
    return out;
}

// A source route as IP_OPTIONS takes it: the first hop first, the destination last.
std::string route_option(uint8_t type, std::initializer_list<const char*> hops)
{
    std::string option = {'\1', static_cast<char>(type), static_cast<char>(3 + 4 * hops.size()),
                          '\4'};
    for (const char* hop : hops)
        option += address_bytes(hop);
    return option;
}

std::string recording(uint8_t type, size_t size, uint8_t pointer, uint8_t flags = 0)
{
    std::string option(size, '\0');
    option[0] = static_cast<char>(type);
    option[1] = static_cast<char>(size);
    option[2] = static_cast<char>(pointer);
    if (type == wire::opt_timestamp)
        option[3] = static_cast<char>(flags);
    while (option.size() % 4 != 0)
        option += '\0';
    return option;
}

class IpOptionsTest : public Router {
protected:
    void SetUp() override { ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0); }

    static int set_options(TestSocket& s, const std::string& options)
    {
        s.machine.use();
        return sosetopt(*s.so, IPPROTO_IP, IP_OPTIONS, options.data(), options.size(),
                        Cred::root());
    }

    // The whole IP packet of an echo reply, or of the error that came instead; empty: nothing came.
    std::string ping(const std::string& options, const char* to = "10.1.0.1")
    {
        TestSocket s(left, SOCK_RAW, IPPROTO_ICMP);
        EXPECT_EQ(set_options(s, options), 0);
        EXPECT_EQ(s.send_to(echo_request(7, 1, 8), to, 0), 0);
        std::string got;
        const bool came = lab.run_until([&] { return s.receive(got) == 0; }, 2 * second);
        return came ? got : std::string();
    }
    static uint8_t icmp_type(const std::string& packet)
    {
        const size_t header_len = (static_cast<uint8_t>(packet.at(0)) & 0x0f) * 4u;
        return static_cast<uint8_t>(packet.at(header_len));
    }
    static uint8_t icmp_byte(const std::string& packet, size_t at)
    {
        const size_t header_len = (static_cast<uint8_t>(packet.at(0)) & 0x0f) * 4u;
        return static_cast<uint8_t>(packet.at(header_len + at));
    }
};

TEST_F(IpOptionsTest, RecordRouteThereAndBack)
{
    const std::string got = ping(recording(wire::opt_record_route, 39, 4));
    ASSERT_EQ(got.size(), 60u + 16);
    EXPECT_EQ(got[22], 20); // four addresses: router, target, router again, ourselves
    EXPECT_EQ(dotted(got, 23), "10.1.0.254");
    EXPECT_EQ(dotted(got, 27), "10.1.0.1");
    EXPECT_EQ(dotted(got, 31), "10.0.0.254");
    EXPECT_EQ(dotted(got, 35), "10.0.0.1");
    // Without room for more it stays as it is.
    const std::string full = ping(recording(wire::opt_record_route, 7, 4));
    EXPECT_EQ(dotted(full, 23), "10.1.0.254");
    EXPECT_EQ(full[22], 8);
}

TEST_F(IpOptionsTest, Timestamps)
{
    std::string got = ping(recording(wire::opt_timestamp, 36, 5, 1));
    ASSERT_EQ(got.size(), 56u + 16);
    EXPECT_EQ(dotted(got, 24), "10.1.0.254");
    EXPECT_EQ(dotted(got, 32), "10.1.0.1");
    EXPECT_EQ(dotted(got, 40), "10.0.0.254");
    EXPECT_EQ(dotted(got, 48), "10.0.0.1");
    uint32_t before = 0;
    for (size_t at : {28u, 36u, 44u, 52u}) {
        const auto stamp = *reinterpret_cast<const Be32*>(got.data() + at);
        EXPECT_GE(stamp, before);
        EXPECT_LT(stamp, 86'400'000u);
        before = stamp;
    }
    got = ping(recording(wire::opt_timestamp, 12, 5, 0));
    EXPECT_EQ(got[22], 13);
    EXPECT_EQ(static_cast<uint8_t>(got[23]),
              0x20); // two had no room: router and ourselves on the way back
    std::string named = recording(wire::opt_timestamp, 12, 5, 3);
    named.replace(4, 4, address_bytes("10.1.0.1"));
    got = ping(named);
    EXPECT_EQ(got[22], 13); // only the one named
}

TEST_F(IpOptionsTest, SourceRoutesNeedLeave)
{
    const std::string through =
        route_option(wire::opt_loose_source_route, {"10.0.0.254", "10.1.0.1"});
    std::string got = ping(through);
    ASSERT_FALSE(got.empty());
    EXPECT_EQ(icmp_type(got), wire::icmp_unreachable);
    EXPECT_EQ(icmp_byte(got, 1), wire::unreach_source_route);
    EXPECT_EQ(router.counter("ip.source_routed"), 1u);
    ASSERT_EQ(router.set_variable("net.inet.ip.forwsrcrt", 1), 0);
    got = ping(through); // now the target refuses
    EXPECT_EQ(icmp_type(got), wire::icmp_unreachable);
    EXPECT_EQ(right.counter("ip.source_routed"), 1u);
    ASSERT_EQ(right.set_variable("net.inet.ip.allowsrcrt", 1), 0);
    ASSERT_EQ(left.set_variable("net.inet.ip.allowsrcrt", 1), 0);
    for (uint8_t type : {wire::opt_loose_source_route, wire::opt_strict_source_route}) {
        got = ping(route_option(type, {"10.0.0.254", "10.1.0.1"}));
        ASSERT_EQ(got.size(), 28u + 16);
        EXPECT_EQ(icmp_type(got), wire::icmp_echo_reply);
        EXPECT_EQ(static_cast<uint8_t>(got[21]), type);
        EXPECT_EQ(dotted(got, 24), "10.0.0.254"); // the reply came by the same way
    }
    EXPECT_EQ(router.counter("ip.source_route_followed"), 5u);
    EXPECT_EQ(router.counter("ip.redirects_sent"), 0u);
}

TEST_F(IpOptionsTest, StrictMeansNeighbours)
{
    ASSERT_EQ(router.set_variable("net.inet.ip.forwsrcrt", 1), 0);
    ASSERT_EQ(router.add_route("10.5.0.0", 16, "10.1.0.1"), 0);
    const std::string got =
        ping(route_option(wire::opt_strict_source_route, {"10.0.0.254", "10.5.0.1"}));
    ASSERT_FALSE(got.empty());
    EXPECT_EQ(icmp_byte(got, 1), wire::unreach_source_route);
}

TEST_F(IpOptionsTest, MalformedOnesAreReported)
{
    TestSocket raw(left, SOCK_RAW, IPPROTO_ICMP);
    auto complaint = [&](const std::string& option) {
        std::string packet(20, '\0'), padded = option, got;
        padded.resize((option.size() + 3) / 4 * 4, '\0');
        auto& h = *reinterpret_cast<wire::Ipv4Header*>(packet.data());
        h.set_header_len(20 + padded.size());
        h.ttl = 9;
        h.protocol = wire::proto_udp;
        h.source = ip4("10.0.0.1");
        h.destination = ip4("10.1.0.1");
        TestSocket sender(left, SOCK_RAW, IPPROTO_RAW);
        EXPECT_EQ(sender.set(IPPROTO_IP, IP_HDRINCL, 1), 0);
        packet += padded + "12345678";
        EXPECT_EQ(sender.send_to(packet, "10.1.0.1", 0), 0);
        if (!lab.run_until([&] { return raw.receive(got) == 0; }, 2 * second))
            return -1;
        EXPECT_EQ(icmp_type(got), wire::icmp_parameter);
        return static_cast<int>(icmp_byte(got, 4));
    };
    EXPECT_EQ(complaint(std::string("\x07\x07\x03\0\0\0\0", 7)), 22);     // pointer below 4
    EXPECT_EQ(complaint(std::string("\x07\x07\x06\0\0\0\0", 7)), 22);     // half an address left
    EXPECT_EQ(complaint(std::string("\x07\x02", 2)), 22);                 // no pointer at all
    EXPECT_EQ(complaint(std::string("\x44\x08\x04\x00\0\0\0\0", 8)), 22); // pointer below 5
    EXPECT_EQ(complaint(std::string("\x44\x08\x05\x02\0\0\0\0", 8)), 23); // no such flag
    EXPECT_EQ(complaint(std::string("\x44\x08\x09\xf0\0\0\0\0", 8)),
              23); // the sixteenth without room
    EXPECT_EQ(complaint(std::string("\x83\x07\x02\1\2\3\4", 7)), 22);
    EXPECT_EQ(complaint(std::string("\x83\x03\x04\x89\x03\x04", 6)), 20 + 3); // two source routes
    EXPECT_EQ(complaint(std::string("\x44\x10\x05", 3)), 21); // longer than the header
}

TEST_F(IpOptionsTest, SocketOptionForm)
{
    TestSocket s(left, SOCK_DGRAM);
    auto get = [&] {
        uint8_t bytes[64];
        size_t size = sizeof(bytes);
        EXPECT_EQ(sogetopt(*s.so, IPPROTO_IP, IP_OPTIONS, bytes, size, Cred::root()), 0);
        return std::string(reinterpret_cast<char*>(bytes), size);
    };
    EXPECT_EQ(get(), "");
    const std::string route =
        route_option(wire::opt_loose_source_route, {"10.0.0.254", "10.0.0.9", "10.1.0.1"});
    const std::string both = std::string("\x94\x04\0\0", 4) + route;
    ASSERT_EQ(set_options(s, both), 0);
    EXPECT_EQ(get(), both);
    EXPECT_EQ(set_options(s, route_option(wire::opt_loose_source_route, {"10.1.0.1"})),
              EINVAL); // no destination
    EXPECT_EQ(set_options(s, std::string("\x07\x05\x04", 3)), EINVAL);
    EXPECT_EQ(set_options(s, std::string("\x07\x09\x04\0", 4)), EINVAL);
    EXPECT_EQ(set_options(s, std::string(48, '\1')), EINVAL);
    EXPECT_EQ(set_options(s, route + route), EINVAL);
    EXPECT_EQ(get(), both);
    EXPECT_EQ(set_options(s, ""), 0);
    EXPECT_EQ(get(), "");
}

TEST_F(IpOptionsTest, ReceiverIsToldTheWayBack)
{
    ASSERT_EQ(router.set_variable("net.inet.ip.forwsrcrt", 1), 0);
    ASSERT_EQ(right.set_variable("net.inet.ip.allowsrcrt", 1), 0);
    TestSocket client(left, SOCK_DGRAM), server(right, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ASSERT_EQ(server.set(IPPROTO_IP, IP_RECVRETOPTS, 1), 0);
    ASSERT_EQ(
        set_options(client, route_option(wire::opt_loose_source_route, {"10.0.0.254", "10.1.0.1"})),
        0);
    ASSERT_EQ(client.send_to("hello", "10.1.0.1", 7),
              0); // the checksum is that of the last address
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(got, "hello");
    ASSERT_TRUE(server.last.control);
    std::string way_back;
    EXPECT_EQ(control_walk(
                  server.last.control.get(),
                  [](void* arg, const cmsghdr& header, const uint8_t* data, size_t size) {
                      if (header.cmsg_type == IP_RECVRETOPTS)
                          static_cast<std::string*>(arg)->assign(
                              reinterpret_cast<const char*>(data), size);
                      return 0;
                  },
                  &way_back),
              0);
    EXPECT_EQ(way_back, route_option(wire::opt_loose_source_route, {"10.1.0.254", "10.0.0.1"}));
    EXPECT_EQ(set_options(server, way_back), 0); // and may be used as it is
}

} // namespace

} // namespace netmgr::host
