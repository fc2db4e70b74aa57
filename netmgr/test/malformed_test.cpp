// SPDX-License-Identifier: Apache-2.0
// Hostile frames: every one dropped and counted, none believed; fragments in all the bad ways.
#include "test/two_hosts.hpp"

#include "wire/checksum.hpp"
#include "wire/udp.hpp"

namespace netmgr::host {

namespace {

class Malformed : public TwoHosts {
protected:
    void SetUp() override
    {
        TwoHosts::SetUp();
        port = lab.bus.add_port(nullptr);
        ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
        ASSERT_EQ(server.set(SOL_SOCKET, SO_RCVBUF, 200000), 0);
    }
    void TearDown() override
    {
        server.close();
        TwoHosts::TearDown();
    }

    struct Packet {
        wire::Ipv4Header h = {};
        std::string options;
        std::string payload;
        bool good_checksum = true;
        std::string padding;
    };

    static std::string udp(const std::string& data, size_t claimed = SIZE_MAX)
    {
        wire::UdpHeader u = {};
        u.source_port = static_cast<uint16_t>(1000);
        u.destination_port = static_cast<uint16_t>(7);
        u.length = static_cast<uint16_t>(claimed == SIZE_MAX ? data.size() + 8 : claimed);
        u.checksum = static_cast<uint16_t>(0);
        return std::string(reinterpret_cast<const char*>(&u), sizeof(u)) + data;
    }
    static Packet to_a(const std::string& payload)
    {
        Packet p;
        p.h.set_header_len(20);
        p.h.ttl = 64;
        p.h.protocol = wire::proto_udp;
        p.h.id = static_cast<uint16_t>(77);
        p.h.fragment = static_cast<uint16_t>(0);
        p.h.source = ip4("10.0.0.9");
        p.h.destination = ip4("10.0.0.1");
        p.h.total_len = static_cast<uint16_t>(20 + payload.size());
        p.payload = payload;
        return p;
    }
    void send(Packet p)
    {
        if (p.good_checksum) {
            p.h.checksum = 0;
            const std::string header = std::string(reinterpret_cast<char*>(&p.h), 20) + p.options;
            p.h.checksum = wire::checksum(header.data(), header.size());
        }
        Frame f = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 9, 8, 0};
        const auto* bytes = reinterpret_cast<const uint8_t*>(&p.h);
        f.insert(f.end(), bytes, bytes + 20);
        f.insert(f.end(), p.options.begin(), p.options.end());
        f.insert(f.end(), p.payload.begin(), p.payload.end());
        f.insert(f.end(), p.padding.begin(), p.padding.end());
        lab.bus.send(port, f);
        lab.run_for(ms);
    }
    void send_fragment(const std::string& whole, size_t offset, size_t size, bool more,
                       uint16_t id = 5)
    {
        Packet p = to_a(whole.substr(offset, size));
        p.h.id = id;
        p.h.fragment = static_cast<uint16_t>(offset / 8 | (more ? 0x2000u : 0u));
        send(p);
    }
    std::string received()
    {
        std::string got;
        return server.receive(got) == 0 ? got : "(nothing)";
    }

