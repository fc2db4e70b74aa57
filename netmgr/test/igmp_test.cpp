// SPDX-License-Identifier: Apache-2.0
// IGMP in fake time: joining, queries of three versions, leaving, damaged messages.
#include <sys/sockinfo.h>

#include "test/two_hosts.hpp"

#include "netinet/igmp.hpp"
#include "wire/checksum.hpp"
#include "wire/ether.hpp"

namespace netmgr::host {

namespace {

constexpr const char* group_text = "239.1.2.3";

// a is the host; b only gives the wire a second station. What a says is taken off the wire.
class IgmpTest : public TwoHosts {
protected:
    struct Said {
        uint64_t at_ns;
        uint8_t type;
        uint8_t record; // of version 3
        uint32_t group, destination;
        uint8_t ttl;
        size_t ip_header;
    };
    void SetUp() override
    {
        TwoHosts::SetUp();
        lab.bus.filter = [this](const Frame& f) {
            const auto& h = *reinterpret_cast<const wire::Ipv4Header*>(f.data() + 14);
            if (f.size() < 42 || f[12] != 8 || f[13] != 0 || h.protocol != wire::proto_igmp ||
                h.source != ip4("10.0.0.1"))
                return true;
            const uint8_t* m = f.data() + 14 + h.header_len();
            const size_t size = h.total_len - h.header_len();
            EXPECT_EQ(wire::checksum(m, size), 0);
            const bool v3 = m[0] == wire::igmp_v3_report;
            const uint8_t* g = m + (v3 ? 12 : 4);
            said.push_back({lab.clock.now_ns, m[0], v3 ? m[8] : uint8_t{0},
                            static_cast<uint32_t>(g[0] << 24 | g[1] << 16 | g[2] << 8 | g[3]),
                            h.destination, h.ttl, h.header_len()});
            return true;
        };
    }
    int membership(TestSocket& s, int what, const char* group = group_text)
    {
        ip_mreq r = {};
        r.imr_multiaddr.s_addr = Be32(ip4(group)).raw();
        r.imr_interface.s_addr = Be32(ip4("10.0.0.1")).raw();
        s.machine.use();
        return sosetopt(*s.so, IPPROTO_IP, what, &r, sizeof(r), Cred::root());
    }
    // A message of the router, through a's own input.
    void hear(const std::string& message, const char* destination = "224.0.0.1")
    {
        std::string bytes(sizeof(wire::Ipv4Header), '\0');
        bytes += message;
        auto& h = *reinterpret_cast<wire::Ipv4Header*>(bytes.data());
        h.set_header_len(sizeof(h));
        h.total_len = static_cast<uint16_t>(bytes.size());
        h.id = 1;
        h.fragment = static_cast<uint16_t>(0);
        h.ttl = 1;
        h.protocol = wire::proto_igmp;
        h.source = ip4("10.0.0.2");
        h.destination = ip4(destination);
        h.checksum = static_cast<uint16_t>(0);
        h.checksum = wire::checksum(&h, sizeof(h));
        MbufPtr m = a.use().mbufs().copy_in(bytes.data(), bytes.size());
        m->m_pkthdr.rcvif = a.stack->net().find_interface("en0");
        m->m_flags |= M_MCAST;
        ip_input(*a.stack, std::move(m));
    }
    std::string message(uint8_t type, uint8_t code, const char* group, size_t more = 0)
    {
        std::string bytes(8 + more, '\0');
        auto& h = *reinterpret_cast<wire::IgmpHeader*>(bytes.data());
        h.type = type;
        h.max_response = code;
        h.group = ip4(group);
        h.checksum = static_cast<uint16_t>(0);
        h.checksum = wire::checksum(bytes.data(), bytes.size());
        return bytes;
    }
    unsigned version()
    {
        return a.stack->inet().igmp->version(*a.stack->net().find_interface("en0"));
    }

    std::vector<Said> said;
};

TEST_F(IgmpTest, Version3JoinsTwiceAndLeavesTwice)
{
    TestSocket s(a, SOCK_DGRAM), t(a, SOCK_DGRAM);
    ASSERT_EQ(membership(s, IP_ADD_MEMBERSHIP), 0);
    ASSERT_EQ(membership(t, IP_ADD_MEMBERSHIP), 0); // the second user says nothing
    lab.run_for(2 * second);
    ASSERT_EQ(said.size(), 2u);
    for (const Said& each : said) {
        EXPECT_EQ(each.type, wire::igmp_v3_report);
        EXPECT_EQ(each.record, wire::igmp_to_exclude);
        EXPECT_EQ(each.group, ip4(group_text));
        EXPECT_EQ(each.destination, ip4("224.0.0.22"));
        EXPECT_EQ(each.ttl, 1);
        EXPECT_EQ(each.ip_header, 24u); // router alert
    }
    EXPECT_LE(said[1].at_ns - said[0].at_ns, second + ms);
    said.clear();
    ASSERT_EQ(membership(s, IP_DROP_MEMBERSHIP), 0);
    lab.run_for(2 * second);
    EXPECT_TRUE(said.empty());
    t.close(); // leaves with its socket
    lab.run_for(2 * second);
    ASSERT_EQ(said.size(), 2u);
    EXPECT_EQ(said[0].record, wire::igmp_to_include);
    EXPECT_EQ(said[1].record, wire::igmp_to_include);
}

TEST_F(IgmpTest, AnswersQueriesInTime)
{
    TestSocket s(a, SOCK_DGRAM);
    membership(s, IP_ADD_MEMBERSHIP);
    membership(s, IP_ADD_MEMBERSHIP, "239.9.9.9");
    lab.run_for(3 * second);
    said.clear();
    const uint64_t asked = lab.clock.now_ns;
    hear(message(wire::igmp_query, 50, "0.0.0.0", 4));
    lab.run_for(6 * second);
    ASSERT_EQ(said.size(), 2u);
    for (const Said& each : said) {
        EXPECT_EQ(each.record, wire::igmp_is_exclude);
        EXPECT_LE(each.at_ns - asked, 5 * second + ms);
    }
    said.clear();
    hear(message(wire::igmp_query, 10, "239.9.9.9", 4), "239.9.9.9"); // about one group
    lab.run_for(3 * second);
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].group, ip4("239.9.9.9"));
    EXPECT_EQ(version(), 3u);
}

