// SPDX-License-Identifier: Apache-2.0
// IGMP in fake time: joining, queries of three versions, leaving, damaged messages.
#include <sys/sockinfo.h>
#include <sys/sockio.h>

#include "test/two_hosts.hpp"

#include "netinet/igmp.hpp"
#include "wire/checksum.hpp"
#include "wire/ether.hpp"
#include "wire/udp.hpp"

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
        std::vector<uint32_t> sources; // of version 3
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
            auto number = [](const uint8_t* at) {
                return static_cast<uint32_t>(at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3]);
            };
            said.push_back({lab.clock.now_ns,
                            m[0],
                            v3 ? m[8] : uint8_t{0},
                            number(g),
                            h.destination,
                            h.ttl,
                            h.header_len(),
                            {}});
            EXPECT_EQ(size, v3 ? 16u + 4u * (m[10] << 8 | m[11]) : 8u);
            for (size_t at = 16; v3 && at + 4 <= size; at += 4)
                said.back().sources.push_back(number(m + at));
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
    int source(TestSocket& s, int what, const char* sender, const char* group = group_text)
    {
        ip_mreq_source r = {};
        r.imr_multiaddr.s_addr = Be32(ip4(group)).raw();
        r.imr_sourceaddr.s_addr = Be32(ip4(sender)).raw();
        r.imr_interface.s_addr = Be32(ip4("10.0.0.1")).raw();
        s.machine.use();
        return sosetopt(*s.so, IPPROTO_IP, what, &r, sizeof(r), Cred::root());
    }
    struct Full {
        ip_msfilter head;
        in_addr more[80];
    };
    int set_full(TestSocket& s, uint32_t mode, const std::vector<uint32_t>& senders)
    {
        Full f = {};
        f.head.imsf_multiaddr.s_addr = Be32(ip4(group_text)).raw();
        f.head.imsf_interface.s_addr = Be32(ip4("10.0.0.1")).raw();
        f.head.imsf_fmode = mode;
        f.head.imsf_numsrc = static_cast<uint32_t>(senders.size());
        for (size_t i = 0; i < senders.size(); ++i)
            (&f.head.imsf_slist[0])[i].s_addr = Be32(senders[i]).raw();
        return filter_ioctl(s, SIOCSIPMSFILTER, f, IP_MSFILTER_SIZE(senders.size()) + 4);
    }
    int get_full(TestSocket& s, uint32_t room, Full& f)
    {
        f = {};
        f.head.imsf_multiaddr.s_addr = Be32(ip4(group_text)).raw();
        f.head.imsf_interface.s_addr = Be32(1).raw(); // 0.0.0.1: lo0
        if (filter_ioctl(s, SIOCGIPMSFILTER, f, sizeof(f)) != EADDRNOTAVAIL)
            ADD_FAILURE() << "nobody is a member there";
        f.head.imsf_interface.s_addr = Be32(a.stack->net().find_interface("en0")->if_index).raw();
        f.head.imsf_numsrc = room;
        return filter_ioctl(s, SIOCGIPMSFILTER, f, sizeof(f));
    }
    int filter_ioctl(TestSocket& s, unsigned cmd, Full& f, size_t size)
    {
        s.machine.use();
        return soioctl(*s.so, cmd, {reinterpret_cast<uint8_t*>(&f), size}, reply, Cred::root());
    }
    // b sends as if from another address of its net.
    void datagram(const char* from, const std::string& text, uint8_t protocol = wire::proto_udp)
    {
        std::string bytes(sizeof(wire::Ipv4Header) + sizeof(wire::UdpHeader), '\0');
        bytes += text;
        auto& h = *reinterpret_cast<wire::Ipv4Header*>(bytes.data());
        h.set_header_len(sizeof(h));
        h.total_len = static_cast<uint16_t>(bytes.size());
        h.fragment = static_cast<uint16_t>(0);
        h.ttl = 1;
        h.protocol = protocol;
        h.source = ip4(from);
        h.destination = ip4(group_text);
        h.checksum = static_cast<uint16_t>(0);
        h.checksum = wire::checksum(&h, sizeof(h));
        auto& udp = *reinterpret_cast<wire::UdpHeader*>(bytes.data() + sizeof(h));
        udp.source_port = 9;
        udp.destination_port = 7000;
        udp.length = static_cast<uint16_t>(bytes.size() - sizeof(h));
        udp.checksum = static_cast<uint16_t>(0);
        MbufPtr m = a.use().mbufs().copy_in(bytes.data(), bytes.size());
        m->m_pkthdr.rcvif = a.stack->net().find_interface("en0");
        m->m_flags |= M_MCAST;
        ip_input(*a.stack, std::move(m));
    }
    // Senders whose datagrams s was given since it was last asked.
    std::string heard(TestSocket& s)
    {
        std::string all, one;
        while (s.receive(one) == 0)
            all += one;
        return all;
    }
    // "allow(10.0.0.7,10.0.0.9)" for each report since the last call.
    std::string told()
    {
        static constexpr const char* names[] = {"?",     "is_in", "is_ex", "to_in",
                                                "to_ex", "allow", "block"};
        std::string text;
        for (const Said& each : said) {
            text += text.empty() ? "" : " ";
            text += std::string(names[each.record]) + "(";
            for (uint32_t s : each.sources)
                text += std::to_string(s & 255) + (s == each.sources.back() ? "" : ",");
            text += ")";
        }
        said.clear();
        return text;
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
    size_t reply = 0;
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

TEST_F(IgmpTest, SendersAreToldAsTheyComeAndGo)
{
    TestSocket s(a, SOCK_DGRAM), t(a, SOCK_DGRAM);
    ASSERT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.7"), 0);
    EXPECT_EQ(told(), "allow(7)");
    lab.run_for(2 * second);
    EXPECT_EQ(told(), "allow(7)"); // once more
    ASSERT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.9"), 0);
    ASSERT_EQ(source(s, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.7"), 0);
    EXPECT_EQ(told(), "allow(9) allow(9) block(7)"); // what is not said twice yet comes along
    lab.run_for(2 * second);
    EXPECT_EQ(told(), "allow(9) block(7)");
    ASSERT_EQ(membership(t, IP_ADD_MEMBERSHIP), 0); // wants everybody
    EXPECT_EQ(told(), "to_ex()");
    ASSERT_EQ(source(t, IP_BLOCK_SOURCE, "10.0.0.9"), 0); // s wants it
    ASSERT_EQ(source(t, IP_BLOCK_SOURCE, "10.0.0.5"), 0);
    EXPECT_EQ(told(), "to_ex(5)"); // the mode has not been said twice
    lab.run_for(2 * second);
    EXPECT_EQ(told(), "to_ex(5)");
    ASSERT_EQ(source(t, IP_UNBLOCK_SOURCE, "10.0.0.5"), 0);
    EXPECT_EQ(told(), "allow(5)");
    lab.run_for(2 * second);
    told();
    t.close();
    EXPECT_EQ(told(), "to_in(9)");
    lab.run_for(2 * second);
    told();
    s.close();
    EXPECT_EQ(told(), "block(9)");
    lab.run_for(2 * second);
    EXPECT_EQ(told(), "block(9)");
}

TEST_F(IgmpTest, QueriesAboutSenders)
{
    TestSocket s(a, SOCK_DGRAM);
    auto query = [&](const std::vector<const char*>& senders, unsigned count) {
        std::string bytes = message(wire::igmp_query, 10, group_text, 4 + 4 * senders.size());
        bytes[11] = static_cast<char>(count);
        for (size_t i = 0; i < senders.size(); ++i) {
            const Be32 ip = ip4(senders[i]);
            memcpy(bytes.data() + 12 + 4 * i, &ip, sizeof(ip));
        }
        memset(bytes.data() + 2, 0, 2);
        const Be16 sum = wire::checksum(bytes.data(), bytes.size());
        memcpy(bytes.data() + 2, &sum, sizeof(sum));
        hear(bytes, group_text);
        lab.run_for(2 * second);
        return told();
    };
    ASSERT_EQ(set_full(s, MCAST_INCLUDE, {ip4("10.0.0.7"), ip4("10.0.0.8")}), 0);
    lab.run_for(2 * second);
    told();
    EXPECT_EQ(query({"10.0.0.8", "10.0.0.9"}, 2), "is_in(8)");
    EXPECT_EQ(query({"10.0.0.9"}, 1), "");
    EXPECT_EQ(query({}, 0), "is_in(7,8)");
    ASSERT_EQ(set_full(s, MCAST_EXCLUDE, {ip4("10.0.0.7")}), 0);
    lab.run_for(2 * second);
    EXPECT_EQ(told(), "to_ex(7) to_ex(7)");
    EXPECT_EQ(query({"10.0.0.7", "10.0.0.9"}, 2), "is_in(9)");
    EXPECT_EQ(query({}, 0), "is_ex(7)");
    EXPECT_EQ(query({"10.0.0.7"}, 2), ""); // cut short
    EXPECT_EQ(a.counter("igmp.bad"), 1u);
}

TEST_F(IgmpTest, SocketsGetTheirSendersOnly)
{
    TestSocket s(a, SOCK_DGRAM), t(a, SOCK_DGRAM), raw(a, SOCK_RAW, 253);
    for (TestSocket* each : {&s, &t}) {
        ASSERT_EQ(each->set(SOL_SOCKET, SO_REUSEPORT, 1), 0);
        ASSERT_EQ(each->bind("0.0.0.0", 7000), 0);
    }
    ASSERT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.7"), 0);
    ASSERT_EQ(membership(t, IP_ADD_MEMBERSHIP), 0);
    ASSERT_EQ(source(t, IP_BLOCK_SOURCE, "10.0.0.8"), 0);
    ASSERT_EQ(source(raw, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.9"), 0);
    for (const char* from : {"10.0.0.7", "10.0.0.8", "10.0.0.9"})
        datagram(from, from + 7);
    for (const char* from : {"10.0.0.8", "10.0.0.9"})
        datagram(from, from + 7, 253);
    EXPECT_EQ(heard(s), "7");
    EXPECT_EQ(heard(t), "79");
    std::string one;
    ASSERT_EQ(raw.receive(one), 0);
    EXPECT_EQ(one.back(), '9');
    EXPECT_NE(raw.receive(one), 0);
}

TEST_F(IgmpTest, WholeFilters)
{
    TestSocket s(a, SOCK_DGRAM);
    Full f = {};
    EXPECT_EQ(get_full(s, 8, f), EADDRNOTAVAIL);
    std::vector<uint32_t> many;
    for (uint32_t i = 1; i <= 64; ++i)
        many.push_back(ip4("10.0.1.0") + 65 - i);
    ASSERT_EQ(set_full(s, MCAST_EXCLUDE, many), 0);
    EXPECT_EQ(said.back().sources.size(), 64u);
    ASSERT_EQ(get_full(s, 3, f), 0);
    EXPECT_EQ(f.head.imsf_fmode, static_cast<uint32_t>(MCAST_EXCLUDE));
    EXPECT_EQ(f.head.imsf_numsrc, 64u);
    EXPECT_EQ(reply, IP_MSFILTER_SIZE(3));
    EXPECT_EQ(f.head.imsf_slist[0].s_addr, Be32(ip4("10.0.1.1")).raw());
    many.push_back(ip4("10.0.2.1"));
    EXPECT_EQ(set_full(s, MCAST_INCLUDE, many), ENOBUFS);
    EXPECT_EQ(source(s, IP_BLOCK_SOURCE, "10.0.2.1"), ENOBUFS);
    EXPECT_EQ(set_full(s, MCAST_INCLUDE, {ip4("239.1.1.1")}), EINVAL);
    EXPECT_EQ(set_full(s, 3, {}), EINVAL);
    ASSERT_EQ(get_full(s, 0, f), 0); // as before
    EXPECT_EQ(f.head.imsf_numsrc, 64u);
    ASSERT_EQ(set_full(s, MCAST_INCLUDE, {}), 0); // leaves
    EXPECT_EQ(get_full(s, 8, f), EADDRNOTAVAIL);
    ASSERT_EQ(set_full(s, MCAST_INCLUDE, {}), 0);
    f.head.imsf_numsrc = 0x40000001; // more than there can be
    EXPECT_EQ(filter_ioctl(s, SIOCSIPMSFILTER, f, 24), ENOBUFS);
    f.head.imsf_numsrc = 3;
    EXPECT_EQ(filter_ioctl(s, SIOCSIPMSFILTER, f, 24), EINVAL);
}

TEST_F(IgmpTest, WrongMemberships)
{
    TestSocket s(a, SOCK_DGRAM);
    EXPECT_EQ(source(s, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.7"), EADDRNOTAVAIL);
    EXPECT_EQ(source(s, IP_BLOCK_SOURCE, "10.0.0.7"), EADDRNOTAVAIL);
    EXPECT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "0.0.0.0"), EINVAL);
    EXPECT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.7", "10.0.0.8"), EINVAL);
    ASSERT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.7"), 0);
    EXPECT_EQ(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.7"), EADDRNOTAVAIL);
    EXPECT_EQ(source(s, IP_BLOCK_SOURCE, "10.0.0.8"), EINVAL);
    EXPECT_EQ(membership(s, IP_ADD_MEMBERSHIP), EADDRINUSE);
    ASSERT_EQ(source(s, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.7"), 0); // the last one: left
    group_source_req r = {};
    const sockaddr_in group = address(group_text, 0), sender = address("10.0.0.7", 0);
    memcpy(&r.gsr_group, &group, sizeof(group));
    memcpy(&r.gsr_source, &sender, sizeof(sender));
    r.gsr_interface = 77;
    auto option = [&](int name, size_t size) {
        return sosetopt(*s.so, IPPROTO_IP, name, &r, size, Cred::root());
    };
    EXPECT_EQ(option(MCAST_JOIN_SOURCE_GROUP, sizeof(r)), EADDRNOTAVAIL);
    r.gsr_interface = a.use().net().find_interface("en0")->if_index;
    EXPECT_EQ(option(MCAST_JOIN_SOURCE_GROUP, sizeof(r) - 1), EINVAL);
    ASSERT_EQ(option(MCAST_JOIN_SOURCE_GROUP, sizeof(r)), 0);
    EXPECT_EQ(option(MCAST_UNBLOCK_SOURCE, sizeof(r)), EINVAL);
    ASSERT_EQ(option(MCAST_LEAVE_SOURCE_GROUP, sizeof(r)), 0);
    ASSERT_EQ(option(MCAST_JOIN_GROUP, sizeof(r)), 0); // struct group_req is its beginning
    ASSERT_EQ(option(MCAST_BLOCK_SOURCE, sizeof(r)), 0);
    EXPECT_EQ(option(MCAST_BLOCK_SOURCE, sizeof(r)), EADDRNOTAVAIL);
    ASSERT_EQ(option(MCAST_LEAVE_GROUP, sizeof(r)), 0);
    EXPECT_EQ(option(MCAST_LEAVE_GROUP, sizeof(r)), EADDRNOTAVAIL);
    r.gsr_source.ss_family = AF_LOCAL;
    EXPECT_EQ(option(MCAST_JOIN_SOURCE_GROUP, sizeof(r)), EAFNOSUPPORT);
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
    ASSERT_EQ(out.size, 3 * sizeof(groups[0]));
    EXPECT_EQ(groups[1].mg_group, Be32(ip4(group_text)).raw());
    EXPECT_EQ(groups[1].mg_users, 2u);
    for (const multicast_group& each :
         {groups[0], groups[2]}) { // lo0's and en0's own (RFC 1112 7.2)
        EXPECT_EQ(each.mg_group, Be32(INADDR_ALLHOSTS_GROUP).raw());
        EXPECT_EQ(each.mg_users, 1u);
    }
}

} // namespace

} // namespace netmgr::host
