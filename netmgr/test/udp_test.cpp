// SPDX-License-Identifier: Apache-2.0
// UDP sockets between two stacks.
#include "test/two_hosts.hpp"

#include <set>
#include <sys/time.h>

#include "net/sockaddr.hpp"

namespace netmgr::host {

namespace {

std::string pattern(size_t size)
{
    std::string s(size, '\0');
    for (size_t i = 0; i < size; ++i)
        s[i] = static_cast<char>('a' + i % 23 + i / 1000 % 3);
    return s;
}

class Udp : public TwoHosts {};

TEST_F(Udp, EchoOfAllSizesIncludingFragmented)
{
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    for (size_t size : {0u, 1u, 18u, 160u, 161u, 1472u, 1473u, 2048u, 4096u, 8000u, 9216u}) {
        const std::string sent = pattern(size);
        std::string got;
        ASSERT_EQ(client.send_to(sent, "10.0.0.2", 7), 0) << size;
        ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; })) << size;
        EXPECT_EQ(got, sent) << size;
        const auto* from = reinterpret_cast<const sockaddr*>(&server.last.name);
        EXPECT_EQ(ip_of(from), ip4("10.0.0.1"));
        EXPECT_EQ(port_of(from), client.port());
        ASSERT_EQ(server.send_to(got, "10.0.0.1", client.port()), 0);
        ASSERT_TRUE(lab.run_until([&] { return client.receive(got) == 0; })) << size;
        EXPECT_EQ(got, sent) << size;
    }
    EXPECT_GT(a.counter("ip.fragmented"), 0u);
    EXPECT_EQ(a.counter("ip.reassembled"), b.counter("ip.reassembled"));
}

TEST_F(Udp, LargestDatagramAndOneByteMore)
{
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ASSERT_EQ(client.set(SOL_SOCKET, SO_SNDBUF, 65536), 0);
    ASSERT_EQ(server.set(SOL_SOCKET, SO_RCVBUF, 131072), 0);
    std::string got;
    ASSERT_EQ(client.send_to(pattern(65507), "10.0.0.2", 7), 0);
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(got, pattern(65507));
    EXPECT_EQ(client.send_to(pattern(65508), "10.0.0.2", 7), EMSGSIZE);
}

TEST_F(Udp, SendspaceLimitsADatagram)
{
    TestSocket client(a, SOCK_DGRAM);
    EXPECT_EQ(client.send_to(pattern(9217), "10.0.0.2", 7), EMSGSIZE);
    ASSERT_EQ(a.set_variable("net.inet.udp.sendspace", 20000), 0);
    TestSocket wider(a, SOCK_DGRAM);
    EXPECT_EQ(wider.send_to(pattern(9217), "10.0.0.2", 7), 0);
}

TEST_F(Udp, LoopbackAndOwnAddress)
{
    TestSocket client(a, SOCK_DGRAM), server(a, SOCK_DGRAM);
    std::string got;
    ASSERT_EQ(server.bind("0.0.0.0", 99), 0);
    const uint64_t frames = lab.bus.frames;
    for (const char* to : {"127.0.0.1", "10.0.0.1"}) {
        ASSERT_EQ(client.send_to("hello", to, 99), 0);
        ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
        EXPECT_EQ(got, "hello");
    }
    EXPECT_EQ(lab.bus.frames, frames);
    EXPECT_EQ(a.counter("udp.bad_checksum"), 0u);
}

TEST_F(Udp, LoopbackChecksumWhenAskedFor)
{
    ASSERT_EQ(a.set_variable("net.inet.udp.do_loopback_cksum", 1), 0);
    ASSERT_EQ(a.set_variable("net.inet.ip.do_loopback_cksum", 1), 0);
    TestSocket client(a, SOCK_DGRAM), server(a, SOCK_DGRAM);
    std::string got;
    ASSERT_EQ(server.bind("127.0.0.1", 99), 0);
    ASSERT_EQ(client.send_to("hello", "127.0.0.1", 99), 0);
    EXPECT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(a.counter("udp.bad_checksum") + a.counter("ip.bad_checksum"), 0u);
}

