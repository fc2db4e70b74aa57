// SPDX-License-Identifier: Apache-2.0
// IPv6 between whole stacks: addresses, neighbours, sockets, fragments, path MTU, routers, forwarding.
#include "two_hosts6.hpp"

namespace netmgr::host {

TEST_F(TwoHosts6, LinkLocalAddressesComeWithTheInterface)
{
    Inet6& six = inet6_of(a.use());
    ifnet* en0 = six.net.find_interface("en0");
    const ifaddr* own = six.link_local_of(*en0);
    ASSERT_NE(own, nullptr);
    EXPECT_EQ(ip6_of(&own->address), ip6("fe80::ff:fe00:1").with_zone(en0->if_index));
    EXPECT_EQ(own->flags6 & IN6_IFF_TENTATIVE, 0u);
    EXPECT_TRUE(six.is_member(*en0, ip6("ff02::1")));
    EXPECT_TRUE(six.is_member(*en0, ip6("ff02::1:ff00:1")));
    EXPECT_NE(six.address_of(IpAddress::v6_loopback()), nullptr);
    EXPECT_GE(a.counter("nd6.solicits_sent"), 1u);
    EXPECT_GE(a.counter("mld6.reports_sent"), 1u);
}

TEST_F(TwoHosts6, DatagramsFindTheirNeighbour)
{
    Socket6 server(b, SOCK_DGRAM);
    Socket6 client(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(server.bind6("2001:db8::2", 7), 0);
    EXPECT_EQ(client.send6("hello", "2001:db8::2", 7), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(server.receive(data), 0);
    EXPECT_EQ(data, "hello");
    EXPECT_EQ(server.from(), ip6("2001:db8::1"));
    // By the link's own addresses, with the zone.
    const unsigned zone = a.use().net().find_interface("en0")->if_index;
    Socket6 any(b, SOCK_DGRAM);
    ASSERT_EQ(any.bind6("::", 8), 0);
    EXPECT_EQ(client.send6("local", "fe80::ff:fe00:2%" + std::to_string(zone), 8), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(any.receive(data), 0);
    EXPECT_EQ(data, "local");
    EXPECT_TRUE(any.from().is_link_local());
    EXPECT_NE(any.from().zone(), 0u);
}

TEST_F(TwoHosts6, NobodyListensIsConnectionRefused)
{
    Socket6 client(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(client.connect6("2001:db8::2", 99), 0);
    EXPECT_EQ(client.send("x"), 0);
    lab.run_for(100 * ms);
    EXPECT_EQ(client.receive(data), ECONNREFUSED);
    EXPECT_EQ(b.counter("icmp6.errors_sent"), 1u);
}

TEST_F(TwoHosts6, LargeDatagramsGoInFragments)
{
    Socket6 server(b, SOCK_DGRAM);
    Socket6 client(a, SOCK_DGRAM);
    std::string data;
    const std::string big(9000, 'z');
    ASSERT_EQ(server.bind6("::", 7), 0);
    EXPECT_EQ(client.send6(big, "2001:db8::2", 7), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(server.receive(data), 0);
    EXPECT_EQ(data, big);
    EXPECT_EQ(a.counter("ip6.fragments_sent"), 7u);
    EXPECT_EQ(b.counter("ip6.reassembled"), 1u);
    // IPV6_DONTFRAG: an error instead.
    EXPECT_EQ(client.set(IPPROTO_IPV6, IPV6_DONTFRAG, 1), 0);
    EXPECT_EQ(client.send6(big, "2001:db8::2", 7), EMSGSIZE);
}

TEST_F(TwoHosts6, NoFragmentsBelowTheirHeaders)
{
    Socket6 sender(a, SOCK_DGRAM);
    rtentry* route = a.use().net().table_of(AF_INET6, 0).lookup(PrefixKey::of(ip6("2001:db8::2")));
    ASSERT_NE(route, nullptr);
    for (const uint32_t mtu : {1u, 40u, 48u, 55u}) {
        route->mtu = mtu;
        EXPECT_EQ(sender.send6(std::string(200, 'x'), "2001:db8::2", 9), EMSGSIZE) << mtu;
    }
    EXPECT_EQ(a.counter("ip6.fragmented"), 0u);
    route->mtu = 56;
    EXPECT_EQ(sender.send6(std::string(200, 'x'), "2001:db8::2", 9), 0);
}

TEST_F(TwoHosts6, StreamsBothWays)
{
    Socket6 listener(b, SOCK_STREAM);
    Socket6 client(a, SOCK_STREAM);
    ASSERT_EQ(listener.bind6("::", 80), 0);
    ASSERT_EQ(solisten(*listener.so, 5, Cred::root()), 0);
    EXPECT_EQ(client.connect6("2001:db8::2", 80), EINPROGRESS);
    ASSERT_TRUE(lab.run_until([&] { return soconnect_result(*client.so) == 0; }, 5 * second));
    Socket* accepted = nullptr;
    sockaddr_storage peer;
    socklen_t len = 0;
    lab.run_for(50 * ms);
    b.use();
    ASSERT_EQ(soaccept(*listener.so, &accepted, peer, len), 0);
    TestSocket server(b, accepted);
    EXPECT_EQ(len, sizeof(sockaddr_in6));
    EXPECT_EQ(ip6_of(&peer), ip6("2001:db8::1"));
    EXPECT_EQ(client.get(IPPROTO_TCP, 2 /* TCP_MAXSEG */), 1428); // 1500 - 40 - 20 - timestamps
    std::string sent;
    std::string got;
    std::string piece;
    for (int i = 0; i < 20; ++i) {
        sent += std::string(1000, static_cast<char>('a' + i));
        ASSERT_EQ(client.send(std::string(1000, static_cast<char>('a' + i))), 0);
    }
    ASSERT_TRUE(lab.run_until(
        [&] {
            if (server.receive(piece) == 0)
                got += piece;
            return got.size() == sent.size();
        },
        10 * second));
    EXPECT_EQ(got, sent);
    ASSERT_EQ(server.send("back"), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(client.receive(piece), 0);
    EXPECT_EQ(piece, "back");
}

TEST_F(TwoHosts6, ClosedPortsReset)
{
    Socket6 client(a, SOCK_STREAM);
    EXPECT_EQ(client.connect6("2001:db8::2", 81), EINPROGRESS);
    int result = EWOULDBLOCK;
    ASSERT_TRUE(lab.run_until([&] {
        result = soconnect_result(*client.so);
        return result != EWOULDBLOCK;
    }));
    EXPECT_EQ(result, ECONNREFUSED);
    EXPECT_EQ(a.counter("tcp.conn_drops"), 1u);
}

TEST_F(TwoHosts6, OneSocketForBothFamilies)
{
    Socket6 both(b, SOCK_DGRAM);
    TestSocket four(a, SOCK_DGRAM);
    std::string data;
    EXPECT_EQ(both.get(IPPROTO_IPV6, IPV6_V6ONLY), 1);
    ASSERT_EQ(both.set(IPPROTO_IPV6, IPV6_V6ONLY, 0), 0);
    ASSERT_EQ(both.bind6("::", 7), 0);
    EXPECT_EQ(four.send_to("four", "10.0.0.2", 7), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(both.receive(data), 0);
    EXPECT_EQ(data, "four");
    EXPECT_EQ(both.from(), IpAddress::v4(ip4("10.0.0.1")));
    EXPECT_EQ(both.send6("back", "::ffff:10.0.0.1", four.port()), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(four.receive(data), 0);
    EXPECT_EQ(data, "back");
    // One of each family on a port; a V6ONLY one leaves IPv4 to the other.
    Socket6 six_only(b, SOCK_DGRAM);
    TestSocket four_only(b, SOCK_DGRAM);
    ASSERT_EQ(six_only.bind6("::", 9), 0);
    ASSERT_EQ(four_only.bind("0.0.0.0", 9), 0);
    EXPECT_EQ(four.send_to("x", "10.0.0.2", 9), 0);
    lab.run_for(100 * ms);
    EXPECT_EQ(four_only.receive(data), 0);
    EXPECT_EQ(six_only.receive(data), EWOULDBLOCK);
    Socket6 third(b, SOCK_DGRAM);
    EXPECT_EQ(third.send6("x", "::ffff:10.0.0.1", 9), EINVAL); // V6ONLY
    EXPECT_EQ(third.bind6("2001:db8::77", 5), EADDRNOTAVAIL);
}

TEST_F(TwoHosts6, EchoAndItsFilter)
{
    Socket6 ping(a, SOCK_RAW, IPPROTO_ICMPV6);
    std::string data;
    uint32_t filter[8];
    memset(filter, 0xff, sizeof(filter));
    filter[129 / 32] &= ~(1u << 129 % 32);
    a.use();
    ASSERT_EQ(
        sosetopt(*ping.so, IPPROTO_ICMPV6, ICMP6_FILTER, filter, sizeof(filter), Cred::root()), 0);
    ASSERT_EQ(ping.set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1), 0);
    const std::string request("\x80\0\0\0\x12\x34\0\x01payload", 15);
    EXPECT_EQ(ping.send6(request, "2001:db8::2", 0), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(ping.receive(data), 0);
    EXPECT_EQ(static_cast<uint8_t>(data[0]), 129);
    EXPECT_EQ(data.substr(4), request.substr(4));
    EXPECT_TRUE(ping.last.control);
    EXPECT_EQ(ping.receive(data), EWOULDBLOCK);
    // A group: the answer comes from the member's own address.
    EXPECT_EQ(ping.send6(request, "ff02::1", 0), 0);
    lab.run_for(100 * ms);
    int answers = 0;
    for (; ping.receive(data) == 0; ++answers)
        EXPECT_FALSE(ping.from().is_v6_multicast());
    EXPECT_EQ(answers, 2); // the other one's and our own, for we hear ourselves
    EXPECT_EQ(a.counter("icmp6.bad_len"), 0u);
    // To ourselves, on lo0 and by the link's address.
    EXPECT_EQ(ping.send6(request, "::1", 0), 0);
    lab.run_for(ms);
    ASSERT_EQ(ping.receive(data), 0);
    const unsigned zone = a.use().net().find_interface("en0")->if_index;
    while (ping.receive(data) == 0) {
    }
    EXPECT_EQ(ping.send6(request, "fe80::ff:fe00:1%" + std::to_string(zone), 0), 0);
    lab.run_for(ms);
    ASSERT_EQ(ping.receive(data), 0);
    EXPECT_EQ(ping.from().zone(), zone);
}

TEST_F(TwoHosts6, GroupsReachTheirMembers)
{
    Socket6 member(b, SOCK_DGRAM);
    Socket6 sender(a, SOCK_DGRAM);
    std::string data;
    ipv6_mreq request = {};
    memcpy(&request.ipv6mr_multiaddr, ip6("ff15::4242").bytes, 16);
    ASSERT_EQ(member.bind6("::", 7), 0);
    b.use();
    request.ipv6mr_interface = b.use().net().find_interface("en0")->if_index;
    EXPECT_EQ(sender.send6("early", "ff15::4242", 7), 0);
    lab.run_for(100 * ms);
    EXPECT_EQ(member.receive(data), EWOULDBLOCK);
    b.use();
    ASSERT_EQ(sosetopt(*member.so, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request),
                       Cred::root()),
              0);
    EXPECT_EQ(sosetopt(*member.so, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request),
                       Cred::root()),
              EADDRINUSE);
    EXPECT_EQ(sender.send6("group", "ff15::4242", 7), 0);
    lab.run_for(100 * ms);
    ASSERT_EQ(member.receive(data), 0);
    EXPECT_EQ(data, "group");
}

TEST_F(TwoHosts6, DuplicatesAreSeen)
{
    ASSERT_EQ(configure6(b, "2001:db8::1", 64, "en0", 0), 0);
    lab.run_for(3 * second);
    Inet6& six = inet6_of(b.use());
    const ifaddr* other = six.address_of(ip6("2001:db8::1"));
    ASSERT_NE(other, nullptr);
    EXPECT_NE(other->flags6 & IN6_IFF_DUPLICATED, 0u);
    EXPECT_FALSE(six.is_ours(ip6("2001:db8::1")));
    Socket6 s(b, SOCK_DGRAM);
    EXPECT_EQ(s.bind6("2001:db8::1", 7), EADDRNOTAVAIL);
}

TEST_F(TwoHosts6, UnreachableNeighboursAreTold)
{
    Socket6 client(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(client.connect6("2001:db8::99", 7), 0);
    EXPECT_EQ(client.send("x"), 0);
    lab.run_for(6 * second);
    EXPECT_EQ(a.counter("nd6.timeouts"), 1u);
    EXPECT_EQ(client.receive(data), EHOSTUNREACH);
}

// a -- router -- c, the second link with a smaller MTU.
class Routed6 : public ::testing::Test {
protected:
    Routed6()
    {
        StackOptions forwarding;
        forwarding.forwarding6 = true;
        router = &lab.add_v6(forwarding);
        far = &lab.add_v6();
        router->add_port(far_bus, "en1", 9);
        far_port = &far->add_port(far_bus, "en1", 10);
    }
    void SetUp() override
    {
        ASSERT_EQ(configure6(a, "2001:db8:1::1"), 0);
        ASSERT_EQ(configure6(*router, "2001:db8:1::ff"), 0);
        ASSERT_EQ(configure6(*router, "2001:db8:2::ff", 64, "en1"), 0);
        ASSERT_EQ(configure6(*far, "2001:db8:2::2", 64, "en1"), 0);
        ASSERT_EQ(route6(a, "::", 0, "2001:db8:1::ff"), 0);
        ASSERT_EQ(route6(*far, "::", 0, "2001:db8:2::ff"), 0);
        lab.run_for(3 * second);
    }
    void TearDown() override
    {
        lab.run_for(130 * second);
        for (auto& machine : lab.machines)
            EXPECT_EQ(machine->stack->mbufs().stats().mbufs_in_use, 0u);
    }

    Lab lab;
    EtherBus& far_bus = lab.add_bus();
    Machine& a = lab.add_v6();
    Machine* router;
    Machine* far;
    EtherPort* far_port;
};

TEST_F(Routed6, PacketsAreForwardedAndPathsAreLearned)
{
    Socket6 server(*far, SOCK_DGRAM);
    Socket6 client(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(server.bind6("::", 7), 0);
    EXPECT_EQ(client.send6("far", "2001:db8:2::2", 7), 0);
    lab.run_for(200 * ms);
    ASSERT_EQ(server.receive(data), 0);
    EXPECT_EQ(server.from(), ip6("2001:db8:1::1"));
    EXPECT_EQ(router->counter("ip6.forwarded"), 1u);
    // The far link becomes narrow: the router says so, the sender cuts smaller pieces.
    router->use().net().find_interface("en1")->if_mtu = 1280;
    const std::string big(1400, 'q');
    EXPECT_EQ(client.send6(big, "2001:db8:2::2", 7), 0);
    lab.run_for(200 * ms);
    EXPECT_EQ(router->counter("ip6.too_big"), 1u);
    EXPECT_EQ(server.receive(data), EWOULDBLOCK);
    EXPECT_EQ(client.send6(big, "2001:db8:2::2", 7), 0);
    lab.run_for(200 * ms);
    ASSERT_EQ(server.receive(data), 0);
    EXPECT_EQ(data, big);
}

TEST_F(Routed6, HopsRunOut)
{
    Socket6 client(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(client.set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1), 0);
    ASSERT_EQ(client.connect6("2001:db8:2::2", 7), 0);
    EXPECT_EQ(client.send("x"), 0);
    lab.run_for(200 * ms);
    EXPECT_EQ(router->counter("ip6.hops_exceeded"), 1u);
    EXPECT_EQ(client.receive(data), EHOSTUNREACH);
}

TEST_F(TwoHosts6, RouteTableAndSocketTellOfIpv6)
{
    a.use();
    int32_t mib[] = {CTL_NET, AF_ROUTE, 0, AF_INET6, NET_RT_DUMP, 0};
    std::vector<uint8_t> bytes(16384);
    SysctlOut out = {bytes.data(), bytes.size()};
    ASSERT_EQ(a.stack->sysctl().call(mib, &out, nullptr, Cred::root()), 0);
    unsigned routes = 0;
    for (size_t at = 0; at + sizeof(rt_msghdr) <= out.size; ++routes) {
        rt_msghdr h;
        memcpy(&h, &bytes[at], sizeof(h));
        const uint8_t family = bytes[at + sizeof(h) + 1];
        EXPECT_EQ(family, AF_INET6);
        at += h.rtm_msglen;
    }
    EXPECT_GE(routes, 5u); // ::1, two addresses, two prefixes
}

} // namespace netmgr::host
