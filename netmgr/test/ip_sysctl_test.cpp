// SPDX-License-Identifier: Apache-2.0
// Every writable variable of net.inet.{ip,icmp,udp,arp} has an effect: one test each, and none may be without.
#include <algorithm>
#include <string>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "net/net.hpp"
#include "net/pfil.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"
#include "test/router.hpp"
#include "test/two_hosts.hpp"
#include "wire/udp.hpp"

namespace netmgr::host {

namespace {

class World : public Router {
public:
    Machine& l() { return left; }
    Machine& r() { return router; }
    Machine& far() { return right; }
    Lab& time() { return lab; }

    static void set(Machine& m, const char* name, int32_t value)
    {
        EXPECT_EQ(m.set_variable(name, value), 0) << name;
    }
    // A datagram from left; what a socket on `to` hears of it, "-" when nothing.
    std::string send(Machine& to, const char* address, size_t size = 1, int broadcast = 0)
    {
        TestSocket client(left, SOCK_DGRAM), server(to, SOCK_DGRAM);
        EXPECT_EQ(server.bind("0.0.0.0", 7), 0);
        EXPECT_EQ(client.set(SOL_SOCKET, SO_BROADCAST, broadcast), 0);
        for (int i = 0; i < 2; ++i) // the first may be lost to ARP
            client.send_to(std::string(size, 'x'), address, 7);
        lab.run_for(second);
        std::string got;
        return server.receive(got) == 0 ? got : "-";
    }
    bool crosses(const char* address = "10.1.0.1") { return send(right, address) == "x"; }
    int bound_port(int range)
    {
        TestSocket s(left, SOCK_DGRAM);
        EXPECT_EQ(s.set(IPPROTO_IP, IP_PORTRANGE, range), 0);
        EXPECT_EQ(s.bind("0.0.0.0", 0), 0);
        return s.port();
    }
    // The ICMP message that comes back for a datagram to a closed port.
    std::string error_for(size_t size)
    {
        TestSocket client(left, SOCK_DGRAM), errors(left, SOCK_RAW, IPPROTO_ICMP);
        client.send_to(std::string(size, 'x'), "10.0.0.254", 4444);
        std::string got;
        return lab.run_until([&] { return errors.receive(got) == 0; }, 2 * second) ? got : "";
    }
    uint32_t learned_mtu()
    {
        set(router, "net.inet.ip.forwarding", 1);
        router.more_ports[0]->interface().if_mtu = 1000;
        TestSocket raw(left, SOCK_RAW, 253);
        EXPECT_EQ(raw.set(IPPROTO_IP, IP_HDRINCL, 1), 0);
        std::string packet(1400, 'z');
        auto& h = *reinterpret_cast<wire::Ipv4Header*>(packet.data());
        h = {};
        h.set_header_len(20);
        h.ttl = 64;
        h.protocol = wire::proto_udp;
        h.fragment = wire::Ipv4Header::dont_fragment;
        h.source = ip4("10.0.0.1");
        h.destination = ip4("10.1.0.1");
        raw.send_to(packet, "10.1.0.1", 0);
        lab.run_for(second);
        return mtu_now();
    }
    uint32_t mtu_now() { return left.use().inet().lookup_route(ip4("10.1.0.1"))->mtu; }
    // Router tells left of a better way to 10.9/16.
    bool redirected()
    {
        set(router, "net.inet.ip.forwarding", 1);
        Machine& other = lab.add();
        other.configure("10.0.0.253", "255.255.255.0");
        EXPECT_EQ(router.add_route("10.9.0.0", 16, "10.0.0.253"), 0);
        TestSocket client(left, SOCK_DGRAM);
        client.send_to("x", "10.9.1.1", 7);
        lab.run_for(second);
        return has_redirect();
    }
    bool has_redirect()
    {
        return (left.use().inet().lookup_route(ip4("10.9.1.1"))->flags & RTF_DYNAMIC) != 0;
    }
    bool ping_broadcast()
    {
        TestSocket s(left, SOCK_RAW, IPPROTO_ICMP);
        s.send_to(echo_request(7, 1, 8), "10.0.0.255", 0);
        std::string got;
        return lab.run_until([&] { return s.receive(got) == 0; }, second);
    }
    // By way of the router to right, its address being a hop (or the router the end).
    uint64_t refused_by(Machine& m, const char* end)
    {
        const uint64_t before = m.counter("ip.source_routed");
        TestSocket s(left, SOCK_RAW, IPPROTO_ICMP);
        std::string option("\x01\x83\x0b\x04", 4);
        for (const char* hop : {"10.0.0.254", end}) {
            const Be32 ip = ip4(hop);
            option.append(reinterpret_cast<const char*>(&ip), sizeof(ip));
        }
        left.use();
        EXPECT_EQ(
            sosetopt(*s.so, IPPROTO_IP, IP_OPTIONS, option.data(), option.size(), Cred::root()), 0);
        s.send_to(echo_request(7, 1, 8), end, 0);
        lab.run_for(second);
        return m.counter("ip.source_routed") - before;
    }
    int segment_size()
    {
        set(router, "net.inet.ip.forwarding", 1);
        set(left, "net.inet.ip.mtudisc", 0);
        TestSocket client(left, SOCK_STREAM), server(right, SOCK_STREAM);
        EXPECT_EQ(server.bind("0.0.0.0", 80), 0);
        right.use();
        EXPECT_EQ(solisten(*server.so, 1, Cred::root()), 0);
        client.connect("10.1.0.1", 80);
        lab.run_for(second);
        return client.get(IPPROTO_TCP, TCP_MAXSEG);
    }
    ArpEntry* neighbour()
    {
        Stack& stack = left.use();
        return stack.inet().arp.find(left.port->interface(), ip4("10.0.0.254"));
    }
    // What goes over lo0, as a filter sees it: is the checksum of header and datagram whole?
    struct Looped {
        bool seen = false, header = false, datagram = false;
    };
    Looped loop()
    {
        Looped looped;
        PfilHead& head = left.use().net().pfil_inet;
        EXPECT_TRUE(head.add(watch, &looped, pfil_in));
        TestSocket client(left, SOCK_DGRAM);
        client.send_to("abc", "127.0.0.1", 9);
        lab.run_for(10 * ms);
        head.remove(watch, &looped);
        EXPECT_TRUE(looped.seen);
        return looped;
    }
    static int watch(void* arg, mbuf** m, ifnet*, int)
    {
        auto& looped = *static_cast<Looped*>(arg);
        const auto& h = *reinterpret_cast<const wire::Ipv4Header*>((*m)->m_data);
        if (h.protocol != wire::proto_udp)
            return 0;
        const size_t size = h.total_len - sizeof(h);
        wire::Checksum sum;
        sum.add_pseudo(h.source, h.destination, wire::proto_udp, size);
        sum.add_chain(*m, sizeof(h), size);
        looped = {true, wire::checksum(&h, sizeof(h)) == 0, sum.value() == 0};
        return 0;
    }
};

struct Effect {
    const char* name;
    void (*show)(World& w);
};

void show_forwarding(World& w)
{
    EXPECT_FALSE(w.crosses());
    w.set(w.r(), "net.inet.ip.forwarding", 1);
    EXPECT_TRUE(w.crosses());
}

void show_redirect(World& w)
{
    w.set(w.r(), "net.inet.ip.redirect", 0);
    EXPECT_FALSE(w.redirected());
    EXPECT_EQ(w.r().counter("ip.redirects_sent"), 0u);
    w.set(w.r(), "net.inet.ip.redirect", 1);
    w.send(w.far(), "10.9.1.1");
    EXPECT_TRUE(w.has_redirect());
}

void show_ttl(World& w)
{
    w.set(w.l(), "net.inet.ip.ttl", 37);
    TestSocket s(w.l(), SOCK_DGRAM);
    EXPECT_EQ(s.get(IPPROTO_IP, IP_TTL), 37);
    w.set(w.r(), "net.inet.ip.forwarding", 1);
    w.set(w.l(), "net.inet.ip.ttl", 1);
    EXPECT_FALSE(w.crosses());
}

void show_forwsrcrt(World& w)
{
    EXPECT_EQ(w.refused_by(w.r(), "10.1.0.1"), 1u);
    w.set(w.r(), "net.inet.ip.forwsrcrt", 1);
    EXPECT_EQ(w.refused_by(w.r(), "10.1.0.1"), 0u);
}

void show_allowsrcrt(World& w)
{
    w.set(w.r(), "net.inet.ip.forwsrcrt", 1);
    EXPECT_EQ(w.refused_by(w.far(), "10.1.0.1"), 1u);
    w.set(w.far(), "net.inet.ip.allowsrcrt", 1);
    EXPECT_EQ(w.refused_by(w.far(), "10.1.0.1"), 0u);
}

void show_directed_broadcast(World& w)
{
    w.set(w.r(), "net.inet.ip.forwarding", 1);
    EXPECT_FALSE(w.crosses("10.1.0.255"));
    w.set(w.r(), "net.inet.ip.directed-broadcast", 1);
    EXPECT_TRUE(w.crosses("10.1.0.255"));
}

void show_subnetsarelocal(World& w)
{
    EXPECT_EQ(w.segment_size(), 1448); // 12 bytes are timestamps
    w.set(w.l(), "net.inet.ip.subnetsarelocal", 0);
    EXPECT_EQ(w.segment_size(), 524);
}

void show_mtudisc(World& w)
{
    w.set(w.l(), "net.inet.ip.mtudisc", 0);
    EXPECT_EQ(w.learned_mtu(), 0u);
    w.set(w.l(), "net.inet.ip.mtudisc", 1);
    EXPECT_EQ(w.learned_mtu(), 1000u);
}

void show_mtudisctimeout(World& w)
{
    w.set(w.l(), "net.inet.ip.mtudisctimeout", 5);
    EXPECT_EQ(w.learned_mtu(), 1000u);
    w.time().run_for(6 * second);
    EXPECT_EQ(w.mtu_now(), 0u);
}

void show_anonport(World& w)
{
    w.set(w.l(), "net.inet.ip.anonportmin", 60000);
    w.set(w.l(), "net.inet.ip.anonportmax", 60000);
    EXPECT_EQ(w.bound_port(IP_PORTRANGE_DEFAULT), 60000);
    EXPECT_EQ(w.l().set_variable("net.inet.ip.anonportmin", 60001), EINVAL);
}

void show_lowport(World& w)
{
    w.set(w.l(), "net.inet.ip.lowportmin", 900);
    w.set(w.l(), "net.inet.ip.lowportmax", 900);
    EXPECT_EQ(w.bound_port(IP_PORTRANGE_LOW), 900);
}

void show_reserve(World& w)
{
    w.set(w.l(), "net.inet.ip.anonportmin", 60000);
    w.set(w.l(), "net.inet.ip.anonportmax", 60001);
    uint8_t mask[65536 / 8] = {};
    mask[60000 / 8] = 1u << (60000 % 8);
    int32_t mib[CTL_MAXNAME];
    size_t count = 0;
    SysctlTree& tree = w.l().stack->sysctl();
    ASSERT_EQ(tree.name_to_mib("net.inet.ip.anonportalgo.reserve", mib, count), 0);
    const SysctlIn in = {mask, sizeof(mask)};
    ASSERT_EQ(tree.call({mib, count}, nullptr, &in, Cred::root()), 0);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(w.bound_port(IP_PORTRANGE_DEFAULT), 60001);
}

void show_maxflows(World& w)
{
    w.set(w.r(), "net.inet.ip.forwarding", 1);
    for (int32_t flows : {0, 16}) {
        w.set(w.r(), "net.inet.ip.maxflows", flows);
        EXPECT_TRUE(w.crosses());
        EXPECT_TRUE(w.crosses());
        EXPECT_EQ(w.r().counter("ip.fast_forwarded") != 0, flows != 0);
    }
}

void show_hostzerobroadcast(World& w)
{
    EXPECT_EQ(w.send(w.r(), "10.0.0.0", 1, 1), "x");
    w.set(w.l(), "net.inet.ip.hostzerobroadcast", 0); // an address as others, and nobody has it
    EXPECT_EQ(w.send(w.r(), "10.0.0.0", 1, 1), "-");
}

void show_maxfragpackets(World& w)
{
    EXPECT_EQ(w.send(w.r(), "10.0.0.254", 4000).size(), 4000u);
    w.set(w.r(), "net.inet.ip.maxfragpackets", 0);
    EXPECT_EQ(w.send(w.r(), "10.0.0.254", 4000), "-");
}

void show_checkinterface(World& w)
{
    EXPECT_EQ(w.send(w.r(), "10.1.0.254"), "x"); // the address of its other card
    w.set(w.r(), "net.inet.ip.checkinterface", 1);
    EXPECT_EQ(w.send(w.r(), "10.1.0.254"), "-");
    EXPECT_EQ(w.send(w.r(), "10.0.0.254"), "x");
}

void show_ip_loopback(World& w)
{
    EXPECT_FALSE(w.loop().header);
    w.set(w.l(), "net.inet.ip.do_loopback_cksum", 1);
    EXPECT_TRUE(w.loop().header);
}

void show_udp_loopback(World& w)
{
    EXPECT_FALSE(w.loop().datagram);
    w.set(w.l(), "net.inet.udp.do_loopback_cksum", 1);
    EXPECT_TRUE(w.loop().datagram);
}

void show_errppslimit(World& w)
{
    w.set(w.r(), "net.inet.icmp.errppslimit", 0);
    EXPECT_EQ(w.error_for(1), "");
    w.set(w.r(), "net.inet.icmp.errppslimit", -1);
    EXPECT_NE(w.error_for(1), "");
}

void show_rediraccept(World& w)
{
    w.set(w.l(), "net.inet.icmp.rediraccept", 0);
    EXPECT_FALSE(w.redirected());
    w.set(w.l(), "net.inet.icmp.rediraccept", 1);
    w.send(w.far(), "10.9.1.1");
    EXPECT_TRUE(w.has_redirect());
}

void show_redirtimeout(World& w)
{
    w.set(w.l(), "net.inet.icmp.redirtimeout", 5);
    EXPECT_TRUE(w.redirected());
    w.time().run_for(7 * second);
    EXPECT_FALSE(w.has_redirect());
}

void show_bmcastecho(World& w)
{
    EXPECT_FALSE(w.ping_broadcast());
    w.set(w.r(), "net.inet.icmp.bmcastecho", 1);
    EXPECT_TRUE(w.ping_broadcast());
}

void show_returndatabytes(World& w)
{
    EXPECT_EQ(w.error_for(300).size(), 20u + 8 + 20 + 8);
    w.set(w.r(), "net.inet.icmp.returndatabytes", 200);
    EXPECT_EQ(w.error_for(300).size(), 20u + 8 + 20 + 200);
}

void show_udp_checksum(World& w)
{
    EXPECT_EQ(w.send(w.r(), "10.0.0.254"), "x");
    EXPECT_EQ(w.r().counter("udp.no_checksum"), 0u);
    w.set(w.l(), "net.inet.udp.checksum", 0);
    EXPECT_EQ(w.send(w.r(), "10.0.0.254"), "x");
    EXPECT_GT(w.r().counter("udp.no_checksum"), 0u);
}

void show_udp_sendspace(World& w)
{
    w.set(w.l(), "net.inet.udp.sendspace", 1000);
    TestSocket s(w.l(), SOCK_DGRAM);
    EXPECT_EQ(s.get(SOL_SOCKET, SO_SNDBUF), 1000);
    EXPECT_EQ(s.send_to(std::string(1000, 'x'), "10.0.0.254", 9), 0);
    EXPECT_EQ(s.send_to(std::string(1001, 'x'), "10.0.0.254", 9), EMSGSIZE);
}

void show_udp_recvspace(World& w)
{
    w.set(w.l(), "net.inet.udp.recvspace", 12345);
    TestSocket s(w.l(), SOCK_DGRAM);
    EXPECT_EQ(s.get(SOL_SOCKET, SO_RCVBUF), 12345);
}

void show_arp_keep(World& w)
{
    w.set(w.l(), "net.inet.arp.prune", 1);
    w.set(w.l(), "net.inet.arp.refresh", 0);
    w.set(w.l(), "net.inet.arp.keep", 10);
    w.send(w.r(), "10.0.0.254");
    EXPECT_NE(w.neighbour(), nullptr);
    w.time().run_for(15 * second);
    EXPECT_EQ(w.neighbour(), nullptr);
}

void show_arp_prune(World& w)
{
    w.set(w.l(), "net.inet.arp.refresh", 0);
    w.set(w.l(), "net.inet.arp.keep", 2);
    w.set(w.l(), "net.inet.arp.prune", 600);
    w.time().run_for(2 * second);
    w.send(w.r(), "10.0.0.254");
    w.time().run_for(30 * second);
    EXPECT_NE(w.neighbour(), nullptr); // nobody has looked yet
    w.set(w.l(), "net.inet.arp.prune", 1);
    w.time().run_for(5 * second);
    EXPECT_EQ(w.neighbour(), nullptr);
}

void show_arp_refresh(World& w)
{
    w.set(w.l(), "net.inet.arp.prune", 1);
    w.set(w.l(), "net.inet.arp.keep", 5);
    w.set(w.l(), "net.inet.arp.refresh", 30);
    w.send(w.r(), "10.0.0.254");
    w.time().run_for(15 * second);
    EXPECT_NE(w.neighbour(), nullptr); // used lately: confirmed again
}

void show_arp_down(World& w)
{
    for (int32_t down : {2, 100}) {
        w.set(w.l(), "net.inet.arp.down", down);
        const char* nobody = down == 2 ? "10.0.0.77" : "10.0.0.78";
        TestSocket s(w.l(), SOCK_DGRAM);
        s.send_to("x", nobody, 9);
        w.time().run_for(7 * second); // five tries
        w.time().run_for(5 * second); // and the silence after them
        const uint64_t before = w.l().counter("arp.requests_sent");
        s.send_to("x", nobody, 9);
        w.time().run_for(10 * ms);
        EXPECT_EQ(w.l().counter("arp.requests_sent") - before, down == 2 ? 1u : 0u);
    }
}

constexpr Effect effects[] = {
    {"net.inet.ip.forwarding", show_forwarding},
    {"net.inet.ip.redirect", show_redirect},
    {"net.inet.ip.ttl", show_ttl},
    {"net.inet.ip.forwsrcrt", show_forwsrcrt},
    {"net.inet.ip.allowsrcrt", show_allowsrcrt},
    {"net.inet.ip.directed-broadcast", show_directed_broadcast},
    {"net.inet.ip.subnetsarelocal", show_subnetsarelocal},
    {"net.inet.ip.mtudisc", show_mtudisc},
    {"net.inet.ip.mtudisctimeout", show_mtudisctimeout},
    {"net.inet.ip.anonportmin", show_anonport},
    {"net.inet.ip.anonportmax", show_anonport},
    {"net.inet.ip.lowportmin", show_lowport},
    {"net.inet.ip.lowportmax", show_lowport},
    {"net.inet.ip.anonportalgo.reserve", show_reserve},
    {"net.inet.ip.maxflows", show_maxflows},
    {"net.inet.ip.hostzerobroadcast", show_hostzerobroadcast},
    {"net.inet.ip.maxfragpackets", show_maxfragpackets},
    {"net.inet.ip.checkinterface", show_checkinterface},
    {"net.inet.ip.do_loopback_cksum", show_ip_loopback},
    {"net.inet.icmp.errppslimit", show_errppslimit},
    {"net.inet.icmp.rediraccept", show_rediraccept},
    {"net.inet.icmp.redirtimeout", show_redirtimeout},
    {"net.inet.icmp.bmcastecho", show_bmcastecho},
    {"net.inet.icmp.returndatabytes", show_returndatabytes},
    {"net.inet.udp.checksum", show_udp_checksum},
    {"net.inet.udp.sendspace", show_udp_sendspace},
    {"net.inet.udp.recvspace", show_udp_recvspace},
    {"net.inet.udp.do_loopback_cksum", show_udp_loopback},
    {"net.inet.arp.prune", show_arp_prune},
    {"net.inet.arp.keep", show_arp_keep},
    {"net.inet.arp.down", show_arp_down},
    {"net.inet.arp.refresh", show_arp_refresh},
};

class IpSysctl : public World, public ::testing::WithParamInterface<Effect> {};

TEST_P(IpSysctl, HasItsEffect)
{
    GetParam().show(*this);
}

std::string test_name(const ::testing::TestParamInfo<Effect>& info)
{
    std::string name = info.param.name + sizeof("net.inet.") - 1;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, IpSysctl, ::testing::ValuesIn(effects), test_name);

// Writable leaves below a node that have no effect shown.
void find_untested(const SysctlNode& node, const std::string& name, std::string& out)
{
    for (const SysctlNode* n = node.child; n != nullptr; n = n->sibling) {
        const std::string full = name + "." + n->name;
        if (n->child == nullptr && (n->flags & CTLFLAG_READWRITE) != 0 &&
            std::none_of(std::begin(effects), std::end(effects),
                         [&](const Effect& e) { return full == e.name; }))
            out += full + " ";
        find_untested(*n, full, out);
    }
}

TEST_F(World, NoVariableIsWithout)
{
    std::string untested;
    for (const char* group : {"net.inet.ip", "net.inet.icmp", "net.inet.udp", "net.inet.arp"}) {
        const SysctlNode* node = left.stack->sysctl().find(group);
        ASSERT_NE(node, nullptr);
        find_untested(*node, group, untested);
    }
    EXPECT_EQ(untested, "");
}

} // namespace

} // namespace netmgr::host