    int port = 0;
    TestSocket server{a, SOCK_DGRAM};
};

TEST_F(Malformed, AGoodOneArrivesWithPaddingCutOff)
{
    Packet p = to_a(udp("hello"));
    p.padding = std::string(13, '\0');
    send(p);
    EXPECT_EQ(received(), "hello");
}

TEST_F(Malformed, HeaderFaultsAreCountedByName)
{
    Packet p = to_a(udp("x"));
    p.h.version_ihl = 0x65;
    send(p);
    EXPECT_EQ(a.counter("ip.bad_version"), 1u);
    p = to_a(udp("x"));
    p.h.version_ihl = 0x44;
    send(p);
    EXPECT_EQ(a.counter("ip.bad_header_len"), 1u);
    p = to_a("x");
    p.h.version_ihl = 0x4f; // more header than packet
    send(p);
    EXPECT_EQ(a.counter("ip.bad_header_len"), 2u);
    p = to_a(udp("x"));
    p.h.checksum = static_cast<uint16_t>(0x1234);
    p.good_checksum = false;
    send(p);
    EXPECT_EQ(a.counter("ip.bad_checksum"), 1u);
    p = to_a(udp("x"));
    p.h.total_len = static_cast<uint16_t>(100);
    send(p);
    EXPECT_EQ(a.counter("ip.bad_len"), 1u);
    p = to_a(udp("x"));
    p.h.total_len = static_cast<uint16_t>(19);
    send(p);
    EXPECT_EQ(a.counter("ip.bad_len"), 2u);
    lab.bus.send(port, {0x02, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45});
    lab.bus.send(port, {0x02, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8});
    lab.run_for(ms);
    EXPECT_EQ(a.counter("ip.too_short"), 1u);
    EXPECT_EQ(a.counter("ether.short"), 1u);
    EXPECT_EQ(received(), "(nothing)");
}

TEST_F(Malformed, ImpossibleSources)
{
    for (const char* from : {"127.0.0.1", "224.0.0.5", "255.255.255.255", "10.0.0.255"}) {
        Packet p = to_a(udp("x"));
        p.h.source = ip4(from);
        send(p);
    }
    Packet p = to_a(udp("x"));
    p.h.destination = ip4("127.0.0.1");
    send(p);
    EXPECT_EQ(a.counter("ip.bad_source"), 5u);
    EXPECT_EQ(received(), "(nothing)");
}

TEST_F(Malformed, UdpLengths)
{
    send(to_a(udp("abc", 7)));
    send(to_a(udp("abc", 12)));
    send(to_a(udp("abc").substr(0, 5)));
    EXPECT_EQ(a.counter("udp.bad_len"), 3u);
    send(to_a(udp("abcdef", 11))); // shorter than the packet: the rest is cut off
    EXPECT_EQ(received(), "abc");
    std::string wrong = udp("abc");
    wrong[6] = 0x55;
    send(to_a(wrong));
    EXPECT_EQ(a.counter("udp.bad_checksum"), 1u);
}

TEST_F(Malformed, Options)
{
    auto with = [&](std::string options) {
        Packet p = to_a(udp("x"));
        options.resize((options.size() + 3) / 4 * 4, '\0');
        p.options = options;
        p.h.set_header_len(20 + options.size());
        p.h.total_len = static_cast<uint16_t>(20 + options.size() + p.payload.size());
        send(p);
    };
    with(std::string("\x01\x01\x94\x04\x00\x00\x00", 7)); // nop, nop, router alert
    EXPECT_EQ(received(), "x");
    with(std::string("\x07\x27\x04", 3));     // longer than the header
    with(std::string("\x07\x01", 2));         // length below 2
    with(std::string("\x01\x01\x01\x07", 4)); // no room for a length
    EXPECT_EQ(a.counter("ip.bad_options"), 3u);
    EXPECT_EQ(received(), "(nothing)");
    with(std::string("\x83\x07\x04\x0a\x00\x00\x02\x00", 8)); // loose source route
    EXPECT_EQ(a.counter("ip.source_routed"), 1u);
    EXPECT_EQ(received(), "(nothing)");
}

TEST_F(Malformed, FragmentsInAnyOrder)
{
    const std::string whole = udp(std::string(4000, 'f') + "end");
    send_fragment(whole, 2400, whole.size() - 2400, false);
    send_fragment(whole, 0, 800, true);
    send_fragment(whole, 1600, 800, true);
    EXPECT_EQ(received(), "(nothing)");
    send_fragment(whole, 800, 800, true);
    EXPECT_EQ(received(), whole.substr(8));
    EXPECT_EQ(a.stack->inet().reassembly.packets(), 0u);
}

TEST_F(Malformed, ExactDuplicatesAreHarmlessOverlapsAreNot)
{
    const std::string whole = udp(std::string(2000, 'f'));
    send_fragment(whole, 0, 800, true, 1);
    send_fragment(whole, 0, 800, true, 1);
    send_fragment(whole, 800, whole.size() - 800, false, 1);
    EXPECT_EQ(received(), whole.substr(8));
    // Teardrop and friends: the whole datagram goes.
    send_fragment(whole, 0, 800, true, 2);
    send_fragment(whole, 792, 808, true, 2);
    send_fragment(whole, 800, whole.size() - 800, false, 2);
    EXPECT_EQ(received(), "(nothing)");
    send_fragment(whole, 800, whole.size() - 800, false, 3);
    send_fragment(whole, 0, 808, true, 3);
    send_fragment(whole, 0, 800, true, 4);
    send_fragment(whole, 0, 400, true, 4);
    EXPECT_EQ(a.counter("ip.fragment_overlap"), 3u);
    EXPECT_EQ(received(), "(nothing)");
}

TEST_F(Malformed, TooManyFragmentsAreNoOverlap)
{
    const std::string whole = udp(std::string(1200, 'f'));
    for (size_t at = 0; at + 8 < whole.size(); at += 8)
        send_fragment(whole, at, 8, true, 5);
    EXPECT_EQ(a.counter("ip.fragment_overlap"), 0u);
    EXPECT_GT(a.counter("ip.fragment_dropped"), 0u);
}

// RFC 3168 5.3
TEST_F(Malformed, CongestionMarksOfFragments)
{
    const std::string whole = udp(std::string(1200, 'f'));
    const auto piece = [&](uint8_t tos, size_t at, bool more, uint16_t id) {
        Packet p = to_a(whole.substr(at, more ? 800 : std::string::npos));
        p.h.tos = tos;
        p.h.id = id;
        p.h.fragment = static_cast<uint16_t>(at / 8 | (more ? 0x2000 : 0));
        send(p);
    };
    piece(2, 0, true, 6);
    piece(3, 800, false, 6);
    EXPECT_EQ(received(), whole.substr(8));
    piece(0, 0, true, 7);
    piece(3, 800, false, 7);
    EXPECT_EQ(received(), "(nothing)");
    EXPECT_EQ(a.counter("ip.fragment_dropped"), 1u);
}

TEST_F(Malformed, FragmentsThatLie)
{
    const std::string whole = udp(std::string(2000, 'f'));
    Packet p = to_a(std::string(801, 'x')); // not a multiple of 8 and more to come
    p.h.fragment = static_cast<uint16_t>(0x2000);
    send(p);
    p = to_a(""); // empty
    p.h.fragment = static_cast<uint16_t>(0x2000);
    send(p);
    p = to_a(std::string(800, 'x')); // ping of death
    p.h.fragment = static_cast<uint16_t>(0x1fff);
    send(p);
    EXPECT_EQ(a.counter("ip.fragment_dropped"), 3u);
    send_fragment(whole, 1600, whole.size() - 1600, false, 9);
    p = to_a(std::string(16, 'x')); // a second, different end
    p.h.id = static_cast<uint16_t>(9);
    p.h.fragment = static_cast<uint16_t>(2400 / 8);
    send(p);
    EXPECT_EQ(a.counter("ip.fragment_overlap"), 1u);
}

TEST_F(Malformed, FragmentFloodIsBounded)
{
    for (uint16_t id = 0; id < 2000; ++id)
        send_fragment(udp(std::string(2000, 'f')), 0, 800, true, id);
    EXPECT_LE(a.stack->inet().reassembly.packets(), 200u);
    EXPECT_LE(a.stack->inet().reassembly.fragments(), 1024u);
    const std::string whole = udp(std::string(9000, 'g'));
    for (size_t at = 0; at + 8 < whole.size() && at < 8 * 100;
         at += 8) // one packet in too many pieces
        send_fragment(whole, at, 8, true, 3000);
    EXPECT_LE(a.stack->inet().reassembly.fragments(), 1024u);
    ASSERT_EQ(a.set_variable("net.inet.ip.maxfragpackets", 0), 0);
    const uint64_t dropped = a.counter("ip.fragment_dropped");
    send_fragment(whole, 0, 800, true, 4000);
    EXPECT_GT(a.counter("ip.fragment_dropped"), dropped + 1); // what waited goes, too
}

TEST_F(Malformed, ReassemblyTimesOutWithAnError)
{
    introduce();
    Packet p = to_a(udp(std::string(2000, 'f')).substr(0, 800));
    p.h.fragment = static_cast<uint16_t>(0x2000);
    p.h.source = ip4("10.0.0.2");
    TestSocket errors(b, SOCK_RAW, IPPROTO_ICMP);
    send(p);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return errors.receive(got) == 0; }, 40 * second));
    EXPECT_EQ(got[20], wire::icmp_time_exceeded);
    EXPECT_EQ(got[21], wire::exceeded_reassembly);
    EXPECT_EQ(a.counter("ip.fragment_timeout"), 1u);
}