TEST_F(Udp, ConnectedSocketHearsPortUnreachable)
{
    TestSocket client(a, SOCK_DGRAM);
    ASSERT_EQ(client.connect("10.0.0.2", 4444), 0);
    ASSERT_EQ(client.send("anybody?"), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return client.so->error != 0; }));
    EXPECT_EQ(client.receive(got), ECONNREFUSED);
    EXPECT_EQ(client.receive(got), EWOULDBLOCK);
    EXPECT_EQ(b.counter("udp.no_port"), 1u);
    EXPECT_EQ(b.counter("icmp.errors_sent"), 1u);
}

TEST_F(Udp, ConnectedSocketOnlyHearsItsPeer)
{
    TestSocket client(a, SOCK_DGRAM), stranger(b, SOCK_DGRAM), peer(b, SOCK_DGRAM);
    ASSERT_EQ(peer.bind("0.0.0.0", 50), 0);
    ASSERT_EQ(client.connect("10.0.0.2", 50), 0);
    ASSERT_EQ(client.send("x"), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return peer.receive(got) == 0; }));
    ASSERT_EQ(stranger.send_to("spoof", "10.0.0.1", client.port()), 0);
    lab.run_for(10 * ms);
    EXPECT_EQ(client.receive(got), EWOULDBLOCK);
    ASSERT_EQ(peer.send_to("right", "10.0.0.1", client.port()), 0);
    ASSERT_TRUE(lab.run_until([&] { return client.receive(got) == 0; }));
    EXPECT_EQ(got, "right");
    EXPECT_EQ(client.send_to("y", "10.0.0.2", 51), EISCONN);
}

TEST_F(Udp, PeekTruncateAndRecordBoundaries)
{
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    client.send_to("first datagram", "10.0.0.2", 7);
    client.send_to("second", "10.0.0.2", 7);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return b.counter("udp.delivered") == 2; }));
    ASSERT_EQ(server.receive(got, 100, MSG_PEEK), 0);
    EXPECT_EQ(got, "first datagram");
    ASSERT_EQ(server.receive(got, 5), 0);
    EXPECT_EQ(got, "first");
    EXPECT_NE(server.last.flags & MSG_TRUNC, 0);
    ASSERT_EQ(server.receive(got), 0);
    EXPECT_EQ(got, "second");
    EXPECT_EQ(server.receive(got), EWOULDBLOCK);
}

TEST_F(Udp, FullSocketDropsAndCounts)
{
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ASSERT_EQ(server.set(SOL_SOCKET, SO_RCVBUF, 3000), 0);
    introduce();
    for (int i = 0; i < 5; ++i)
        client.send_to(pattern(1000), "10.0.0.2", 7);
    lab.run_for(10 * ms);
    EXPECT_EQ(b.counter("udp.delivered"), 2u);
    EXPECT_EQ(b.counter("udp.socket_full"), 3u);
    EXPECT_EQ(server.get(SOL_SOCKET, SO_OVERFLOWED), 3);
}

TEST_F(Udp, BroadcastNeedsPermissionAndReachesAll)
{
    TestSocket client(a, SOCK_DGRAM), one(b, SOCK_DGRAM), own(a, SOCK_DGRAM);
    std::string got;
    ASSERT_EQ(one.bind("0.0.0.0", 520), 0);
    ASSERT_EQ(own.bind("0.0.0.0", 520), 0);
    EXPECT_EQ(client.send_to("x", "10.0.0.255", 520), EACCES);
    EXPECT_EQ(client.send_to("x", "255.255.255.255", 520), EACCES);
    ASSERT_EQ(client.set(SOL_SOCKET, SO_BROADCAST, 1), 0);
    for (const char* to : {"10.0.0.255", "255.255.255.255"}) {
        ASSERT_EQ(client.send_to(to, to, 520), 0);
        ASSERT_TRUE(lab.run_until([&] { return one.receive(got) == 0; })) << to;
        EXPECT_EQ(got, to);
        ASSERT_TRUE(lab.run_until([&] { return own.receive(got) == 0; }))
            << to; // simplex: through the stack itself
        EXPECT_EQ(got, to);
    }
    EXPECT_EQ(client.send_to(pattern(2000), "10.0.0.255", 520), EMSGSIZE);
}

