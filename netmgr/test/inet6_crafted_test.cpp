// SPDX-License-Identifier: Apache-2.0
// IPv6 packets made by hand: what must not be, and what routers and neighbours may tell.
#include "two_hosts6.hpp"

namespace netmgr::host {

namespace {

// A fragment header of a datagram's number 7, and bytes behind it.
std::vector<uint8_t> fragment(uint16_t offset, bool more, std::vector<uint8_t> data,
                              uint8_t next = 17)
{
    std::vector<uint8_t> f = {next,
                              0,
                              static_cast<uint8_t>(offset >> 8),
                              static_cast<uint8_t>(offset | (more ? 1 : 0)),
                              0,
                              0,
                              0,
                              7};
    f.insert(f.end(), data.begin(), data.end());
    return f;
}

std::vector<uint8_t> fragment(uint16_t offset, bool more, size_t size)
{
    return fragment(offset, more, std::vector<uint8_t>(size, 0x55));
}

// What IPV6_RECVTCLASS told of the last datagram.
int traffic_class_of(const TestSocket& socket)
{
    int32_t value = -1;
    const mbuf* m = socket.last.control.get();
    if (m != nullptr && mtod(m, const cmsghdr*)->cmsg_type == IPV6_TCLASS)
        memcpy(&value, CMSG_DATA(mtod(m, cmsghdr*)), sizeof(value));
    return value;
}

} // namespace

TEST_F(Crafted6, RoutingHeadersAndUnknownOptionsAreRefused)
{
    inject({17, 0, 0, 1, 0, 0, 0, 0}, 43, "2001:db8::2", "2001:db8::1"); // type 0, one segment left
    EXPECT_EQ(a.counter("ip6.routing_header"), 1u);
    EXPECT_EQ(a.counter("icmp6.errors_sent"), 1u);
    inject({59, 0, 0xc7, 4, 0, 0, 0, 0}, 0, "2001:db8::2", "2001:db8::1"); // option: report
    EXPECT_EQ(a.counter("icmp6.errors_sent"), 2u);
    inject({59, 0, 0x47, 4, 0, 0, 0, 0}, 0, "2001:db8::2", "2001:db8::1"); // option: drop
    EXPECT_EQ(a.counter("ip6.bad_options"), 2u);
    EXPECT_EQ(a.counter("icmp6.errors_sent"), 2u);
    inject({59, 0, 0x07, 4, 0, 0, 0, 0}, 0, "2001:db8::2", "2001:db8::1"); // option: skip
    EXPECT_EQ(a.counter("ip6.bad_options"), 2u);
    inject({59, 0, 1, 60, 0, 0, 0, 0}, 0, "2001:db8::2", "2001:db8::1"); // longer than its header
    EXPECT_EQ(a.counter("ip6.bad_options"), 3u);
    inject({0, 0, 1, 4, 0, 0, 0, 0, 59, 0, 1, 4, 0, 0, 0, 0}, 0, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("icmp6.errors_sent"), 4u); // two hop-by-hop headers
    EXPECT_EQ(a.counter("ip6.late_hop_by_hop"), 1u);
    inject({1, 2, 3, 4, 5, 6, 7, 8}, 253, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.no_protocol"), 1u);
    inject({60, 9}, 60, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.too_short"), 1u);
    inject({1}, 17, "ff02::1", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.bad_source"), 1u);
}

TEST_F(Crafted6, OverlappingFragmentsKillThePacket)
{
    inject(fragment(0, true, 64), 44, "2001:db8::2", "2001:db8::1");
    inject(fragment(56, true, 64), 44, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.fragment_overlap"), 1u);
    inject(fragment(64, false, 64), 44, "2001:db8::2", "2001:db8::1"); // the rest is dropped, too
    EXPECT_EQ(a.counter("ip6.reassembled"), 0u);
    EXPECT_EQ(a.counter("ip6.fragment_dropped"), 1u);
    inject(fragment(0, true, 63), 44, "2001:db8::2", "2001:db8::1"); // no multiple of 8
    EXPECT_EQ(a.counter("icmp6.errors_sent"), 1u);
}

TEST_F(Crafted6, RoutersGiveAddressesAndWays)
{
    ASSERT_EQ(a.set_variable("net.inet6.ip6.accept_rtadv", 1), 0);
    std::vector<uint8_t> ra = {134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0};
    const std::vector<uint8_t> prefix = {3,    4, 64, 0xc0, 0, 0,    0x0e, 0x10, 0,    0, 0x07,
                                         0x08, 0, 0,  0,    0, 0x20, 0x01, 0x0d, 0xb8, 0, 9,
                                         0,    0, 0,  0,    0, 0,    0,    0,    0,    0};
    const std::vector<uint8_t> mtu = {5, 1, 0, 0, 0, 0, 0x05, 0x78};
    ra.insert(ra.end(), prefix.begin(), prefix.end());
    ra.insert(ra.end(), mtu.begin(), mtu.end());
    inject(icmp6(ra, "fe80::abcd", "ff02::1"), 58, "fe80::abcd", "ff02::1", 64);
    EXPECT_EQ(a.counter("nd6.bad"), 1u); // it crossed a router: hop limit
    inject(icmp6(ra, "fe80::abcd", "ff02::1"), 58, "fe80::abcd", "ff02::1", 255);
    Inet6& six = inet6_of(a.use());
    ifnet* en0 = six.net.find_interface("en0");
    const ifaddr* got = six.address_of(ip6("2001:db8:9::ff:fe00:1"));
    ASSERT_NE(got, nullptr);
    EXPECT_NE(got->flags6 & IN6_IFF_AUTOCONF, 0u);
    const rtentry* way = six.lookup_route(ip6("2001:4860::1"), 0);
    ASSERT_NE(way, nullptr);
    EXPECT_EQ(ip6_of(&way->gateway), ip6("fe80::abcd").with_zone(en0->if_index));
    EXPECT_EQ(six.link_mtu(*en0), 1400u);
    EXPECT_EQ(six.lookup_route(ip6("2001:db8:9::77"), 0)->flags & RTF_GATEWAY, 0);
    // The same with no lifetime: it is no default router any more; the address lives two hours more.
    ra[6] = ra[7] = 0;
    ra[20] = ra[21] = ra[22] = ra[23] = ra[24] = ra[25] = ra[26] = ra[27] = 0;
    inject(icmp6(ra, "fe80::abcd", "ff02::1"), 58, "fe80::abcd", "ff02::1", 255);
    EXPECT_EQ(six.lookup_route(ip6("2001:4860::1"), 0), nullptr);
    EXPECT_NE(six.address_of(ip6("2001:db8:9::ff:fe00:1")), nullptr);
    lab.run_for(3700 * second);
    EXPECT_EQ(six.address_of(ip6("2001:db8:9::ff:fe00:1")),
              nullptr); // valid for an hour as told first
}

// RFC 7112 5: whoever filters by ports must find them in the first fragment.
TEST_F(Crafted6, FirstFragmentsHoldAllHeaders)
{
    inject(fragment(0, true, std::vector<uint8_t>(16, 0), 6), 44, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.short_first_fragment"), 1u); // 16 bytes of a TCP header
    EXPECT_EQ(a.counter("icmp6.errors_sent"), 1u);
    inject(fragment(0, true, {17, 1, 1, 4, 0, 0, 0, 0}, 60), 44, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.short_first_fragment"), 2u); // half of a destination options header
    inject(fragment(0, true, {17, 0, 1, 4, 0, 0, 0, 0}, 60), 44, "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.short_first_fragment"), 3u); // a whole one, and no UDP header
    inject(fragment(0, true, {17, 0, 1, 4, 0, 0, 0, 0, 1, 2, 3, 4, 0, 16, 0, 0}, 60), 44,
           "2001:db8::2", "2001:db8::1");
    EXPECT_EQ(a.counter("ip6.short_first_fragment"), 3u);
    EXPECT_EQ(inet6_of(a.use()).reassembly.packets(), 1u);
}

// RFC 3168 5.3.
TEST_F(Crafted6, CongestionMarksOfFragmentsAreJoined)
{
    Socket6 server(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(server.bind6("::", 7), 0);
    ASSERT_EQ(server.set(IPPROTO_IPV6, IPV6_RECVTCLASS, 1), 0);
    const IpAddress from = ip6("2001:db8::2");
    const IpAddress to = ip6("2001:db8::1");
    std::vector<uint8_t> udp = {0, 9, 0, 7, 0, 16, 0, 0, 'm', 'a', 'r', 'k', 'e', 'd', '!', '!'};
    wire::Checksum sum;
    sum.add_pseudo(from, to, wire::proto_udp, udp.size());
    sum.add(udp.data(), udp.size());
    const Be16 value = sum.value();
    memcpy(&udp[6], &value, 2);
    const std::vector<uint8_t> head(udp.begin(), udp.begin() + 8);
    const std::vector<uint8_t> tail(udp.begin() + 8, udp.end());
    inject(fragment(0, true, head), 44, "2001:db8::2", "2001:db8::1", 64, 2);
    inject(fragment(8, false, tail), 44, "2001:db8::2", "2001:db8::1", 64, 3); // met congestion
    ASSERT_EQ(server.receive(data), 0);
    EXPECT_EQ(data, "marked!!");
    EXPECT_EQ(traffic_class_of(server), 3);
    inject(fragment(0, true, head), 44, "2001:db8::2", "2001:db8::1", 64, 0); // asked for none
    inject(fragment(8, false, tail), 44, "2001:db8::2", "2001:db8::1", 64, 3);
    EXPECT_EQ(server.receive(data), EWOULDBLOCK);
    EXPECT_EQ(a.counter("ip6.fragment_dropped"), 1u);
    inject(fragment(0, true, head), 44, "2001:db8::2", "2001:db8::1", 64, 0);
    inject(fragment(8, false, tail), 44, "2001:db8::2", "2001:db8::1", 64, 2);
    ASSERT_EQ(server.receive(data), 0);
    EXPECT_EQ(traffic_class_of(server), 0); // none met congestion
}

// RFC 2710 3, RFC 3810 6.2 and 8.1.
TEST_F(Crafted6, QueriesWithoutRouterAlertAreIgnored)
{
    const std::vector<uint8_t> alert = {58, 0, 5, 2, 0, 0, 1, 0};
    std::vector<uint8_t> query(28);
    query[0] = 130;
    query[5] = 100;
    query[24] = 2;
    auto with_alert = [&](std::vector<uint8_t> message) {
        message = icmp6(std::move(message), "fe80::9", "ff02::1");
        message.insert(message.begin(), alert.begin(), alert.end());
        return message;
    };
    const auto bad = a.counter("mld6.bad");
    inject(icmp6(query, "fe80::9", "ff02::1"), 58, "fe80::9", "ff02::1", 1);
    EXPECT_EQ(a.counter("mld6.bad"), bad + 1);
    inject(with_alert(query), 0, "fe80::9", "ff02::1", 64); // not from this link
    EXPECT_EQ(a.counter("mld6.bad"), bad + 2);
    query.resize(26); // no version has this size
    inject(with_alert(query), 0, "fe80::9", "ff02::1", 1);
    EXPECT_EQ(a.counter("mld6.bad"), bad + 3);
    EXPECT_EQ(a.counter("mld6.queries"), 0u);
    const auto sent = a.counter("mld6.reports_sent");
    lab.run_for(second);
    EXPECT_EQ(a.counter("mld6.reports_sent"), sent);
    query.resize(28);
    inject(with_alert(query), 0, "fe80::9", "ff02::1", 1);
    EXPECT_EQ(a.counter("mld6.queries"), 1u);
    lab.run_for(second);
    EXPECT_GT(a.counter("mld6.reports_sent"), sent);
}

// RFC 6980: neighbour discovery never needs fragments, so who sends it in them hides something.
TEST_F(Crafted6, NeighbourDiscoveryInFragmentsIsIgnored)
{
    std::vector<uint8_t> ns = {135, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                               0,   0, 0, 0, 0, 0, 0, 1, 1,    1,    2,    0,    0, 0, 0, 9};
    ns = icmp6(ns, "2001:db8::9", "2001:db8::1");
    const auto heard = a.counter("nd6.solicits_received");
    const auto bad = a.counter("nd6.bad");
    inject(fragment(0, true, std::vector<uint8_t>(ns.begin(), ns.begin() + 24), 58), 44,
           "2001:db8::9", "2001:db8::1", 255);
    inject(fragment(24, false, std::vector<uint8_t>(ns.begin() + 24, ns.end())), 44, "2001:db8::9",
           "2001:db8::1", 255);
    EXPECT_EQ(a.counter("ip6.reassembled"), 1u);
    EXPECT_EQ(a.counter("nd6.solicits_received"), heard);
    EXPECT_EQ(a.counter("nd6.bad"), bad + 1);
    inject(ns, 58, "2001:db8::9", "2001:db8::1", 255);
    EXPECT_EQ(a.counter("nd6.solicits_received"), heard + 1);
}

// RFC 4861 6.3.4: hop limit 0 leaves what was told before.
TEST_F(Crafted6, RoutersThatSayNothingChangeNothing)
{
    ASSERT_EQ(a.set_variable("net.inet6.ip6.accept_rtadv", 1), 0);
    std::vector<uint8_t> ra = {134, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    Inet6& six = inet6_of(a.use());
    ifnet* en0 = six.net.find_interface("en0");
    inject(icmp6(ra, "fe80::abcd", "ff02::1"), 58, "fe80::abcd", "ff02::1", 255);
    EXPECT_EQ(six.state_of(*en0)->hop_limit, 33);
    ra[4] = 0;
    inject(icmp6(ra, "fe80::abcd", "ff02::1"), 58, "fe80::abcd", "ff02::1", 255);
    EXPECT_EQ(six.state_of(*en0)->hop_limit, 33);
}

// RFC 5927, RFC 8201 4: an error about what nobody here sent teaches nothing.
TEST_F(Crafted6, PathMtusAreBelievedOfOurPacketsOnly)
{
    Inet6& six = inet6_of(a.use());
    auto too_big = [&](uint16_t from_port, uint32_t mtu) {
        std::vector<uint8_t> message = {
            2, 0, 0, 0, 0, 0, static_cast<uint8_t>(mtu >> 8), static_cast<uint8_t>(mtu)};
        wire::Ipv6Header h = {};
        h.set_flow(0, 0);
        h.next = wire::proto_udp;
        h.payload_len = 8;
        h.set_source(ip6("2001:db8::1"));
        h.set_destination(ip6("2001:db8::2"));
        const auto* bytes = reinterpret_cast<const uint8_t*>(&h);
        message.insert(message.end(), bytes, bytes + sizeof(h));
        message.insert(message.end(), {static_cast<uint8_t>(from_port >> 8),
                                       static_cast<uint8_t>(from_port), 0, 9, 0, 8, 0, 0});
        inject(icmp6(message, "2001:db8::2", "2001:db8::1"), 58, "2001:db8::2", "2001:db8::1");
        return six.path_mtu(*six.lookup_route(ip6("2001:db8::2"), 0));
    };
    Socket6 client(a, SOCK_DGRAM);
    ASSERT_EQ(client.bind6("::", 4000), 0);
    EXPECT_EQ(too_big(4001, 1300), 1500u);
    EXPECT_EQ(too_big(4000, 1279), 1500u); // below what every link can
    EXPECT_EQ(too_big(4000, 1300), 1300u);
}

// RFC 4861 8.3: who was redirected to a router can be redirected by that one.
TEST_F(Crafted6, RedirectsFollowOneAnother)
{
    Inet6& six = inet6_of(a.use());
    ifnet* en0 = six.net.find_interface("en0");
    ASSERT_EQ(route6(a, "2001:db8:7::", 48, "fe80::a%" + std::to_string(en0->if_index)), 0);
    auto redirect = [&](const std::string& from, const std::string& target) {
        std::vector<uint8_t> message(8);
        message[0] = 137;
        for (const IpAddress& ip : {ip6(target), ip6("2001:db8:7::7")})
            message.insert(message.end(), ip.bytes, ip.bytes + 16);
        inject(icmp6(message, from, "2001:db8::1"), 58, from, "2001:db8::1", 255);
        return ip6_of(&six.lookup_route(ip6("2001:db8:7::7"), 0)->gateway).without_zone();
    };
    EXPECT_EQ(redirect("fe80::b", "fe80::c"), ip6("fe80::a")); // not by the router in use
    EXPECT_EQ(redirect("fe80::a", "fe80::b"), ip6("fe80::b"));
    EXPECT_EQ(redirect("fe80::b", "fe80::c"), ip6("fe80::c"));
}

} // namespace netmgr::host
