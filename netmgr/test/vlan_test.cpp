// SPDX-License-Identifier: Apache-2.0
// VLAN interfaces: tags on the wire, groups, limits, and what happens when the parent goes.
#include "test/two_hosts.hpp"

#include <net/if_vlanvar.h>
#include <sys/sockio.h>

namespace netmgr::host {

namespace {

class VlanTest : public TwoHosts {
protected:
    void SetUp() override
    {
        TwoHosts::SetUp();
        lab.bus.filter = [this](const Frame& frame) {
            sent.push_back(frame);
            return true;
        };
    }

    int create(Machine& m, const char* name = "vlan0")
    {
        ifreq r = {};
        strncpy(r.ifr_name, name, IFNAMSIZ - 1);
        return ask(m, SIOCIFCREATE, r);
    }

    int destroy(Machine& m, const char* name = "vlan0")
    {
        ifreq r = {};
        strncpy(r.ifr_name, name, IFNAMSIZ - 1);
        return ask(m, SIOCIFDESTROY, r);
    }

    int set(Machine& m, uint16_t tag, const char* parent = "en0", uint16_t priority = 0,
            const char* name = "vlan0")
    {
        Request r = {};
        strncpy(r.head.ifr_name, name, IFNAMSIZ - 1);
        strncpy(r.vlan.vlr_parent, parent, IFNAMSIZ - 1);
        r.vlan.vlr_tag = tag;
        r.vlan.vlr_prio = priority;
        return ask(m, SIOCSETVLAN, r);
    }

    vlanreq facts(Machine& m, const char* name = "vlan0")
    {
        Request r = {};
        strncpy(r.head.ifr_name, name, IFNAMSIZ - 1);
        EXPECT_EQ(ask(m, SIOCGETVLAN, r), 0);
        return r.vlan;
    }

    int set_mtu(Machine& m, int mtu, const char* name = "vlan0")
    {
        ifreq r = {};
        strncpy(r.ifr_name, name, IFNAMSIZ - 1);
        r.ifr_mtu = mtu;
        return ask(m, SIOCSIFMTU, r);
    }

    ifnet& interface(Machine& m, const char* name = "vlan0")
    {
        return *m.stack->net().find_interface(name);
    }

    void both_on(uint16_t tag)
    {
        for (Machine* m : {&a, &b}) {
            ASSERT_EQ(create(*m), 0);
            ASSERT_EQ(set(*m, tag), 0);
        }
        ASSERT_EQ(a.configure("10.5.0.1", "255.255.255.0", "vlan0"), 0);
        ASSERT_EQ(b.configure("10.5.0.2", "255.255.255.0", "vlan0"), 0);
        lab.run_for(ms);
    }

    std::vector<Frame> sent;

private:
    struct Request {
        ifreq head;
        vlanreq vlan;
    };

    template <typename T>
    int ask(Machine& m, unsigned cmd, T& request)
    {
        TestSocket s(m, SOCK_DGRAM);
        size_t reply = 0;
        return soioctl(*s.so, cmd, {reinterpret_cast<uint8_t*>(&request), sizeof(request)}, reply,
                       Cred::root());
    }
};

TEST_F(VlanTest, DatagramsOfAllSizesBothWays)
{
    both_on(5);
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("10.5.0.2", 7), 0);
    // The in-memory card has no room for a tag above its MTU.
    EXPECT_EQ(interface(a).if_mtu, 1496u);
    for (size_t size : {1u, 18u, 46u, 1468u, 1469u, 4000u}) {
        const std::string data(size, 'v');
        std::string got;
        ASSERT_EQ(client.send_to(data, "10.5.0.2", 7), 0);
        ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; })) << size;
        EXPECT_EQ(got, data);
        ASSERT_EQ(server.send_to(got, "10.5.0.1", client.port()), 0);
        ASSERT_TRUE(lab.run_until([&] { return client.receive(got) == 0; })) << size;
        EXPECT_EQ(got, data);
    }
    unsigned tagged = 0;
    for (const Frame& f : sent) {
        EXPECT_LE(f.size(), 1514u);
        if (f[12] == 0x81 && f[13] == 0x00) {
            EXPECT_EQ(f[14] << 8 | f[15], 5);
            tagged++;
        }
    }
    EXPECT_GE(tagged, 14u);
    EXPECT_EQ(interface(b).if_ipackets, b.counter("vlan.received"));
    EXPECT_EQ(a.counter("vlan.sent"), interface(a).if_opackets);
}

TEST_F(VlanTest, OtherTagsAndNoTagAreNotOurs)
{
    both_on(5);
    ASSERT_EQ(create(a, "vlan1"), 0);
    ASSERT_EQ(set(a, 6, "en0", 0, "vlan1"), 0);
    ASSERT_EQ(a.configure("10.6.0.1", "255.255.255.0", "vlan1"), 0);
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ASSERT_EQ(client.set(SOL_SOCKET, SO_BROADCAST, 1), 0);
    std::string got;
    lab.run_for(ms);
    const uint64_t unknown = b.counter("vlan.unknown_tag"); // vlan1's first ARP request
    ASSERT_EQ(client.send_to("on six", "10.6.0.255", 7), 0);
    lab.run_for(10 * ms);
    EXPECT_EQ(server.receive(got), EWOULDBLOCK);
    EXPECT_EQ(b.counter("vlan.unknown_tag"), unknown + 1);
    ASSERT_EQ(client.send_to("on five", "10.5.0.255", 7), 0);
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(got, "on five");
}

