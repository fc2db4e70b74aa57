// SPDX-License-Identifier: Apache-2.0
// Ping over raw sockets, and ICMP errors.
#include "test/router.hpp"
#include "test/two_hosts.hpp"

#include "net/sockaddr.hpp"
#include "wire/checksum.hpp"
#include "wire/icmp.hpp"

namespace netmgr::host {

namespace {

class Ping : public TwoHosts {
protected:
    // The reply's data, checked for kind, id and TTL; empty when none came.
    std::string ping(Machine& from, const char* to, size_t size, uint16_t sequence = 1)
    {
        TestSocket s(from, SOCK_RAW, IPPROTO_ICMP);
        std::string got;
        EXPECT_EQ(s.send_to(echo_request(77, sequence, size), to, 0), 0);
        const bool came = lab.run_until(
            [&] {
                while (s.receive(got) == 0)
                    if (got.size() >= 28 && static_cast<uint8_t>(got[20]) == wire::icmp_echo_reply)
                        return true;
                return false;
            },
            2 * second);
        return came ? got : std::string();
    }
};

TEST_F(Ping, BothWays)
{
    const std::string reply = ping(a, "10.0.0.2", 56);
    ASSERT_EQ(reply.size(), 84u);
    const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(reply.data());
    const auto& icmp = *reinterpret_cast<const wire::IcmpHeader*>(reply.data() + 20);
    EXPECT_EQ(ip.source, ip4("10.0.0.2"));
    EXPECT_EQ(ip.total_len, 84);
    EXPECT_EQ(ip.ttl, 255);
    EXPECT_EQ(icmp.echo.id, 77);
    EXPECT_EQ(icmp.echo.sequence, 1);
    EXPECT_EQ(reply.substr(28), std::string(56, 'p'));
    EXPECT_EQ(ping(b, "10.0.0.1", 0).size(), 28u);
}

TEST_F(Ping, LoopbackAndOwnAddress)
{
    EXPECT_EQ(ping(a, "127.0.0.1", 56).size(), 84u);
    EXPECT_EQ(ping(a, "10.0.0.1", 56).size(), 84u);
}

TEST_F(Ping, LargeOnesAreFragmented)
{
    for (size_t size : {1472u, 1473u, 4000u, 20000u, 65000u})
        EXPECT_EQ(ping(a, "10.0.0.2", size).size(), size + 28) << size;
    EXPECT_GT(b.counter("ip.reassembled"), 0u);
}

TEST_F(Ping, BroadcastAnsweredOnlyWhenAskedTo)
{
    EXPECT_EQ(ping(a, "10.0.0.255", 56), "");
    EXPECT_EQ(b.counter("icmp.broadcast_echo_ignored"), 1u);
    ASSERT_EQ(b.set_variable("net.inet.icmp.bmcastecho", 1), 0);
    const std::string reply = ping(a, "10.0.0.255", 56);
    ASSERT_EQ(reply.size(), 84u);
    EXPECT_EQ(reinterpret_cast<const wire::Ipv4Header*>(reply.data())->source, ip4("10.0.0.2"));
}

TEST_F(Ping, AllHostsGroup)
{
    ASSERT_EQ(b.set_variable("net.inet.icmp.bmcastecho", 1), 0);
    const std::string reply = ping(a, "224.0.0.1", 56);
    ASSERT_EQ(reply.size(), 84u);
    EXPECT_EQ(reinterpret_cast<const wire::Ipv4Header*>(reply.data())->source, ip4("10.0.0.2"));
}

TEST_F(Ping, RawSocketsNeedTheAbility)
{
    TestSocket s(a, SOCK_RAW, IPPROTO_ICMP, Cred());
    EXPECT_EQ(s.error, EACCES);
}

TEST_F(Ping, HeaderIncludedIsSentAsGiven)
{
    TestSocket s(a, SOCK_RAW, IPPROTO_ICMP), listener(b, SOCK_RAW, 200);
    ASSERT_EQ(s.set(IPPROTO_IP, IP_HDRINCL, 1), 0);
    std::string packet(24, 'z');
    auto& h = *reinterpret_cast<wire::Ipv4Header*>(packet.data());
    h = {};
    h.set_header_len(20);
    h.ttl = 9;
    h.protocol = 200;
    h.total_len = static_cast<uint16_t>(24);
    h.id = static_cast<uint16_t>(0x1234);
    h.fragment = static_cast<uint16_t>(0);
    h.source = ip4("10.0.0.1");
    h.destination = ip4("10.0.0.2");
    ASSERT_EQ(s.send_to(packet, "10.0.0.2", 0), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return listener.receive(got) == 0; }));
    const auto& seen = *reinterpret_cast<const wire::Ipv4Header*>(got.data());
    EXPECT_EQ(seen.ttl, 9);
    EXPECT_EQ(seen.id, 0x1234);
    EXPECT_EQ(got.substr(20), "zzzz");
    EXPECT_EQ(s.send_to(packet.substr(0, 19), "10.0.0.2", 0), EINVAL);
    h.total_len = static_cast<uint16_t>(2000);
    EXPECT_EQ(s.send_to(packet, "10.0.0.2", 0), EINVAL);
    h.total_len = static_cast<uint16_t>(24);
    h.version_ihl = 0x4f; // says 60 bytes of header
    EXPECT_EQ(s.send_to(packet, "10.0.0.2", 0), EINVAL);
}

