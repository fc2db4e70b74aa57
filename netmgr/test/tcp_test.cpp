// SPDX-License-Identifier: Apache-2.0
// TCP sockets between two stacks: connections, data, closing, under a kind network and an unkind one.
#include "test/two_hosts.hpp"

#include <sys/time.h>

#include "include/netinet/tcp.h"
#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"
#include "test/tcp_fixture.hpp"

namespace netmgr::host {

namespace {

TEST_F(TcpTest, ConnectTransferBothWaysClose)
{
    open_pair();
    ASSERT_EQ(client->send("hello"), 0);
    ASSERT_TRUE(arrives(*server, "hello"));
    ASSERT_EQ(server->send("world"), 0);
    ASSERT_TRUE(arrives(*client, "world"));
    client->close();
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return server->receive(got) == 0; }));
    EXPECT_EQ(got, "");
    server->close();
    lab.run_for(70 * second);
    EXPECT_EQ(a.stack->inet().tcp->connections + b.stack->inet().tcp->connections, 1u); // listener
    EXPECT_EQ(a.counter("tcp.retransmits") + b.counter("tcp.retransmits"), 0u);
    EXPECT_EQ(a.counter("tcp.resets_sent") + b.counter("tcp.resets_sent"), 0u);
}

// RFC 7413, both halves: the first connection gets the cookie, the next one's data comes with its SYN. Of two at once a listener that
// allows one opens one early; the other's data comes in the ordinary way.
TEST_F(TcpTest, FastOpen)
{
    start_listening();
    ASSERT_EQ(listener->set(IPPROTO_TCP, TCP_FASTOPEN, 1), 0);
    EXPECT_EQ(listener->set(IPPROTO_TCP, TCP_FASTOPEN, -1), EINVAL);
    const auto greet = [&](const std::string& text) {
        auto s = std::make_unique<TestSocket>(a, SOCK_STREAM);
        EXPECT_EQ(s->set(IPPROTO_TCP, TCP_FASTOPEN, 1), 0);
        (void)s->send_to(text, "10.0.0.2", 80);
        return s;
    };
    client = greet("one");
    ASSERT_TRUE(lab.run_until([&] { return (server = accept()) != nullptr; }));
    ASSERT_TRUE(arrives(*server, "one"));
    EXPECT_EQ(b.counter("tcp.fastopen_opened"), 0u);
    auto second_client = greet("two");
    auto third_client = greet("two");
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(lab.run_until([&] { return (server = accept()) != nullptr; }));
        ASSERT_TRUE(arrives(*server, "two"));
        ASSERT_EQ(server->send("back"), 0);
        ASSERT_TRUE(lab.run_until([&] { return server->so->snd.data_bytes() == 0; }));
    }
    EXPECT_EQ(b.counter("tcp.fastopen_opened"), 1u);
    EXPECT_EQ(b.counter("tcp.fastopen_full"), 1u);
    EXPECT_EQ(b.stack->inet().tcp->syncache.count(), 0u);
}

TEST_F(TcpTest, MegabytesBothWaysAtOnce)
{
    open_pair();
    Transfer up(*client, *server, 3'000'000, 1), down(*server, *client, 2'000'000, 2);
    ASSERT_TRUE(lab.run_until([&] { return up.step() & down.step(); }, 100 * second));
    EXPECT_EQ(a.counter("tcp.retransmits") + b.counter("tcp.retransmits"), 0u);
}

// Segments of 33 KB in buffers of 32 KB: no ACK may wait for its timer.
TEST_F(TcpTest, BulkOverLoopback)
{
    ASSERT_EQ(b.configure("127.0.0.1", "255.0.0.0", "lo0"), 0);
    start_listening();
    client = std::make_unique<TestSocket>(b, SOCK_STREAM);
    ASSERT_EQ(client->connect("127.0.0.1", 80), EINPROGRESS);
    ASSERT_TRUE(lab.run_until([&] { return (server = accept()) != nullptr; }));
    Transfer up(*client, *server, 4'000'000, 1);
    const uint64_t start = lab.clock.now_ns;
    ASSERT_TRUE(lab.run_until([&] { return up.step(); }, 100 * second));
    EXPECT_LT(lab.clock.now_ns - start, 200 * ms);
}

TEST_F(TcpTest, RefusedConnection)
{
    TestSocket s(a, SOCK_STREAM);
    ASSERT_EQ(s.connect("10.0.0.2", 81), EINPROGRESS);
    ASSERT_TRUE(lab.run_until([&] { return soconnect_result(*s.so) != EWOULDBLOCK; }));
    EXPECT_EQ(b.counter("tcp.no_port"), 1u);
}

struct Weather {
    double loss, duplicate, reorder, corrupt;
};

class TcpWeather : public TcpTest, public ::testing::WithParamInterface<Weather> {};

TEST_P(TcpWeather, ContentArrivesUnchanged)
{
    open_pair();
    const Weather& w = GetParam();
    lab.bus.faults.loss = w.loss;
    lab.bus.faults.duplicate = w.duplicate;
    lab.bus.faults.reorder = w.reorder;
    lab.bus.faults.corrupt = w.corrupt;
    lab.bus.faults.delay_ns = 10 * ms;
    lab.bus.faults.jitter_ns = ms;
    Transfer up(*client, *server, 300'000, 1), down(*server, *client, 300'000, 2);
    ASSERT_TRUE(lab.run_until([&] { return up.step() & down.step(); }, 4000 * second));
    lab.bus.faults = BusFaults();
}

INSTANTIATE_TEST_SUITE_P(All, TcpWeather,
                         ::testing::Values(Weather{0.01, 0, 0, 0}, Weather{0.1, 0, 0, 0},
                                           Weather{0.3, 0, 0, 0}, Weather{0, 0.2, 0, 0},
                                           Weather{0, 0, 0.2, 0}, Weather{0, 0, 0, 0.1},
                                           Weather{0.05, 0.05, 0.1, 0.02}));

} // namespace

} // namespace netmgr::host
