// SPDX-License-Identifier: Apache-2.0
// Routing table, sysctl tree, interface ioctls and ARP.
#include "test/two_hosts.hpp"

#include <map>
#include <sys/sockio.h>

#include <net/if_dl.h>
#include <net/if_media.h>
#include <net/ifdrvcom.h>

#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "net/tap.hpp"
#include "wire/arp.hpp"

namespace netmgr::host {

namespace {

TEST(PrefixTrees, AgreeWithASlowTable)
{
    struct Entry {
        int id;
    };
    SeededRandom random(11);
    PrefixTree<Entry> tree(32);
    std::map<std::pair<unsigned, uint32_t>, std::unique_ptr<Entry>> slow;
    auto mask = [](unsigned len) { return len == 0 ? 0u : ~0u << (32 - len); };
    for (int round = 0; round < 4000; ++round) {
        const unsigned len = random.below(33);
        // Few distinct high bits, so that prefixes nest.
        const uint32_t key = ((random.below(4) << 30) | (random.below(256) << 16) |
                              (random.below(4) << 8) | random.below(4)) &
                             mask(len);
        auto at = slow.find({len, key});
        if (random.below(3) == 0 && at != slow.end()) {
            auto* node = tree.find(PrefixKey::ipv4(key), len);
            ASSERT_NE(node, nullptr);
            node->value = nullptr;
            tree.erase(node);
            slow.erase(at);
        } else if (at == slow.end()) {
            auto* node = tree.insert(PrefixKey::ipv4(key), len);
            ASSERT_NE(node, nullptr);
            ASSERT_EQ(node->value, nullptr);
            auto entry = std::make_unique<Entry>(Entry{round});
            node->value = entry.get();
            slow[{len, key}] = std::move(entry);
        }
        const uint32_t probe = (random.below(4) << 30) | (random.below(256) << 16) |
                               (random.below(4) << 8) | random.below(4);
        const Entry* best = nullptr;
        for (unsigned l = 0; l <= 32; ++l)
            if (auto hit = slow.find({l, probe & mask(l)}); hit != slow.end())
                best = hit->second.get();
        ASSERT_EQ(tree.match(PrefixKey::ipv4(probe)), best);
    }
    size_t count = 0;
    for (auto* n = tree.next(nullptr); n != nullptr; n = tree.next(n))
        count++;
    EXPECT_EQ(count, slow.size());
}

class NetTest : public TwoHosts {
protected:
    template <typename T>
    int ioctl(Machine& m, unsigned cmd, T& request, size_t extra = 0,
              const Cred& cred = Cred::root())
    {
        TestSocket s(m, SOCK_DGRAM);
        buffer.assign((sizeof(T) + extra + 7) / 8, 0);
        auto* bytes = reinterpret_cast<uint8_t*>(buffer.data());
        memcpy(bytes, &request, sizeof(T));
        const int error = soioctl(*s.so, cmd, {bytes, sizeof(T) + extra}, reply, cred);
        memcpy(&request, bytes, sizeof(T));
        return error;
    }
    ifreq named(const char* name)
    {
        ifreq r = {};
        strncpy(r.ifr_name, name, IFNAMSIZ - 1);
        return r;
    }
    std::vector<uint64_t> buffer;
    size_t reply = 0;
};

TEST_F(NetTest, FlagsAddressMaskBroadcast)
{
    ifreq r = named("en0");
    ASSERT_EQ(ioctl(a, SIOCGIFFLAGS, r), 0);
    EXPECT_EQ(r.ifr_flags, IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_SIMPLEX | IFF_MULTICAST);
    EXPECT_EQ(reply, sizeof(r));
    r = named("en0");
    ASSERT_EQ(ioctl(a, SIOCGIFADDR, r), 0);
    EXPECT_EQ(ip_of(&r.ifr_addr), ip4("10.0.0.1"));
    EXPECT_EQ(r.ifr_addr.sa_len, 16);
    r = named("en0");
    ASSERT_EQ(ioctl(a, SIOCGIFNETMASK, r), 0);
    EXPECT_EQ(ip_of(&r.ifr_addr), ip4("255.255.255.0"));
    r = named("en0");
    ASSERT_EQ(ioctl(a, SIOCGIFBRDADDR, r), 0);
    EXPECT_EQ(ip_of(&r.ifr_addr), ip4("10.0.0.255"));
    r = named("lo0");
    ASSERT_EQ(ioctl(a, SIOCGIFADDR, r), 0);
    EXPECT_EQ(ip_of(&r.ifr_addr), ip4("127.0.0.1"));
    r = named("lo0");
    ASSERT_EQ(ioctl(a, SIOCGIFMTU, r), 0);
    EXPECT_EQ(r.ifr_mtu, 33192);
    r = named("lo0");
    ASSERT_EQ(ioctl(a, SIOCGIFFLAGS, r), 0);
    EXPECT_EQ(r.ifr_flags, 0x8049);
    r = named("en7");
    EXPECT_EQ(ioctl(a, SIOCGIFFLAGS, r), ENXIO);
    memset(r.ifr_name, 'x', IFNAMSIZ);
    EXPECT_EQ(ioctl(a, SIOCGIFFLAGS, r), ENXIO);
}

TEST_F(NetTest, SettingNeedsTheAbility)
{
    Cred nobody;
    ifreq r = named("en0");
    EXPECT_EQ(ioctl(a, SIOCSIFFLAGS, r, 0, nobody), EPERM);
    EXPECT_EQ(ioctl(a, SIOCSIFMTU, r, 0, nobody), EPERM);
    EXPECT_EQ(ioctl(a, SIOCSIFADDR, r, 0, nobody), EPERM);
    EXPECT_EQ(ioctl(a, SIOCIFDESTROY, r, 0, nobody), EPERM);
    EXPECT_EQ(ioctl(a, SIOCGIFFLAGS, r, 0, nobody), 0);
    ortentry route = {};
    EXPECT_EQ(ioctl(a, SIOCADDRT, route, 0, nobody), EPERM);
}

TEST_F(NetTest, MtuLimits)
{
    ifreq r = named("en0");
    r.ifr_mtu = 9000;
    EXPECT_EQ(ioctl(a, SIOCSIFMTU, r), 0);
    r.ifr_mtu = 9001;
    EXPECT_EQ(ioctl(a, SIOCSIFMTU, r), EINVAL);
    r.ifr_mtu = 20;
    EXPECT_EQ(ioctl(a, SIOCSIFMTU, r), EINVAL);
    r.ifr_mtu = -1;
    EXPECT_EQ(ioctl(a, SIOCSIFMTU, r), EINVAL);
    EXPECT_EQ(a.port->interface().if_mtu, 9000u);
}

TEST_F(NetTest, ConfListsEveryAddressAndRespectsRoom)
{
    ifconf conf = {};
    ASSERT_EQ(ioctl(a, SIOCGIFCONF, conf), 0);
    const int whole = conf.ifc_len;
    EXPECT_GT(whole, 0);
    conf.ifc_len = whole;
    ASSERT_EQ(ioctl(a, SIOCGIFCONF, conf, static_cast<size_t>(whole)), 0);
    EXPECT_EQ(conf.ifc_len, whole);
    EXPECT_EQ(reply, sizeof(conf) + static_cast<size_t>(whole));
    std::vector<std::pair<std::string, int>> seen;
    const auto* at = reinterpret_cast<const uint8_t*>(buffer.data()) + sizeof(conf);
    for (int left = conf.ifc_len; left > 0;) {
        sockaddr sa;
        memcpy(&sa, at + IFNAMSIZ, sizeof(sa));
        seen.emplace_back(reinterpret_cast<const char*>(at), sa.sa_family);
        const auto size = static_cast<int>(IFREQ_ENTRY_LEN(sa.sa_len));
        at += size;
        left -= size;
    }
    const std::vector<std::pair<std::string, int>> wanted = {
        {"lo0", AF_LINK}, {"lo0", AF_INET}, {"en0", AF_LINK}, {"en0", AF_INET}};
    EXPECT_EQ(seen, wanted);
    conf.ifc_len = 50;
    ASSERT_EQ(ioctl(a, SIOCGIFCONF, conf, 50), 0);
    EXPECT_LE(conf.ifc_len, 50);
}

TEST_F(NetTest, AliasesAndDelete)
{
    ASSERT_EQ(a.configure("10.0.0.11", "255.255.255.255"), 0);
    ASSERT_EQ(a.configure("10.5.0.1", "255.255.0.0"), 0);
    EXPECT_NE(a.stack->net().address_of(ip4("10.0.0.11")), nullptr);
    TestSocket client(b, SOCK_DGRAM), server(a, SOCK_DGRAM);
    ASSERT_EQ(server.bind("10.0.0.11", 9), 0);
    std::string got;
    client.send_to("x", "10.0.0.11", 9);
    EXPECT_TRUE(lab.run_until([&] { return server.receive(got) == 0; }, second));
    ifreq r = named("en0");
    const sockaddr_in gone = address("10.5.0.1", 0);
    memcpy(&r.ifr_addr, &gone, sizeof(gone));
    ASSERT_EQ(ioctl(a, SIOCDIFADDR, r), 0);
    EXPECT_EQ(ioctl(a, SIOCDIFADDR, r), EADDRNOTAVAIL);
    EXPECT_EQ(a.use().inet().lookup_route(ip4("10.5.1.1")), nullptr);
    r = named("en0"); // a plain delete takes the first
    ASSERT_EQ(ioctl(a, SIOCDIFADDR, r), 0);
    EXPECT_EQ(a.stack->net().address_of(ip4("10.0.0.1")), nullptr);
    EXPECT_EQ(a.configure("224.0.0.1", "255.0.0.0"), EINVAL);
    EXPECT_EQ(a.configure("10.1.1.1", "255.0.255.0"), EINVAL);
    EXPECT_EQ(a.configure("127.0.0.1", "255.0.0.0"), EEXIST);
}

TEST_F(NetTest, SetAddressReplacesTheFirst)
{
    ifreq r = named("en0");
    const sockaddr_in next = address("172.16.5.5", 0);
    memcpy(&r.ifr_addr, &next, sizeof(next));
    ASSERT_EQ(ioctl(a, SIOCSIFADDR, r), 0);
    EXPECT_EQ(a.stack->net().address_of(ip4("10.0.0.1")), nullptr);
    r = named("en0");
    ASSERT_EQ(ioctl(a, SIOCGIFNETMASK, r), 0);
    EXPECT_EQ(ip_of(&r.ifr_addr), ip4("255.255.0.0"));
}

TEST_F(NetTest, CloneLoopback)
{
    if_clonereq list = {};
    list.ifcr_count = 4;
    ASSERT_EQ(ioctl(a, SIOCIFGCLONERS, list, 4 * IFNAMSIZ), 0);
    EXPECT_EQ(list.ifcr_total, 4); // lo, tun, tap, vlan
    EXPECT_STREQ(reinterpret_cast<const char*>(buffer.data()) + sizeof(list), "lo");
    ifreq r = named("lo3");
    ASSERT_EQ(ioctl(a, SIOCIFCREATE, r), 0);
    EXPECT_EQ(ioctl(a, SIOCIFCREATE, r), EEXIST);
    EXPECT_EQ(a.configure("127.0.3.1", "255.0.0.0", "lo3"), 0);
    ASSERT_EQ(ioctl(a, SIOCIFDESTROY, r), 0);
    EXPECT_EQ(ioctl(a, SIOCIFDESTROY, r), ENXIO);
    for (const char* bad : {"lo", "zz0", "lo99999999", "0", "lo1x", ""}) {
        r = named(bad);
        EXPECT_EQ(ioctl(a, SIOCIFCREATE, r), EINVAL) << bad;
    }
    r = named("lo0");
    EXPECT_EQ(ioctl(a, SIOCIFDESTROY, r), EPERM);
}

TEST_F(NetTest, CapabilitiesOnlyWithinTheHardware)
{
    a.port->interface().if_capabilities_tx = IFCAP_CSUM_IPv4 | IFCAP_CSUM_UDPv4;
    ifcapreq r = {};
    strcpy(r.ifcr_name, "en0");
    ASSERT_EQ(ioctl(a, SIOCGIFCAP, r), 0);
    EXPECT_EQ(r.ifcr_capabilities_tx, 5u);
    r.ifcr_capenable_tx = IFCAP_TSOv4;
    EXPECT_EQ(ioctl(a, SIOCSIFCAP, r), EINVAL);
    r.ifcr_capenable_tx = IFCAP_CSUM_UDPv4;
    const unsigned inits = a.port->inits;
    EXPECT_EQ(ioctl(a, SIOCSIFCAP, r), 0);
    EXPECT_GT(a.port->inits, inits);
    // Now the card is trusted with the checksum; ours does not make it, so the peer sees a bad one.
    TestSocket client(a, SOCK_DGRAM);
    client.send_to("x", "10.0.0.2", 9);
    lab.run_for(10 * ms);
    EXPECT_EQ(b.counter("udp.bad_checksum"), 1u);
}

TEST_F(NetTest, ChangeOfHardwareAddress)
{
    introduce();
    if_laddrreq r = {};
    strcpy(r.iflr_name, "en0");
    sockaddr_dl sdl = {};
    sdl.sdl_len = sizeof(sdl);
    sdl.sdl_family = AF_LINK;
    sdl.sdl_alen = 6;
    const uint8_t mac[6] = {2, 9, 9, 9, 9, 9};
    memcpy(sdl.sdl_data, mac, 6);
    memcpy(&r.addr, &sdl, sizeof(sdl));
    ASSERT_EQ(ioctl(a, SIOCALIFADDR, r), 0);
    EXPECT_EQ(memcmp(CLLADDR(a.port->interface().if_sadl), mac, 6), 0);
    sdl.sdl_data[0] = 1; // a group address is nobody's
    memcpy(&r.addr, &sdl, sizeof(sdl));
    EXPECT_EQ(ioctl(a, SIOCALIFADDR, r), EINVAL);
    sdl.sdl_alen = 200;
    memcpy(&r.addr, &sdl, sizeof(sdl));
    EXPECT_EQ(ioctl(a, SIOCALIFADDR, r), EINVAL);
}

TEST_F(NetTest, IoctlsWithShortDataAreRefused)
{
    TestSocket s(a, SOCK_DGRAM);
    alignas(8) uint8_t few[8] = {};
    for (unsigned cmd : {SIOCGIFFLAGS, SIOCGIFCONF, SIOCGIFMEDIA, SIOCGDRVCOM, SIOCAIFADDR,
                         SIOCADDRT, SIOCGIFDATA})
        EXPECT_EQ(soioctl(*s.so, cmd, {few, sizeof(few)}, reply, Cred::root()), EINVAL);
    drvcom_cmd huge = {};
    strcpy(huge.ifdc_name, "en0");
    huge.ifdc_len = UINT64_MAX - 4;
    EXPECT_EQ(ioctl(a, SIOCGDRVCOM, huge, 64), EINVAL);
}

TEST_F(NetTest, RoutesByIoctl)
{
    ortentry r = {};
    auto put = [](sockaddr& sa, const char* ip) {
        const sockaddr_in sin = address(ip, 0);
        memcpy(&sa, &sin, sizeof(sin));
    };
    put(r.rt_dst, "192.168.0.0");
    put(r.rt_gateway, "10.0.0.2");
    put(r.rt_genmask, "255.255.0.0");
    ASSERT_EQ(ioctl(a, SIOCADDRT, r), 0);
    EXPECT_EQ(ioctl(a, SIOCADDRT, r), EEXIST);
    const rtentry* route = a.use().inet().lookup_route(ip4("192.168.9.9"));
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->flags & (RTF_UP | RTF_GATEWAY | RTF_STATIC),
              RTF_UP | RTF_GATEWAY | RTF_STATIC);
    put(r.rt_gateway, "172.16.0.1");
    EXPECT_EQ(ioctl(a, SIOCADDRT, r), ENETUNREACH);
    EXPECT_EQ(ioctl(a, SIOCDELRT, r), ESRCH);
    put(r.rt_gateway, "10.0.0.2");
    EXPECT_EQ(ioctl(a, SIOCDELRT, r), 0);
    put(r.rt_genmask, "255.0.255.0");
    EXPECT_EQ(ioctl(a, SIOCADDRT, r), EINVAL);
    put(r.rt_dst, "0.0.0.0");
    put(r.rt_genmask, "0.0.0.0");
    EXPECT_EQ(ioctl(a, SIOCADDRT, r), 0);
    EXPECT_NE(a.use().inet().lookup_route(ip4("8.8.8.8")), nullptr);
}

TEST_F(NetTest, FirstOfTwoGatewaysIsUsed)
{
    ASSERT_EQ(a.add_route("0.0.0.0", 0, "10.0.0.2"), 0);
    ASSERT_EQ(a.add_route("0.0.0.0", 0, "10.0.0.3"), 0);
    auto gateway = [&] {
        return ip_of(reinterpret_cast<const sockaddr*>(
            &a.use().inet().lookup_route(ip4("8.8.8.8"))->gateway));
    };
    EXPECT_EQ(gateway(), ip4("10.0.0.2"));
    RouteChange gone;
    gone.has_gateway = true;
    gone.gateway = ip4("10.0.0.2");
    ASSERT_EQ(delete_ip_route(a.use().net(), gone), 0);
    EXPECT_EQ(gateway(), ip4("10.0.0.3"));
}

TEST_F(NetTest, TapSeesBothDirections)
{
    struct Tap : TapListener {
        int packets = 0;
    } tap;
    tap.packet = [](void* arg, const TapPacket&) { static_cast<Tap*>(arg)->packets++; };
    tap.arg = &tap;
    tap_add(a.port->interface(), tap);
    introduce(); // ARP out, ARP in, UDP out, ICMP in
    EXPECT_EQ(tap.packets, 4);
    tap_remove(a.port->interface(), tap);
    EXPECT_EQ(a.port->interface().if_bpf, nullptr);
}

// --- ARP

TEST_F(NetTest, GratuitousArpAtAddressSetting)
{
    EXPECT_EQ(lab.bus.frames, 2u);
    EXPECT_EQ(b.counter("arp.requests_received"), 1u);
}

TEST_F(NetTest, ArpHoldsPacketsAndSendsThemInOrder)
{
    TestSocket client(a, SOCK_DGRAM), server(b, SOCK_DGRAM);
    ASSERT_EQ(server.bind("0.0.0.0", 9), 0);
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(client.send_to(std::to_string(i), "10.0.0.2", 9), 0);
    EXPECT_EQ(a.counter("arp.requests_sent"), 2u); // announcement and one question
    lab.run_for(10 * ms);
    std::string got;
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(server.receive(got), 0);
        EXPECT_EQ(got, std::to_string(i));
    }
}

