// SPDX-License-Identifier: Apache-2.0
// Variables of net.inet.tcp whose effect takes several peers, interfaces or a log to see; netmgr/packetdrill/player/variables.py has the rest.
#include <algorithm>

#include "net/pfil.hpp"
#include "test/tcp_fixture.hpp"
#include "wire/checksum.hpp"

namespace netmgr::host {

namespace {

class TcpSysctl : public TcpTest {
protected:
    static void set(Machine& m, const char* name, int32_t value)
    {
        ASSERT_EQ(m.set_variable((std::string("net.inet.tcp.") + name).c_str(), value), 0) << name;
    }

    // A SYN from nobody's address: the handshake goes no further.
    void syn(uint16_t port)
    {
        std::string packet(40, '\0');
        auto& ip = *reinterpret_cast<wire::Ipv4Header*>(packet.data());
        auto& tcp = *reinterpret_cast<wire::TcpHeader*>(packet.data() + sizeof(ip));
        ip.set_header_len(sizeof(ip));
        ip.ttl = 64;
        ip.protocol = wire::proto_tcp;
        ip.source = ip4("10.0.0.77");
        ip.destination = ip4("10.0.0.2");
        tcp.source_port = port;
        tcp.destination_port = uint16_t{80};
        tcp.set_header_len(sizeof(tcp));
        tcp.flags = wire::tcp_syn;
        tcp.window = uint16_t{1000};
        wire::Checksum sum;
        sum.add_pseudo(ip.source, ip.destination, wire::proto_tcp, sizeof(tcp));
        sum.add(&tcp, sizeof(tcp));
        tcp.checksum = sum.value();
        if (raw == nullptr)
            raw = std::make_unique<TestSocket>(a, SOCK_RAW, IPPROTO_TCP);
        raw->set(IPPROTO_IP, IP_HDRINCL, 1);
        raw->send_to(packet, "10.0.0.2", 0);
        lab.run_for(100'000);
    }
    unsigned half_open_after(unsigned syns)
    {
        for (unsigned i = 0; i < syns; ++i)
            syn(static_cast<uint16_t>(1024 + i));
        return b.stack->inet().tcp->syncache.count();
    }
    // Clients that connect at once to a listener that takes one: how many are told that it is full.
    uint64_t told_full()
    {
        start_listening(1);
        std::vector<std::unique_ptr<TestSocket>> clients;
        const uint64_t before = b.counter("tcp.resets_sent");
        for (int i = 0; i < 6; ++i) {
            clients.push_back(std::make_unique<TestSocket>(a, SOCK_STREAM));
            EXPECT_EQ(clients.back()->connect("10.0.0.2", 80), EINPROGRESS);
        }
        lab.run_for(100 * ms);
        const uint64_t resets = b.counter("tcp.resets_sent") - before;
        clients.clear();
        listener.reset();
        lab.run_for(second);
        return resets;
    }
    uint16_t offered()
    {
        TestSocket s(a, SOCK_STREAM);
        s.connect("10.0.0.2", 81);
        return tcpcb_of(*s.so)->our_mss;
    }
    bool logs_refusal()
    {
        TestSocket s(a, SOCK_STREAM);
        s.connect("10.0.0.2", 81);
        lab.run_for(second);
        const auto& lines = b.platform.lines;
        return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
            return line.find("refused TCP 10.0.0.1") != std::string::npos;
        });
    }
    struct Looped {
        bool seen = false, whole = false;
    };
    static int watch(void* arg, mbuf** m, ifnet*, int)
    {
        const auto& h = *reinterpret_cast<const wire::Ipv4Header*>((*m)->m_data);
        const size_t size = h.total_len - sizeof(h);
        wire::Checksum sum;
        sum.add_pseudo(h.source, h.destination, wire::proto_tcp, size);
        sum.add_chain(*m, sizeof(h), size);
        *static_cast<Looped*>(arg) = {true, sum.value() == 0};
        return 0;
    }
    bool checksum_over_loopback()
    {
        Looped looped;
        PfilHead& head = a.use().net().pfil_inet;
        EXPECT_TRUE(head.add(watch, &looped, pfil_in));
        TestSocket s(a, SOCK_STREAM);
        s.connect("127.0.0.1", 81);
        lab.run_for(10 * ms);
        head.remove(watch, &looped);
        EXPECT_TRUE(looped.seen);
        return looped.whole;
    }
    // What a megabyte over a long way makes of the receiver's buffer.
    size_t grown_buffer()
    {
        lab.bus.faults.delay_ns = 20 * ms;
        open_pair();
        Transfer up(*client, *server, 1'000'000, 1);
        EXPECT_TRUE(lab.run_until([&] { return up.step(); }, 100 * second));
        lab.bus.faults.delay_ns = 1000;
        return server->so->rcv.hiwat;
    }
    void TearDown() override
    {
        raw.reset();
        TcpTest::TearDown();
    }
    std::unique_ptr<TestSocket> raw;
};

TEST_F(TcpSysctl, SynCacheLimit)
{
    start_listening();
    set(b, "syn_cookies", 0);
    EXPECT_EQ(half_open_after(10), 10u);
    set(b, "syn_cache_limit", 12);
    EXPECT_EQ(half_open_after(20), 12u);
}

TEST_F(TcpSysctl, SynBucketLimit)
{
    start_listening();
    set(b, "syn_cookies", 0);
    EXPECT_EQ(half_open_after(600), 600u);
    listener.reset();
    start_listening();
    set(b, "syn_bucket_limit", 1);
    EXPECT_LT(half_open_after(600), 600u);
}

TEST_F(TcpSysctl, RstOnSockFail)
{
    EXPECT_EQ(told_full(), 0u);
    set(b, "rst_on_sock_fail", 1);
    EXPECT_GT(told_full(), 0u);
}

TEST_F(TcpSysctl, MssIfmtu)
{
    EtherBus& other = lab.add_bus();
    EtherPort& port = a.add_port(other, "en1", 9);
    ASSERT_EQ(a.configure("10.9.0.1", "255.255.255.0", "en1"), 0);
    port.interface().if_mtu = 9000;
    EXPECT_EQ(offered(), 8960);
    set(a, "mss_ifmtu", 1);
    EXPECT_EQ(offered(), 1460);
}

TEST_F(TcpSysctl, LogRefused)
{
    EXPECT_FALSE(logs_refusal());
    set(b, "log_refused", 1);
    EXPECT_TRUE(logs_refusal());
}

TEST_F(TcpSysctl, DoLoopbackCksum)
{
    ASSERT_EQ(a.configure("127.0.0.1", "255.0.0.0", "lo0"), 0);
    EXPECT_FALSE(checksum_over_loopback());
    set(a, "do_loopback_cksum", 1);
    EXPECT_TRUE(checksum_over_loopback());
}

TEST_F(TcpSysctl, RecvbufMax)
{
    set(b, "recvbuf_max", 60000);
    EXPECT_EQ(grown_buffer(), 60000u);
}

TEST_F(TcpSysctl, RecvbufInc)
{
    set(b, "recvbuf_inc", 1);
    const size_t slow = grown_buffer();
    EXPECT_GT(slow, 32768u);
    EXPECT_LT(slow, 60000u);
}

} // namespace

} // namespace netmgr::host
