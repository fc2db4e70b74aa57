// SPDX-License-Identifier: Apache-2.0
// Requirements of RFC 9293 that one endpoint's script cannot show: options, checksums, addresses, ICMP, urgent data, timers of a socket.
#include "test/tcp_fixture.hpp"

#include <netinet/tcp.h>

#include "netinet/tcp_congctl.hpp"
#include "netinet/tcp_options.hpp"
#include "wire/checksum.hpp"
#include "wire/icmp.hpp"

namespace netmgr::host {

namespace {

TcpOptions parsed(std::vector<uint8_t> bytes, bool syn = true, bool ok = true)
{
    TcpOptions o;
    EXPECT_EQ(tcp_parse_options(bytes, syn, o), ok);
    return o;
}

TEST(TcpOptionTest, MandatoryOptionsAtAnyAlignment)
{
    EXPECT_EQ(parsed({1, 2, 4, 5, 180, 0}).mss, 1460);
    EXPECT_EQ(parsed({2, 4, 5, 180, 0, 77}).mss, 1460); // nothing counts behind the end
    const TcpOptions o = parsed({1, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 3, 3, 7}, true);
    EXPECT_TRUE(o.has_timestamps && o.has_window_scale);
    EXPECT_EQ(o.ts_echo, 2u);
}

TEST(TcpOptionTest, UnknownAreSkippedByTheirLength)
{
    EXPECT_EQ(parsed({254, 5, 1, 2, 3, 2, 4, 2, 24}).mss, 536);
}

TEST(TcpOptionTest, IllegalLengthsAreCaught)
{
    parsed({2, 0, 1, 1}, true, false);
    parsed({8, 1, 1, 1}, true, false);
    parsed({2, 40, 1, 1}, true, false);
    parsed({1, 1, 1, 8}, true, false);
    EXPECT_FALSE(parsed({2, 3, 9}).has_mss); // a wrong size for its kind: unknown
}

TEST(TcpOptionTest, MssCountsOnlyInSyn)
{
    EXPECT_FALSE(parsed({2, 4, 5, 180}, false).has_mss);
}

TEST(TcpOptionTest, BuiltOptionsHaveLengthsAndZeroPadding)
{
    TcpOptions o;
    uint8_t bytes[40];
    o.has_mss = o.sack_permitted = true;
    o.mss = 1460;
    ASSERT_EQ(tcp_build_options(o, bytes), 8u);
    EXPECT_EQ(bytes[1], 4);
    EXPECT_EQ(bytes[5], 2);
    EXPECT_EQ(bytes[6] | bytes[7], 0);
    o = TcpOptions();
    o.has_timestamps = true;
    o.sack_count = 4;
    EXPECT_EQ(tcp_build_options(o, bytes), 40u); // three blocks fit beside timestamps
    EXPECT_EQ(bytes[15], 2 + 3 * 8);
}

struct Seen {
    wire::Ipv4Header ip;
    wire::TcpHeader tcp;
    size_t size;
    TcpOptions options;
};

class TcpMust : public TcpTest {
protected:
    void SetUp() override
    {
        TcpTest::SetUp();
        lab.bus.filter = [this](const Frame& f) {
            if (f.size() >= 54 && f[12] == 8 && f[13] == 0 && f[23] == wire::proto_tcp)
                note(f);
            return !drop || !drop(f);
        };
    }
    void note(const Frame& f)
    {
        Seen s;
        memcpy(&s.ip, &f[14], sizeof(s.ip));
        const size_t at = 14 + s.ip.header_len();
        memcpy(&s.tcp, &f[at], sizeof(s.tcp));
        s.size = s.ip.total_len - s.ip.header_len() - s.tcp.header_len();
        tcp_parse_options({&f[at + 20], s.tcp.header_len() - 20},
                          (s.tcp.flags & wire::tcp_syn) != 0, s.options);
        wire::Checksum sum;
        sum.add_pseudo(s.ip.source, s.ip.destination, wire::proto_tcp,
                       s.ip.total_len - s.ip.header_len());
        sum.add(&f[at], s.ip.total_len - s.ip.header_len());
        bad_sums += sum.value() != 0;
        mss_outside_syn += (s.tcp.flags & wire::tcp_syn) == 0 && s.tcp.header_len() > 20 &&
                           f[at + 20] == wire::tcpopt_mss;
        seen.push_back(s);
    }