TEST_F(Ping, UnknownProtocolIsReported)
{
    TestSocket s(a, SOCK_RAW, 253), errors(a, SOCK_RAW, IPPROTO_ICMP);
    ASSERT_EQ(s.send_to("what", "10.0.0.2", 0), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return errors.receive(got) == 0; }));
    EXPECT_EQ(static_cast<uint8_t>(got[20]), wire::icmp_unreachable);
    EXPECT_EQ(static_cast<uint8_t>(got[21]), wire::unreach_protocol);
    EXPECT_EQ(b.counter("ip.no_protocol"), 1u);
}

TEST_F(Ping, ErrorsAreRateLimited)
{
    ASSERT_EQ(b.set_variable("net.inet.icmp.errppslimit", 10), 0);
    introduce();
    lab.run_for(2 * second);
    const uint64_t before = b.counter("icmp.errors_sent");
    TestSocket client(a, SOCK_DGRAM);
    for (int i = 0; i < 50; ++i)
        client.send_to("x", "10.0.0.2", 4444);
    lab.run_for(10 * ms);
    EXPECT_EQ(b.counter("icmp.errors_sent") - before, 10u);
    EXPECT_EQ(b.counter("icmp.rate_limited"), 40u);
}

TEST_F(Router, ForwardsOnlyWhenTold)
{
    TestSocket client(left, SOCK_DGRAM), server(right, SOCK_DGRAM);
    std::string got;
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    client.send_to("x", "10.1.0.1", 7);
    lab.run_for(second);
    EXPECT_EQ(server.receive(got), EWOULDBLOCK);
    EXPECT_EQ(router.counter("ip.not_for_us"), 1u);
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
    client.send_to(std::string(5000, 'q'), "10.1.0.1", 7);
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(got, std::string(5000, 'q'));
    EXPECT_EQ(router.counter("ip.forwarded"), 4u);
}

TEST_F(Router, TtlExceededComesBack)
{
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
    TestSocket client(left, SOCK_DGRAM), errors(left, SOCK_RAW, IPPROTO_ICMP);
    ASSERT_EQ(client.set(IPPROTO_IP, IP_TTL, 1), 0);
    client.send_to("x", "10.1.0.1", 33434);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return errors.receive(got) == 0; }));
    EXPECT_EQ(static_cast<uint8_t>(got[20]), wire::icmp_time_exceeded);
    EXPECT_EQ(reinterpret_cast<const wire::Ipv4Header*>(got.data())->source, ip4("10.0.0.254"));
}

// RFC 1122 3.2.2: the first fragment's fate is told, the others' is not.
TEST_F(Router, NoErrorAboutALaterFragment)
{
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
    TestSocket client(left, SOCK_DGRAM);
    ASSERT_EQ(client.set(IPPROTO_IP, IP_TTL, 1), 0);
    ASSERT_EQ(client.send_to(std::string(4000, 'x'), "10.1.0.1", 33434), 0);
    lab.run_for(second);
    EXPECT_EQ(router.counter("icmp.errors_sent"), 1u);
}