TEST_F(NetTest, ArpRetriesThenGoesDownThenTriesAgain)
{
    TestSocket client(a, SOCK_DGRAM);
    ASSERT_EQ(client.send_to("x", "10.0.0.77", 9), 0);
    const uint64_t before = a.counter("arp.requests_sent");
    lab.run_for(8 * second);
    EXPECT_EQ(a.counter("arp.requests_sent") - before, 4u); // five in all
    EXPECT_EQ(a.counter("arp.timeouts"), 1u);
    EXPECT_EQ(a.counter("arp.held_dropped"), 1u);
    EXPECT_EQ(client.send_to("x", "10.0.0.77", 9), EHOSTDOWN);
    lab.run_for(25 * second);
    EXPECT_EQ(client.send_to("x", "10.0.0.77", 9), 0);
}

TEST_F(NetTest, ArpEntryIsRefreshedWhileUsedAndForgottenWhenNot)
{
    ASSERT_EQ(a.set_variable("net.inet.arp.keep", 60), 0);
    ASSERT_EQ(a.set_variable("net.inet.arp.prune", 5), 0);
    ASSERT_EQ(a.set_variable("net.inet.arp.refresh", 30), 0);
    introduce();
    TestSocket client(a, SOCK_DGRAM);
    const uint64_t asked = a.counter("arp.requests_sent");
    for (int i = 0; i < 7; ++i) {
        client.send_to("x", "10.0.0.2", 9);
        lab.run_for(10 * second);
    }
    EXPECT_EQ(a.counter("arp.requests_sent"), asked + 1);
    EXPECT_NE(a.stack->inet().arp.find(a.port->interface(), ip4("10.0.0.2")), nullptr);
    lab.run_for(120 * second);
    EXPECT_EQ(a.stack->inet().arp.find(a.port->interface(), ip4("10.0.0.2")), nullptr);
}