    // An ICMP error from a router about the last segment a sent.
    void icmp(uint8_t type, uint8_t code)
    {
        Frame f(14 + 20 + 8 + 28);
        const uint8_t to[6] = {2, 0, 0, 0, 0, 1}, from[6] = {2, 0, 0, 0, 0, 2};
        memcpy(&f[0], to, 6);
        memcpy(&f[6], from, 6);
        f[12] = 8;
        auto& ip = *reinterpret_cast<wire::Ipv4Header*>(&f[14]);
        ip = {};
        ip.set_header_len(20);
        ip.total_len = static_cast<uint16_t>(f.size() - 14);
        ip.fragment = uint16_t{0};
        ip.ttl = 9;
        ip.protocol = wire::proto_icmp;
        ip.source = ip4("10.0.0.99");
        ip.destination = ip4("10.0.0.1");
        ip.checksum = wire::checksum(&ip, 20);
        f[34] = type;
        f[35] = code;
        for (auto s = seen.rbegin(); s != seen.rend(); ++s)
            if (s->ip.source == ip4("10.0.0.1")) {
                memcpy(&f[42], &s->ip, 20);
                memcpy(&f[62], &s->tcp, 8);
                break;
            }
        const uint16_t sum = wire::checksum(&f[34], f.size() - 34);
        f[36] = static_cast<uint8_t>(sum >> 8);
        f[37] = static_cast<uint8_t>(sum);
        lab.bus.send(1, f); // from b's port
        lab.run_for(ms);
    }