TEST_F(IgmpTest, Version2IsQuietWhenAnotherReportsAndLeavesWhenItDid)
{
    hear(message(wire::igmp_query, 100, "0.0.0.0"));
    EXPECT_EQ(version(), 2u);
    TestSocket s(a, SOCK_DGRAM);
    membership(s, IP_ADD_MEMBERSHIP);
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].type, wire::igmp_v2_report);
    EXPECT_EQ(said[0].destination, ip4(group_text));
    lab.run_for(11 * second);
    EXPECT_EQ(said.size(), 2u);
    said.clear();
    hear(message(wire::igmp_query, 100, "0.0.0.0"));
    hear(message(wire::igmp_v2_report, 0, group_text), group_text); // another host was quicker
    lab.run_for(11 * second);
    EXPECT_TRUE(said.empty());
    membership(s, IP_DROP_MEMBERSHIP);
    EXPECT_TRUE(said.empty()); // the other one is still there
    membership(s, IP_ADD_MEMBERSHIP);
    lab.run_for(11 * second);
    said.clear();
    membership(s, IP_DROP_MEMBERSHIP);
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].type, wire::igmp_v2_leave);
    EXPECT_EQ(said[0].destination, ip4("224.0.0.2"));
    lab.run_for(401 * second);
    EXPECT_EQ(version(), 3u); // the old router is forgotten
}

TEST_F(IgmpTest, Version1KnowsNoLeaving)
{
    hear(message(wire::igmp_query, 0, "0.0.0.0"));
    EXPECT_EQ(version(), 1u);
    TestSocket s(a, SOCK_DGRAM);
    membership(s, IP_ADD_MEMBERSHIP);
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].type, wire::igmp_v1_report);
    lab.run_for(11 * second);
    said.clear();
    membership(s, IP_DROP_MEMBERSHIP);
    lab.run_for(2 * second);
    EXPECT_TRUE(said.empty());
}

TEST_F(IgmpTest, AllHostsAndLoopbackAreNotTold)
{
    TestSocket s(a, SOCK_DGRAM);
    membership(s, IP_ADD_MEMBERSHIP, "224.0.0.1");
    ip_mreq r = {};
    r.imr_multiaddr.s_addr = Be32(ip4(group_text)).raw();
    r.imr_interface.s_addr = Be32(INADDR_LOOPBACK).raw();
    a.use();
    EXPECT_EQ(sosetopt(*s.so, IPPROTO_IP, IP_ADD_MEMBERSHIP, &r, sizeof(r), Cred::root()), 0);
    lab.run_for(3 * second);
    EXPECT_TRUE(said.empty());
}

TEST_F(IgmpTest, DamagedMessagesAreCounted)
{
    TestSocket s(a, SOCK_DGRAM);
    membership(s, IP_ADD_MEMBERSHIP);
    lab.run_for(3 * second);
    said.clear();
    std::string bad = message(wire::igmp_query, 100, "0.0.0.0");
    bad[3] ^= 1;
    hear(bad);
    hear("\x11");
    hear(message(wire::igmp_query, 100, "10.1.1.1"));
    lab.run_for(11 * second);
    EXPECT_TRUE(said.empty());
    EXPECT_EQ(a.counter("igmp.bad"), 3u);
    // The interface goes while a report is due.
    hear(message(wire::igmp_query, 100, "0.0.0.0"));
    a.use();
    a.port.reset();
    lab.run_for(20 * second);
}

TEST_F(IgmpTest, GroupsAreListed)
{
    TestSocket s(a, SOCK_DGRAM), t(a, SOCK_DGRAM);
    ASSERT_EQ(membership(s, IP_ADD_MEMBERSHIP), 0);
    ASSERT_EQ(membership(t, IP_ADD_MEMBERSHIP), 0);
    int32_t mib[CTL_MAXNAME];
    size_t count = 0;
    SysctlTree& tree = a.use().sysctl();
    ASSERT_EQ(tree.name_to_mib("net.inet.ip.groups", mib, count), 0);
    multicast_group groups[4] = {};
    SysctlOut out = {groups, sizeof(groups)};
    ASSERT_EQ(tree.call({mib, count}, &out, nullptr, Cred::root()), 0);
    ASSERT_EQ(out.size, sizeof(groups[0]));
    EXPECT_EQ(groups[0].mg_group, Be32(ip4(group_text)).raw());
    EXPECT_EQ(groups[0].mg_users, 2u);
}

} // namespace

} // namespace netmgr::host