TEST_F(Malformed, ErrorsAboutNothingOfOurs)
{
    TestSocket client(a, SOCK_DGRAM);
    ASSERT_EQ(client.connect("10.0.0.2", 99), 0);
    wire::IcmpHeader icmp = {};
    icmp.type = wire::icmp_unreachable;
    icmp.code = wire::unreach_port;
    icmp.word = 0u;
    for (size_t quoted : {0u, 10u, 20u, 27u, 28u}) {
        for (int ihl : {0, 4, 5, 15}) {
            wire::Ipv4Header q = {};
            q.version_ihl = static_cast<uint8_t>(0x40 | ihl);
            q.protocol = wire::proto_udp;
            q.source = ip4("10.0.0.1");
            q.destination = ip4("10.0.0.2");
            std::string payload(reinterpret_cast<char*>(&icmp), 8);
            payload += (std::string(reinterpret_cast<char*>(&q), 20) + std::string(8, '\0'))
                           .substr(0, quoted);
            const uint16_t sum = wire::checksum(payload.data(), payload.size());
            payload[2] = static_cast<char>(sum >> 8);
            payload[3] = static_cast<char>(sum);
            Packet p = to_a(payload);
            p.h.protocol = wire::proto_icmp;
            send(p);
        }
    }
    EXPECT_EQ(client.so->error, 0);
    EXPECT_GT(a.counter("icmp.bad_len"), 0u);
}

