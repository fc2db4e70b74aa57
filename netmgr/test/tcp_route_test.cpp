// SPDX-License-Identifier: Apache-2.0
// TCP along source routes and with other IP options (RFC 9293 3.9.2.1): left - router - right.
#include <netinet/in.h>

#include <memory>

#include "net/net.hpp"
#include "netinet/tcp.hpp"
#include "test/router.hpp"
#include "test/two_hosts.hpp"

namespace netmgr::host {

namespace {

std::string loose_route(std::initializer_list<const char*> hops)
{
    std::string option = {'\1', static_cast<char>(wire::opt_loose_source_route),
                          static_cast<char>(3 + 4 * hops.size()), '\4'};
    for (const char* hop : hops) {
        const Be32 ip = ip4(hop);
        option.append(reinterpret_cast<const char*>(&ip), sizeof(ip));
    }
    return option;
}

int set_ip_options(TestSocket& s, const std::string& options)
{
    s.machine.use();
    return sosetopt(*s.so, IPPROTO_IP, IP_OPTIONS, options.data(), options.size(), Cred::root());
}

std::string ip_options_of(TestSocket& s)
{
    uint8_t bytes[64];
    size_t size = sizeof(bytes);
    s.machine.use();
    EXPECT_EQ(sogetopt(*s.so, IPPROTO_IP, IP_OPTIONS, bytes, size, Cred::root()), 0);
    return std::string(reinterpret_cast<char*>(bytes), size);
}

class TcpSourceRoute : public Router {
protected:
    void SetUp() override
    {
        ASSERT_EQ(router.set_variable("net.inet.ip.forwarding", 1), 0);
        ASSERT_EQ(router.set_variable("net.inet.ip.forwsrcrt", 1), 0);
        for (Machine* m : {&left, &right})
            ASSERT_EQ(m->set_variable("net.inet.ip.allowsrcrt", 1), 0);
        ASSERT_EQ(listener.bind("0.0.0.0", 80), 0);
        right.use();
        ASSERT_EQ(solisten(*listener.so, 5, Cred::root()), 0);
    }
    // Connects, accepts, and sends both ways.
    void talk()
    {
        ASSERT_EQ(client.connect("10.1.0.1", 80), EINPROGRESS);
        Socket* so = nullptr;
        sockaddr_storage peer;
        socklen_t len = 0;
        ASSERT_TRUE(lab.run_until([&] {
            right.use();
            return soaccept(*listener.so, &so, peer, len) == 0;
        }));
        server = std::make_unique<TestSocket>(right, so);
        exchange();
    }
    void exchange()
    {
        std::string got;
        ASSERT_EQ(client.send("there"), 0);
        ASSERT_TRUE(lab.run_until([&] { return server->receive(got) == 0; }));
        EXPECT_EQ(got, "there");
        ASSERT_EQ(server->send("and back"), 0);
        ASSERT_TRUE(lab.run_until([&] { return client.receive(got) == 0; }));
        EXPECT_EQ(got, "and back");
    }
    uint64_t followed() { return router.counter("ip.source_route_followed"); }

    TestSocket listener{right, SOCK_STREAM}, client{left, SOCK_STREAM};
    std::unique_ptr<TestSocket> server;
    const std::string way = loose_route({"10.0.0.254", "10.1.0.1"});
    const std::string way_back = loose_route({"10.1.0.254", "10.0.0.1"});
};

TEST_F(TcpSourceRoute, ApplicationChoosesTheWay)
{
    ASSERT_EQ(set_ip_options(client, way), 0);
    talk();
    lab.run_for(second);
    const uint64_t segments = left.counter("tcp.sent") + right.counter("tcp.sent");
    EXPECT_EQ(followed(), segments + 1); // every one, in both directions, and the SYN cache's
    EXPECT_GE(segments, 5u);
    EXPECT_EQ(tcpcb_of(*client.so)->max_seg, 1460u - 12u - 8u); // the option's room is not data's
}

TEST_F(TcpSourceRoute, PassiveOpenAnswersTheWayItCame)
{
    ASSERT_EQ(set_ip_options(client, way), 0);
    talk();
    EXPECT_EQ(ip_options_of(*server), way_back);
    // Without a route received nothing is learnt; the one there is stays.
    ASSERT_EQ(set_ip_options(client, ""), 0);
    exchange();
    EXPECT_EQ(ip_options_of(*server), way_back);
}

TEST_F(TcpSourceRoute, OwnRouteWinsOverTheReceivedOne)
{
    const std::string own = std::string("\x94\x04\0\0", 4) + way_back;
    ASSERT_EQ(set_ip_options(listener, own), 0);
    ASSERT_EQ(set_ip_options(client, way), 0);
    talk();
    EXPECT_EQ(ip_options_of(*server), own);
}

TEST_F(TcpSourceRoute, UnknownOptionsMeanNothing)
{
    // A number nobody has, with a length; and a router alert.
    ASSERT_EQ(set_ip_options(client, std::string("\x5e\x04\x12\x34\x94\x04\0\0", 8)), 0);
    talk();
    EXPECT_EQ(ip_options_of(*server), "");
    EXPECT_EQ(followed(), 0u);
}

} // namespace

} // namespace netmgr::host