TEST_F(Router, UnreachableNetAndHost)
{
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
    TestSocket client(left, SOCK_DGRAM);
    ASSERT_EQ(client.connect("192.168.7.7", 9), 0);
    ASSERT_EQ(client.send("x"), 0);
    ASSERT_TRUE(lab.run_until([&] { return client.so->error != 0; }));
    EXPECT_EQ(client.so->take_error(), EHOSTUNREACH);
}

TEST_F(Router, PathMtuIsLearned)
{
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
    router.more_ports[0]->interface().if_mtu = 1000;
    TestSocket raw(left, SOCK_RAW, 253);
    ASSERT_EQ(raw.set(IPPROTO_IP, IP_HDRINCL, 1), 0);
    std::string packet(1400, 'z');
    auto& h = *reinterpret_cast<wire::Ipv4Header*>(packet.data());
    h = {};
    h.set_header_len(20);
    h.ttl = 64;
    h.protocol = wire::proto_udp;
    h.total_len = static_cast<uint16_t>(1400);
    h.fragment = wire::Ipv4Header::dont_fragment;
    h.source = ip4("10.0.0.1");
    h.destination = ip4("10.1.0.1");
    ASSERT_EQ(raw.send_to(packet, "10.1.0.1", 0), 0);
    lab.run_for(second);
    EXPECT_EQ(router.counter("ip.cannot_fragment"), 1u);
    const rtentry* route = left.use().inet().lookup_route(ip4("10.1.0.1"));
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->mtu, 1000u);
    EXPECT_EQ(raw.send_to(packet, "10.1.0.1", 0), EMSGSIZE);
    lab.run_for(601 * second);
    EXPECT_EQ(left.use().inet().lookup_route(ip4("10.1.0.1"))->mtu, 0u);
}