TEST_F(Udp, ReusePortBroadcastGoesToEverySocket)
{
    TestSocket client(a, SOCK_DGRAM), one(b, SOCK_DGRAM), two(b, SOCK_DGRAM);
    ASSERT_EQ(one.set(SOL_SOCKET, SO_REUSEPORT, 1), 0);
    ASSERT_EQ(one.bind("0.0.0.0", 520), 0);
    EXPECT_EQ(two.bind("0.0.0.0", 520), EADDRINUSE);
    ASSERT_EQ(two.set(SOL_SOCKET, SO_REUSEPORT, 1), 0);
    ASSERT_EQ(two.bind("0.0.0.0", 520), 0);
    ASSERT_EQ(client.set(SOL_SOCKET, SO_BROADCAST, 1), 0);
    ASSERT_EQ(client.send_to("all", "10.0.0.255", 520), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return one.receive(got) == 0; }));
    EXPECT_EQ(two.receive(got), 0);
    ASSERT_EQ(client.send_to("one", "10.0.0.2", 520), 0);
    lab.run_for(10 * ms);
    EXPECT_EQ(b.counter("udp.delivered"), 3u);
}

TEST_F(Udp, MulticastOnlyToMembers)
{
    TestSocket client(a, SOCK_DGRAM), member(b, SOCK_DGRAM), other(b, SOCK_DGRAM);
    ASSERT_EQ(member.bind("0.0.0.0", 5000), 0);
    ASSERT_EQ(client.send_to("early", "224.1.2.3", 5000), 0);
    lab.run_for(10 * ms);
    std::string got;
    EXPECT_EQ(member.receive(got), EWOULDBLOCK);
    ip_mreq request = {};
    request.imr_multiaddr.s_addr = Be32(ip4("224.1.2.3")).raw();
    b.use();
    ASSERT_EQ(sosetopt(*member.so, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request),
                       Cred::root()),
              0);
    EXPECT_EQ(b.port->filter_changes, 2u); // all-hosts with the address, now this one
    EXPECT_EQ(sosetopt(*member.so, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request),
                       Cred::root()),
              EADDRINUSE);
    ASSERT_EQ(client.send_to("now", "224.1.2.3", 5000), 0);
    ASSERT_TRUE(lab.run_until([&] { return member.receive(got) == 0; }));
    EXPECT_EQ(got, "now");
    b.use();
    EXPECT_EQ(sosetopt(*member.so, IPPROTO_IP, IP_DROP_MEMBERSHIP, &request, sizeof(request),
                       Cred::root()),
              0);
    EXPECT_EQ(b.port->filter_changes, 3u);
}