TEST_F(NetTest, ArpConflictIsCountedAndDefended)
{
    Machine& thief = lab.add();
    const uint64_t frames = lab.bus.frames;
    ASSERT_EQ(thief.configure("10.0.0.1", "255.255.255.0"), 0);
    lab.run_for(100 * ms);
    EXPECT_EQ(a.counter("arp.conflicts"), 2u); // its announcement, and its answer to our defence
    EXPECT_GE(lab.bus.frames - frames, 2u);
}

TEST_F(NetTest, MalformedArpIsCounted)
{
    auto frame_of = [](wire::ArpPacket p) {
        Frame f(14 + sizeof(p), 0);
        memset(f.data(), 0xff, 6);
        f[6] = 2;
        f[12] = 8;
        f[13] = 6;
        memcpy(f.data() + 14, &p, sizeof(p));
        return f;
    };
    const wire::MacAddress good = {{2, 0, 0, 0, 0, 9}};
    auto packet =
        wire::ArpPacket::make(wire::arp_request, good, ip4("10.0.0.9"), {}, ip4("10.0.0.1"));
    std::vector<wire::ArpPacket> bad(7, packet);
    bad[0].hardware = static_cast<uint16_t>(6);
    bad[1].protocol_len = 16;
    bad[2].sender_mac = wire::MacAddress::broadcast();
    bad[3].hardware_len = 0;
    bad[4].operation = static_cast<uint16_t>(3); // RARP's
    bad[5].sender_ip = ip4("10.0.0.255");        // nobody's
    bad[6].sender_ip = ip4("224.0.0.1");
    const int port = lab.bus.add_port(nullptr);
    for (const auto& p : bad)
        lab.bus.send(port, frame_of(p));
    Frame shorter = frame_of(packet);
    shorter.resize(30);
    lab.bus.send(port, shorter);
    lab.run_for(10 * ms);
    EXPECT_EQ(a.counter("arp.bad"), 8u);
    EXPECT_EQ(a.counter("arp.replies_sent"), 0u);
    lab.bus.send(port, frame_of(packet));
    lab.run_for(10 * ms);
    EXPECT_EQ(a.counter("arp.replies_sent"), 1u);
    // Somebody who is not on this net is answered, but is no neighbour.
    packet.sender_ip = ip4("10.7.0.1");
    lab.bus.send(port, frame_of(packet));
    lab.run_for(10 * ms);
    EXPECT_EQ(a.counter("arp.replies_sent"), 2u);
    EXPECT_EQ(a.counter("arp.off_link"), 1u);
    Arp& arp = a.stack->inet().arp;
    EXPECT_EQ(arp.find(a.port->interface(), ip4("10.7.0.1")), nullptr);
    EXPECT_NE(arp.find(a.port->interface(), ip4("10.0.0.9")), nullptr);
}