TEST_F(VlanTest, PriorityIsSentAndPriorityTagsBelongToTheParent)
{
    both_on(5);
    ASSERT_EQ(set(a, 5, "en0", 7), 0);
    EXPECT_EQ(facts(a).vlr_prio, 7);
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    sent.clear();
    ASSERT_EQ(client.send_to("x", "10.5.0.2", 7), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(sent.front()[14], 0xe0);
    // The same with VLAN 0: a frame of en0 (IEEE 802.1Q 9.6).
    ASSERT_EQ(client.send_to("y", "10.0.0.2", 7), 0);
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    Frame frame = sent.back();
    const uint8_t tag[] = {0x81, 0x00, 0x60, 0x00};
    frame.insert(frame.begin() + 12, tag, tag + 4);
    lab.bus.send(-1, frame);
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(got, "y");
    // Twice tagged, or cut short: counted, nothing else.
    frame.insert(frame.begin() + 12, tag, tag + 4);
    lab.bus.send(-1, frame);
    lab.bus.send(-1, Frame(frame.begin(), frame.begin() + 15));
    lab.run_for(10 * ms);
    EXPECT_EQ(b.counter("vlan.bad"), 2u);
    EXPECT_EQ(server.receive(got), EWOULDBLOCK);
}

TEST_F(VlanTest, GroupsReachTheParentsFilter)
{
    both_on(5);
    const unsigned before = b.port->filter_changes;
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 7), 0);
    ip_mreq join = {};
    join.imr_multiaddr.s_addr = htonl(ip4("239.1.2.3"));
    join.imr_interface.s_addr = htonl(ip4("10.5.0.2"));
    b.use();
    ASSERT_EQ(
        sosetopt(*server.so, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof(join), Cred::root()), 0);
    EXPECT_EQ(b.port->filter_changes, before + 1);
    const in_addr from = {.s_addr = htonl(ip4("10.5.0.1"))};
    a.use();
    ASSERT_EQ(sosetopt(*client.so, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof(from), Cred::root()),
              0);
    ASSERT_EQ(client.send_to("all", "239.1.2.3", 7), 0);
    std::string got;
    ASSERT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }));
    EXPECT_EQ(got, "all");
    ASSERT_EQ(set(b, 0, ""), 0);
    EXPECT_EQ(b.port->filter_changes, before + 2);
    ASSERT_EQ(set(b, 5), 0);
    EXPECT_EQ(b.port->filter_changes, before + 3);
}

TEST_F(VlanTest, WrongRequests)
{
    EXPECT_EQ(set(a, 5), ENXIO);
    ASSERT_EQ(create(a), 0);
    EXPECT_EQ(create(a), EEXIST);
    EXPECT_EQ(set(a, 0), EINVAL);
    EXPECT_EQ(set(a, 4095), EINVAL);
    EXPECT_EQ(set(a, 5, "en0", 8), EINVAL);
    EXPECT_EQ(set(a, 5, "en9"), ENOENT);
    EXPECT_EQ(set(a, 5, "lo0"), EPROTONOSUPPORT);
    EXPECT_EQ(set(a, 5, "vlan0"), EPROTONOSUPPORT);
    EXPECT_EQ(set(a, 5, "en0", 0, "en0"), EOPNOTSUPP);
    EXPECT_NE(a.set_flags(IFF_UP, "vlan0"), 0); // no parent yet
    ASSERT_EQ(set(a, 5), 0);
    EXPECT_EQ(set(a, 5), 0);
    EXPECT_EQ(set(a, 6), EBUSY);
    EXPECT_STREQ(facts(a).vlr_parent, "en0");
    EXPECT_EQ(facts(a).vlr_tag, 5);
    ASSERT_EQ(create(a, "vlan1"), 0);
    EXPECT_EQ(set(a, 5, "en0", 0, "vlan1"), EEXIST);
    EXPECT_EQ(set_mtu(a, 1497), EINVAL);
    EXPECT_EQ(set_mtu(a, 1496), 0);
    EXPECT_EQ(set_mtu(a, 45), EINVAL);
    ASSERT_EQ(set(a, 0, ""), 0);
    EXPECT_EQ(facts(a).vlr_tag, 0);
    EXPECT_EQ(set_mtu(a, 1496), ENOENT);
    EXPECT_EQ(set(a, 5, "en0", 0, "vlan1"), 0);
    EXPECT_EQ(destroy(a), 0);
    EXPECT_EQ(destroy(a), ENXIO);
}

TEST_F(VlanTest, FollowsItsParent)
{
    both_on(5);
    EXPECT_EQ(
        memcmp(ether_address(interface(a)).bytes, ether_address(a.port->interface()).bytes, 6), 0);
    ASSERT_EQ(ether_change_address(a.port->interface(), {{2, 0, 0, 0, 0, 0x99}}), 0);
    EXPECT_EQ(ether_address(interface(a)).bytes[5], 0x99);
    if_link_state_change(&a.port->interface(), LINK_STATE_DOWN);
    lab.run_for(ms);
    EXPECT_EQ(interface(a).if_link_state, LINK_STATE_DOWN);
    if_link_state_change(&a.port->interface(), LINK_STATE_UP);
    lab.run_for(ms);
    EXPECT_EQ(interface(a).if_link_state, LINK_STATE_UP);
    TestSocket client(a, SOCK_DGRAM);
    a.port.reset(); // the card is unplugged
    EXPECT_EQ(facts(a).vlr_tag, 0);
    EXPECT_EQ(interface(a).if_flags & (IFF_UP | IFF_RUNNING), 0u);
    EXPECT_NE(client.send_to("x", "10.5.0.2", 7), 0);
}

} // namespace

} // namespace netmgr::host