TEST_F(Udp, MulticastLoopsToOwnMembers)
{
    TestSocket s(a, SOCK_DGRAM);
    ASSERT_EQ(s.bind("0.0.0.0", 5000), 0);
    ip_mreq request = {};
    request.imr_multiaddr.s_addr = Be32(ip4("224.1.2.3")).raw();
    a.use();
    ASSERT_EQ(
        sosetopt(*s.so, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request), Cred::root()), 0);
    std::string got;
    ASSERT_EQ(s.send_to("mine", "224.1.2.3", 5000), 0);
    ASSERT_TRUE(lab.run_until([&] { return s.receive(got) == 0; }));
    EXPECT_EQ(got, "mine");
    ASSERT_EQ(s.set(IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
    ASSERT_EQ(s.send_to("quiet", "224.1.2.3", 5000), 0);
    lab.run_for(10 * ms);
    EXPECT_EQ(s.receive(got), EWOULDBLOCK);
}

TEST_F(Udp, ReceivedControlMessages)
{
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ASSERT_EQ(server.set(IPPROTO_IP, IP_RECVDSTADDR, 1), 0);
    ASSERT_EQ(server.set(IPPROTO_IP, IP_RECVTTL, 1), 0);
    ASSERT_EQ(server.set(SOL_SOCKET, SO_TIMESTAMP, 1), 0);
    ASSERT_EQ(client.set(IPPROTO_IP, IP_TTL, 17), 0);
    ASSERT_EQ(client.send_to("x", "10.0.0.2", 7), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    alignas(8) uint8_t bytes[256];
    const int len = m_length(server.last.control.get());
    ASSERT_LE(len, 256);
    m_copydata(server.last.control.get(), 0, len, bytes);
    msghdr mh = {};
    mh.msg_control = bytes;
    mh.msg_controllen = static_cast<socklen_t>(len);
    int seen = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&mh); c != nullptr; c = CMSG_NXTHDR(&mh, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMP) {
            timeval tv;
            memcpy(&tv, CMSG_DATA(c), sizeof(tv));
            EXPECT_EQ(static_cast<uint64_t>(tv.tv_sec), b.platform.wall_ns() / second);
            seen |= 1;
        } else if (c->cmsg_type == IP_RECVDSTADDR) {
            in_addr d;
            memcpy(&d, CMSG_DATA(c), sizeof(d));
            EXPECT_EQ(ip_of(d), ip4("10.0.0.2"));
            seen |= 2;
        } else if (c->cmsg_type == IP_RECVTTL) {
            EXPECT_EQ(*CMSG_DATA(c), 17);
            seen |= 4;
        }
    }
    EXPECT_EQ(seen, 7);
}