// --- sysctl

class Sysctl : public NetTest {
protected:
    int call(std::vector<int32_t> mib, void* old_value, size_t room, size_t& size,
             const void* new_value = nullptr, size_t new_size = 0, const Cred& cred = Cred::root())
    {
        SysctlOut out = {old_value, room};
        const SysctlIn in = {new_value, new_size};
        const int error =
            a.stack->sysctl().call(mib, &out, new_value != nullptr ? &in : nullptr, cred);
        size = out.size;
        return error;
    }
};

TEST_F(Sysctl, DocumentedErrors)
{
    int32_t v = 0;
    size_t size = 0;
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_UDP, UDPCTL_CHECKSUM}, &v, sizeof(v), size), 0);
    EXPECT_EQ(v, 1);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL}, nullptr, 0, size), 0);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL}, &v, 2, size), ENOMEM);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP}, &v, 4, size), ENOTDIR);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, 4711}, &v, 4, size), EOPNOTSUPP);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL, 1}, &v, 4, size), EOPNOTSUPP);
    EXPECT_EQ(call({CTL_NET}, &v, 4, size), EINVAL);
    EXPECT_EQ(call({}, &v, 4, size), EINVAL);
    EXPECT_EQ(call(std::vector<int32_t>(13, 1), &v, 4, size), EINVAL);
    const int32_t ttl = 100, bad = 256;
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL}, &v, 4, size, &ttl, 4, Cred()),
              EPERM);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL}, &v, 4, size, &ttl, 3), EINVAL);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL}, &v, 4, size, &bad, 4), EINVAL);
    EXPECT_EQ(call({CTL_NET, AF_INET, IPPROTO_IP, IPCTL_DEFTTL}, &v, 4, size, &ttl, 4), 0);
    EXPECT_EQ(v, 64); // the old value
    EXPECT_EQ(a.variable("net.inet.ip.ttl"), 100);
    EXPECT_EQ(call({CTL_KERN, KERN_MBUF, MBUF_MSIZE}, &v, 4, size, &ttl, 4), EPERM);
    const int32_t fewer = 1;
    EXPECT_EQ(call({CTL_KERN, KERN_MBUF, MBUF_NMBCLUSTERS}, &v, 4, size, &fewer, 4), EINVAL);
}