    std::vector<Seen> seen;
    std::function<bool(const Frame&)> drop;
    unsigned bad_sums = 0, mss_outside_syn = 0;
};

TEST_F(TcpMust, ChecksumsAreRightAndChecked)
{
    open_pair();
    Transfer t(*client, *server, 50000, 1);
    ASSERT_TRUE(lab.run_until([&] { return t.step(); }));
    EXPECT_EQ(bad_sums, 0u);
    EXPECT_EQ(mss_outside_syn, 0u);
    lab.bus.faults.corrupt = 1;
    client->send("damaged");
    lab.run_for(3 * second);
    lab.bus.faults.corrupt = 0;
    ASSERT_TRUE(arrives(*server, "damaged"));
}

TEST_F(TcpMust, MssIsOfferedAndObeyed)
{
    ASSERT_EQ(a.set_variable("net.inet.tcp.timestamps", 0), 0);
    open_pair();
    EXPECT_EQ(seen[0].options.mss, 1460); // the interface's MTU without headers
    EXPECT_EQ(seen[1].options.mss, 1460);
    Transfer t(*client, *server, 20000, 1);
    ASSERT_TRUE(lab.run_until([&] { return t.step(); }));
    size_t largest = 0;
    for (const Seen& s : seen)
        largest = std::max(largest, s.size);
    EXPECT_EQ(largest, 1460u);
}

TEST_F(TcpMust, IsnFollowsAClockAndASecret)
{
    Tcp& tcp = *a.stack->inet().tcp;
    const IpAddress us = IpAddress::v4(1);
    const IpAddress them = IpAddress::v4(3);
    const SeqNum first = tcp.isn.make(us, 2, them, 4);
    const SeqNum other = tcp.isn.make(us, 2, them, 5);
    lab.run_for(second);
    EXPECT_EQ(tcp.isn.make(us, 2, them, 4) - first, 250000u); // 4 us a step
    EXPECT_NE(first, other);
    EXPECT_NE(b.stack->inet().tcp->isn.make(us, 2, them, 4) - first,
              250000u); // another secret there
}

TEST_F(TcpMust, ListenersDoNotDisturbConnectionsOrEachOther)
{
    open_pair();
    TestSocket second_port(b, SOCK_STREAM), same(b, SOCK_STREAM);
    ASSERT_EQ(second_port.bind("0.0.0.0", 81), 0);
    EXPECT_EQ(solisten(*second_port.so, 1, Cred::root()), 0);
    same.set(SOL_SOCKET, SO_REUSEADDR, 1);
    ASSERT_EQ(same.bind("10.0.0.2", 80), 0); // the same port, one address
    EXPECT_EQ(solisten(*same.so, 1, Cred::root()), 0);
    client->send("on");
    EXPECT_TRUE(arrives(*server, "on"));
}

TEST_F(TcpMust, AddressesAreChosenByIpAndKept)
{
    open_pair();
    client->send("x");
    ASSERT_TRUE(arrives(*server, "x"));
    for (const Seen& s : seen)
        EXPECT_EQ(s.ip.source, (s.tcp.destination_port == 80) ? ip4("10.0.0.1") : ip4("10.0.0.2"));
    TestSocket bad(a, SOCK_STREAM), fixed(a, SOCK_STREAM);
    for (const char* to : {"224.0.0.1", "255.255.255.255", "10.0.0.255"})
        EXPECT_NE(bad.connect(to, 80), EINPROGRESS) << to;
    EXPECT_EQ(fixed.bind("10.0.0.1", 5555), 0);
}

// A SYN as a wrote it, with another address, sent to b again.
TEST_F(TcpMust, SegmentsToBroadcastAndFromNowhereAreSilent)
{
    start_listening();
    Frame syn;
    drop = [&](const Frame& f) {
        if (f[23] == wire::proto_tcp)
            syn = f;
        return true;
    };
    TestSocket s(a, SOCK_STREAM);
    ASSERT_EQ(s.connect("10.0.0.2", 80), EINPROGRESS);
    lab.run_for(ms);
    s.close();
    drop = nullptr;
    ASSERT_FALSE(syn.empty());
    for (const auto& [from, to] : {std::pair{"10.0.0.1", "10.0.0.255"},
                                   {"224.0.0.5", "10.0.0.2"},
                                   {"255.255.255.255", "10.0.0.2"},
                                   {"10.0.0.1", "255.255.255.255"},
                                   {"0.0.0.0", "10.0.0.2"}}) {
        Frame f = syn;
        auto& ip = *reinterpret_cast<wire::Ipv4Header*>(&f[14]);
        ip.source = ip4(from);
        ip.destination = ip4(to);
        ip.checksum = uint16_t{0};
        ip.checksum = wire::checksum(&ip, 20);
        const size_t size = ip.total_len - 20u;
        f[50] = f[51] = 0;
        wire::Checksum sum;
        sum.add_pseudo(ip.source, ip.destination, wire::proto_tcp, size);
        sum.add(&f[34], size);
        f[50] = static_cast<uint8_t>(sum.value() >> 8);
        f[51] = static_cast<uint8_t>(sum.value());
        seen.clear();
        lab.bus.send(0, f);
        lab.run_for(10 * ms);
        EXPECT_EQ(seen.size(), 1u) << from << " " << to; // what we sent ourselves
    }
    EXPECT_EQ(b.stack->inet().tcp->syncache.count(), 0u);
}

TEST_F(TcpMust, TosAndTtlReachTheWire)
{
    open_pair();
    client->set(IPPROTO_IP, IP_TOS, 0x10);
    client->set(IPPROTO_IP, IP_TTL, 33);
    client->send("x");
    ASSERT_TRUE(arrives(*server, "x"));
    bool found = false;
    for (const Seen& s : seen)
        found = found || (s.size == 1 && s.ip.tos == 0x10 && s.ip.ttl == 33);
    EXPECT_TRUE(found);
}

TEST_F(TcpMust, SoftIcmpErrorsDoNotAbortHardOnesEndAnOpen)
{
    open_pair();
    drop = [](const Frame&) { return true; };
    client->send("x");
    for (uint8_t code : {0, 1, 5})
        icmp(wire::icmp_unreachable, code);
    icmp(wire::icmp_time_exceeded, 0);
    icmp(wire::icmp_parameter, 0);
    icmp(4, 0); // source quench
    drop = nullptr;
    ASSERT_TRUE(arrives(*server, "x"));
    TestSocket s(a, SOCK_STREAM);
    drop = [](const Frame& f) { return f.size() > 36 && f[23] == wire::proto_tcp; };
    ASSERT_EQ(s.connect("10.0.0.2", 4242), EINPROGRESS);
    lab.run_for(10 * ms);
    drop = nullptr;
    icmp(wire::icmp_unreachable, wire::unreach_port);
    EXPECT_EQ(soconnect_result(*s.so), ECONNREFUSED); // told by the error mechanism
}

TEST_F(TcpMust, UserTimeoutIsTheApplicationsR2)
{
    open_pair();
    ASSERT_EQ(client->set(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
    drop = [](const Frame&) { return true; };
    client->send("x");
    lab.run_for(4 * second);
    EXPECT_EQ(client->so->error, 0);
    lab.run_for(10 * second);
    EXPECT_EQ(client->so->error, ETIMEDOUT); // the application learns of it
    drop = nullptr;
}

TEST_F(TcpMust, UrgentDataOfAnyLength)
{
    open_pair();
    std::string got;
    client->send("ab");
    client->send(std::string(3000, 'u'), MSG_OOB);
    lab.run_for(100 * ms);
    EXPECT_NE(sopoll(*server->so) & so_exception, 0u); // told without being asked
    EXPECT_EQ(server->so->oob_mark, 3001u);            // how much is still in front of it
    Received oob;
    b.use();
    ASSERT_EQ(soreceive(*server->so, 1, MSG_OOB, oob), 0);
    EXPECT_EQ(*oob.data->m_data, 'u');
    ASSERT_EQ(server->receive(got), 0);
    EXPECT_EQ(got.size(), 3001u);
    EXPECT_NE(server->so->state & ss_at_mark, 0u);
    for (const Seen& s : seen)
        if ((s.tcp.flags & wire::tcp_urg) != 0)
            EXPECT_EQ(s.tcp.seq + s.tcp.urgent,
                      seen[0].tcp.seq + 1u + 3002u); // first byte that is not urgent
}

TEST_F(TcpMust, KarnSamplesNoRetransmission)
{
    for (Machine* m : {&a, &b})
        ASSERT_EQ(m->set_variable("net.inet.tcp.timestamps", 0), 0);
    open_pair();
    const uint64_t before = a.counter("tcp.rtt_samples");
    unsigned lost = 0;
    drop = [&](const Frame& f) { return f[23] == wire::proto_tcp && f.size() > 54 && lost++ == 0; };
    client->send("lost once");
    ASSERT_TRUE(arrives(*server, "lost once"));
    lab.run_for(second);
    EXPECT_EQ(a.counter("tcp.rtt_samples"), before);
    drop = nullptr;
}

TEST_F(TcpMust, SignedConnection)
{
    tcp_md5sig key = {6, "secret"};
    start_listening();
    listener->machine.use();
    ASSERT_EQ(sosetopt(*listener->so, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key), Cred::root()), 0);
    TestSocket plain(a, SOCK_STREAM);
    ASSERT_EQ(plain.connect("10.0.0.2", 80), EINPROGRESS);
    lab.run_for(100 * ms);
    EXPECT_GT(b.counter("tcp.bad_signature"), 0u);
    client = std::make_unique<TestSocket>(a, SOCK_STREAM);
    ASSERT_EQ(sosetopt(*client->so, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key), Cred::root()), 0);
    ASSERT_EQ(client->connect("10.0.0.2", 80), EINPROGRESS);
    ASSERT_TRUE(lab.run_until([&] { return (server = accept()) != nullptr; }));
    client->send("signed");
    EXPECT_TRUE(arrives(*server, "signed"));
}

TEST_F(TcpMust, EcnIsNegotiatedAndEchoed)
{
    for (Machine* m : {&a, &b})
        ASSERT_EQ(m->set_variable("net.inet.tcp.ecn.enable", 1), 0);
    open_pair();
    EXPECT_EQ(a.counter("tcp.ecn_connections"), 1u);
    client->send("x");
    ASSERT_TRUE(arrives(*server, "x"));
    bool marked = false;
    for (const Seen& s : seen)
        marked = marked || (s.size == 1 && (s.ip.tos & wire::ecn_mask) == wire::ecn_ect0);
    EXPECT_TRUE(marked);
}

TEST_F(TcpMust, CubicMovesDataToo)
{
    for (Machine* m : {&a, &b})
        m->stack->inet().tcp->congctl = tcp_find_congctl("cubic");
    open_pair();
    lab.bus.faults.loss = 0.01;
    lab.bus.faults.delay_ns = 20 * ms;
    Transfer t(*client, *server, 500'000, 3);
    ASSERT_TRUE(lab.run_until([&] { return t.step(); }, 300 * second));
    lab.bus.faults = BusFaults();
}

} // namespace

} // namespace netmgr::host