TEST_F(Udp, BindRules)
{
    TestSocket s(a, SOCK_DGRAM), t(a, SOCK_DGRAM), u(a, SOCK_DGRAM);
    Cred nobody;
    EXPECT_EQ(s.bind("10.0.0.9", 1234), EADDRNOTAVAIL);
    EXPECT_EQ(s.bind("0.0.0.0", 80, nobody), EACCES);
    EXPECT_EQ(s.bind("0.0.0.0", 1234, nobody), 0);
    EXPECT_EQ(s.bind("0.0.0.0", 1235), EINVAL);
    EXPECT_EQ(t.bind("10.0.0.1", 1234), EADDRINUSE);
    ASSERT_EQ(t.set(SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_EQ(t.bind("10.0.0.1", 1234), 0);
    EXPECT_EQ(u.bind("0.0.0.0", 0), 0);
    EXPECT_GE(u.port(), 49152);
    // The more specific socket wins.
    TestSocket client(b, SOCK_DGRAM);
    std::string got;
    client.send_to("x", "10.0.0.1", 1234);
    ASSERT_TRUE(lab.run_until([&] { return t.receive(got) == 0; }));
    EXPECT_EQ(s.receive(got), EWOULDBLOCK);
}

TEST_F(Udp, EphemeralPortsAreSpreadAndRespectTheRange)
{
    ASSERT_EQ(a.set_variable("net.inet.ip.anonportmin", 60000), 0);
    ASSERT_EQ(a.set_variable("net.inet.ip.anonportmax", 60009), 0);
    EXPECT_EQ(a.set_variable("net.inet.ip.anonportmin", 60010), EINVAL);
    std::vector<std::unique_ptr<TestSocket>> sockets;
    std::set<uint16_t> ports;
    for (int i = 0; i < 10; ++i) {
        sockets.push_back(std::make_unique<TestSocket>(a, SOCK_DGRAM));
        ASSERT_EQ(sockets.back()->bind("0.0.0.0", 0), 0);
        ports.insert(sockets.back()->port());
    }
    EXPECT_EQ(ports.size(), 10u);
    EXPECT_EQ(*ports.begin(), 60000);
    TestSocket late(a, SOCK_DGRAM);
    EXPECT_EQ(late.bind("0.0.0.0", 0), EADDRNOTAVAIL);
}

TEST_F(Udp, ChecksumOffSendsZeroAndIsAccepted)
{
    ASSERT_EQ(a.set_variable("net.inet.udp.checksum", 0), 0);
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    std::string got;
    client.send_to("x", "10.0.0.2", 7);
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(b.counter("udp.no_checksum"), 1u);
}

TEST_F(Udp, SurvivesABadWire)
{
    lab.bus.faults = {0.05, 0.1, 0.1, 0.02, 100000, 300000};
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ASSERT_EQ(server.set(SOL_SOCKET, SO_RCVBUF, 200000), 0);
    unsigned good = 0;
    for (int i = 0; i < 300; ++i) {
        std::string got;
        client.send_to(pattern(3000), "10.0.0.2", 7);
        lab.run_for(5 * ms);
        while (server.receive(got) == 0) {
            EXPECT_EQ(got, pattern(3000));
            good++;
        }
    }
    EXPECT_GT(good, 150u);
    EXPECT_GT(b.counter("ip.bad_checksum") + b.counter("udp.bad_checksum") +
                  b.counter("ether.not_for_us"),
              0u);
}

TEST_F(Udp, InterfaceDownRefusesToSend)
{
    TestSocket client(a, SOCK_DGRAM);
    introduce();
    ASSERT_EQ(a.set_flags(0), 0);
    EXPECT_EQ(client.send_to("x", "10.0.0.2", 7), ENETDOWN);
    ASSERT_EQ(a.set_flags(IFF_UP), 0);
    EXPECT_EQ(client.send_to("x", "10.0.0.2", 7), 0);
}

TEST_F(Udp, NoRouteAndFullQueue)
{
    TestSocket client(a, SOCK_DGRAM);
    EXPECT_EQ(client.send_to("x", "192.168.1.1", 7), ENETUNREACH);
    introduce();
    a.port->stuck = true;
    int result = 0;
    for (int i = 0; i < 300 && result == 0; ++i)
        result = client.send_to("x", "10.0.0.2", 7);
    EXPECT_EQ(result, ENOBUFS);
    EXPECT_GT(a.counter("net.send_queue_full"), 0u);
    a.port->stuck = false;
    if_link_state_change(&a.port->interface(), LINK_STATE_DOWN);
    lab.run_for(ms);
    if_link_state_change(&a.port->interface(), LINK_STATE_UP);
    lab.run_for(ms);
    EXPECT_EQ(a.port->interface().if_snd.ifq_len, 0); // the link's return restarted the queue
}

TEST_F(Udp, BindToDeviceFiltersAndDirects)
{
    EtherBus& second_bus = lab.add_bus();
    a.add_port(second_bus, "en1", 1);
    ASSERT_EQ(a.configure("10.1.0.1", "255.255.255.0", "en1"), 0);
    TestSocket s(a, SOCK_DGRAM);
    ifreq request = {};
    strcpy(request.ifr_name, "en1");
    a.use();
    ASSERT_EQ(sosetopt(*s.so, SOL_SOCKET, SO_BINDTODEVICE, &request, sizeof(request), Cred::root()),
              0);
    ASSERT_EQ(s.bind("0.0.0.0", 68), 0);
    ASSERT_EQ(s.set(SOL_SOCKET, SO_BROADCAST, 1), 0);
    const uint64_t first = lab.bus.frames, second_frames = second_bus.frames;
    ASSERT_EQ(s.send_to("discover", "255.255.255.255", 67), 0);
    EXPECT_EQ(lab.bus.frames, first);
    EXPECT_EQ(second_bus.frames, second_frames + 1);
    TestSocket peer(b, SOCK_DGRAM);
    ASSERT_EQ(peer.set(SOL_SOCKET, SO_BROADCAST, 1), 0);
    peer.send_to("offer", "10.0.0.255", 68);
    lab.run_for(10 * ms);
    std::string got;
    EXPECT_EQ(s.receive(got), EWOULDBLOCK);
    strcpy(request.ifr_name, "nope0");
    a.use();
    EXPECT_EQ(sosetopt(*s.so, SOL_SOCKET, SO_BINDTODEVICE, &request, sizeof(request), Cred::root()),
              ENXIO);
}

} // namespace

} // namespace netmgr::host