TEST_F(Sysctl, TtlReallyChangesPackets)
{
    ASSERT_EQ(a.set_variable("net.inet.ip.ttl", 33), 0);
    uint8_t seen = 0;
    lab.bus.filter = [&](const Frame& f) {
        if (f[12] == 8 && f[13] == 0)
            seen = f[14 + 8];
        return true;
    };
    introduce();
    EXPECT_EQ(seen, 255); // the answer (an ICMP error); before it came the datagram
    TestSocket s(a, SOCK_DGRAM), t(b, SOCK_DGRAM);
    t.bind("0.0.0.0", 5);
    s.send_to("x", "10.0.0.2", 5);
    lab.run_for(ms);
    EXPECT_EQ(seen, 33);
}

TEST_F(Sysctl, WalkAndNames)
{
    std::function<int(std::vector<int32_t>)> walk = [&](std::vector<int32_t> at) {
        std::vector<sysctlnode_info> list(512);
        size_t size = 0;
        at.push_back(CTL_QUERY);
        EXPECT_EQ(call(at, list.data(), list.size() * sizeof(list[0]), size), 0);
        int leaves = 0;
        for (size_t i = 0; i < size / sizeof(list[0]); ++i) {
            at.back() = list[i].number;
            leaves += list[i].type == CTLTYPE_NODE ? walk(at) : 1;
        }
        return leaves;
    };
    EXPECT_GT(walk({}), 35);
    int32_t mib[12];
    size_t size = 0;
    const char name[] = "net.inet.icmp.bmcastecho";
    ASSERT_EQ(call({CTL_NAME2MIB}, mib, sizeof(mib), size, name, sizeof(name)), 0);
    ASSERT_EQ(size, 16u);
    EXPECT_EQ(mib[0], CTL_NET);
    EXPECT_EQ(mib[1], AF_INET);
    EXPECT_EQ(mib[2], IPPROTO_ICMP);
    EXPECT_EQ(mib[3], ICMPCTL_BMCASTECHO);
    EXPECT_EQ(call({CTL_NAME2MIB}, mib, sizeof(mib), size, "net.nope", 9), EOPNOTSUPP);
    char text[100];
    ASSERT_EQ(call({CTL_NET, AF_INET, CTL_DESCRIBE}, text, sizeof(text), size), 0);
    EXPECT_STREQ(text, "IPv4");
}

} // namespace

} // namespace netmgr::host