TEST_F(Router, ForgedPathMtusTeachNothingOrLittle)
{
    TestSocket forger(router, SOCK_RAW, IPPROTO_ICMP);
    auto forge = [&](uint32_t destination, uint8_t protocol, uint16_t port) {
        std::string bytes(sizeof(wire::IcmpHeader) + sizeof(wire::Ipv4Header) + 8, '\0');
        auto& icmp = *reinterpret_cast<wire::IcmpHeader*>(bytes.data());
        icmp.type = wire::icmp_unreachable;
        icmp.code = wire::unreach_need_fragment;
        icmp.need_fragment.next_mtu = 600;
        auto& quoted = *reinterpret_cast<wire::Ipv4Header*>(bytes.data() + sizeof(icmp));
        quoted.set_header_len(sizeof(quoted));
        quoted.total_len = 1400;
        quoted.protocol = protocol;
        quoted.source = ip4("10.0.0.1");
        quoted.destination = destination;
        const Be16 from = port;
        memcpy(bytes.data() + sizeof(icmp) + sizeof(quoted), &from, sizeof(from));
        icmp.checksum = wire::checksum(bytes.data(), bytes.size());
        ASSERT_EQ(forger.send_to(bytes, "10.0.0.1", 0), 0);
        lab.run_for(10'000);
    };
    auto taught = [&] {
        unsigned n = 0;
        RouteTable& table = left.use().net().routes;
        for (const rtentry* r = table.first(); r != nullptr; r = table.next(r))
            n += (r->flags & RTF_DYNAMIC) != 0;
        return n;
    };
    TestSocket udp(left, SOCK_DGRAM), tcp(left, SOCK_STREAM), connected(left, SOCK_DGRAM);
    ASSERT_EQ(udp.bind("0.0.0.0", 7000), 0);
    ASSERT_EQ(tcp.bind("0.0.0.0", 7000), 0);
    ASSERT_EQ(connected.bind("0.0.0.0", 7001), 0);
    ASSERT_EQ(connected.connect("10.1.0.1", 9), 0);
    forge(ip4("10.1.0.1"), wire::proto_udp, 7002);
    forge(ip4("10.1.0.1"), wire::proto_udp, 7001); // to another port
    forge(ip4("10.1.0.1"), wire::proto_tcp, 7000);
    forge(ip4("10.1.0.1"), wire::proto_icmp, 7000);
    forge(ip4("10.1.0.1"), 253, 7000);
    EXPECT_EQ(taught(), 0u);
    for (uint32_t i = 0; i < 1100; ++i)
        forge(ip4("10.2.0.0") + i, wire::proto_udp, 7000);
    EXPECT_EQ(taught(), 1024u);
    lab.run_for(601 * second);
    EXPECT_EQ(taught(), 0u);
}

TEST_F(Router, RedirectsASenderOnTheSameNet)
{
    // router's way to 10.9/16 is a second gateway on left's own net.
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
    Machine& second_gateway = lab.add();
    second_gateway.configure("10.0.0.253", "255.255.255.0");
    ASSERT_EQ(router.add_route("10.9.0.0", 16, "10.0.0.253"), 0);
    TestSocket client(left, SOCK_DGRAM);
    client.send_to("x", "10.9.1.1", 7);
    lab.run_for(second);
    EXPECT_EQ(router.counter("ip.redirects_sent"), 1u);
    const rtentry* route = left.use().inet().lookup_route(ip4("10.9.1.1"));
    ASSERT_NE(route, nullptr);
    EXPECT_NE(route->flags & RTF_DYNAMIC, 0);
    EXPECT_EQ(ip_of(reinterpret_cast<const sockaddr*>(&route->gateway)), ip4("10.0.0.253"));
}

class FastForward : public Router {
protected:
    void SetUp() override
    {
        ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
        ASSERT_EQ(router.variable("net.inet.ip.maxflows"), 0);
        ASSERT_EQ(router.set_variable("net.inet.ip.maxflows", 256), 0);
        ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
        ASSERT_EQ(server.set(IPPROTO_IP, IP_RECVTTL, 1), 0);
        send(2); // the first waits for ARP
        send(1);
    }
    void send(int count, uint16_t bytes = 100)
    {
        for (int i = 0; i < count; ++i) {
            EXPECT_EQ(client.send_to(std::string(bytes, 'q'), "10.1.0.1", 7), 0);
            std::string got;
            EXPECT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
            EXPECT_EQ(got, std::string(bytes, 'q'));
            EXPECT_EQ(*CMSG_DATA(mtod(server.last.control.get(), cmsghdr*)), 63);
        }
    }
    uint64_t fast() { return router.counter("ip.fast_forwarded"); }

    TestSocket client{left, SOCK_DGRAM}, server{right, SOCK_DGRAM};
};

TEST_F(FastForward, KnownFlowsPassTheStackBy)
{
    const uint64_t before = fast(), forwarded = router.counter("ip.forwarded");
    send(10);
    EXPECT_EQ(fast() - before, 10u);
    EXPECT_EQ(router.counter("ip.forwarded") - forwarded, 10u);
    lab.run_for(4 * second); // too old: asked anew
    send(2);
    EXPECT_EQ(fast() - before, 11u);
    send(1, 5000); // its fragments, too
    EXPECT_EQ(fast() - before, 15u);
}

TEST_F(FastForward, ChangesAreSeenAtOnce)
{
    uint64_t before = fast();
    ASSERT_EQ(router.set_variable("net.inet.ip.maxflows", 0), 0);
    send(3);
    EXPECT_EQ(fast(), before);
    ASSERT_EQ(router.set_variable("net.inet.ip.maxflows", 16), 0);
    send(3);
    EXPECT_EQ(fast(), before + 2);
    ASSERT_EQ(router.add_route("10.77.0.0", 16, "10.1.0.1"), 0);
    send(2);
    EXPECT_EQ(fast(), before + 3);
    before = fast();
    ASSERT_EQ(router.add_route("10.1.0.1", 32, "10.0.0.99"), 0); // goes elsewhere from now on
    client.send_to("x", "10.1.0.1", 7);
    lab.run_for(second);
    std::string got;
    EXPECT_EQ(server.receive(got), EWOULDBLOCK);
    EXPECT_EQ(fast(), before);
    ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 0), 0);
    client.send_to("x", "10.1.0.1", 7);
    lab.run_for(second);
    EXPECT_EQ(fast(), before);
}

TEST_F(FastForward, LastHopIsTheStacks)
{
    const uint64_t before = fast();
    TestSocket errors(left, SOCK_RAW, IPPROTO_ICMP);
    ASSERT_EQ(client.set(IPPROTO_IP, IP_TTL, 1), 0);
    client.send_to("x", "10.1.0.1", 7);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return errors.receive(got) == 0; }));
    EXPECT_EQ(static_cast<uint8_t>(got[20]), wire::icmp_time_exceeded);
    EXPECT_EQ(fast(), before);
}

} // namespace

} // namespace netmgr::host