// Random frames, and good frames with random damage: nothing may crash, leak or be believed by chance.
TEST_F(Malformed, Noise)
{
    SeededRandom random(1234);
    for (int round = 0; round < 3000; ++round) {
        Frame f(random.below(200));
        for (uint8_t& byte : f)
            byte = static_cast<uint8_t>(random.next());
        if (f.size() >= 14) {
            const uint8_t us[6] = {2, 0, 0, 0, 0, 1};
            memcpy(f.data(), us, 6);
            f[12] = 8;
            f[13] = random.below(2) == 0 ? 0 : 6;
        }
        if (f.size() > 34 && random.below(2) == 0) { // let it past the first checks
            f[14] = static_cast<uint8_t>(0x45 + random.below(3));
            const size_t header = static_cast<size_t>(f[14] & 15) * 4;
            f[16] = 0;
            f[17] = static_cast<uint8_t>(f.size() - 14 - random.below(4));
            f[23] = random.below(2) == 0 ? 17 : 1;
            const uint8_t to[4] = {10, 0, 0, 1};
            memcpy(f.data() + 30, to, 4);
            f[24] = f[25] = 0;
            if (f.size() >= 14 + header) {
                const uint16_t sum = wire::checksum(f.data() + 14, header);
                f[24] = static_cast<uint8_t>(sum >> 8);
                f[25] = static_cast<uint8_t>(sum);
            }
        }
        lab.bus.send(port, f);
        lab.run_for(10000);
        std::string got;
        while (server.receive(got) == 0) {
        }
    }
    EXPECT_GT(a.counter("ip.received"), 500u);
}

// The whole stack with too little memory: errors, drops, no crash, and recovery.
TEST_F(Malformed, OutOfMemory)
{
    for (unsigned i = 0; i < 60; ++i) {
        TestSocket s(a, SOCK_DGRAM);
        a.platform.page_limit = 0;
        std::vector<MbufPtr> hogs;
        a.use();
        for (;;) {
            MbufPtr m(a.stack->mbufs().get_cluster(MT_DATA, M_PKTHDR));
            if (!m)
                break;
            hogs.push_back(std::move(m));
        }
        for (unsigned spare = 0; spare < i && !hogs.empty(); ++spare)
            hogs.pop_back();
        (void)s.send_to(std::string(4000, 'x'), "10.0.0.2", 7);
        send_fragment(udp(std::string(4000, 'x')), 0, 800, true, static_cast<uint16_t>(i));
        send(to_a(udp("y")));
        lab.run_for(ms);
        a.platform.page_limit = SIZE_MAX;
    }
    std::string got;
    while (server.receive(got) == 0) {
    }
    send(to_a(udp("alive")));
    EXPECT_EQ(received(), "alive");
}

} // namespace

} // namespace netmgr::host
