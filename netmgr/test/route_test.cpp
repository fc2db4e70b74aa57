// SPDX-License-Identifier: Apache-2.0
// The routing socket, the tables behind it, cloning, FIBs, reject and blackhole routes.
#include "test/two_hosts.hpp"

#include <sys/sockio.h>
#include <sys/sysctl.h>

#include <net/if_arp.h>
#include <net/if_dl.h>
#include <netinet/if_inarp.h>

#include "net/route_change.hpp"
#include "net/route_message.hpp"
#include "net/sockaddr.hpp"

namespace netmgr::host {

namespace {

sockaddr_storage in(const char* ip)
{
    sockaddr_storage ss = {};
    const sockaddr_in sin = address(ip, 0);
    memcpy(&ss, &sin, sizeof(sin));
    return ss;
}

class RouteTest : public TwoHosts {
protected:
    // A request with the addresses given in RTAX order; empty ones are left out.
    struct Ask {
        int type;
        int flags = 0;
        sockaddr_storage dst = {}, gateway = {}, mask = {}, ifp = {};
        rt_metrics metrics = {};
        int inits = 0;
    };

    int ask(const Ask& what, const Cred& cred = Cred::root(), unsigned fib = 0)
    {
        rt_msghdr h = {};
        h.rtm_type = static_cast<uint8_t>(what.type);
        h.rtm_flags = what.flags;
        h.rtm_seq = ++sequence;
        h.rtm_rmx = what.metrics;
        h.rtm_inits = what.inits;
        RouteMessage m(h);
        const sockaddr_storage* const all[] = {&what.dst, &what.gateway, &what.mask};
        for (int i = 0; i < 3; ++i)
            if (all[i]->ss_len != 0)
                m.add(i, *all[i]);
        if (what.ifp.ss_len != 0)
            m.add(RTAX_IFP, what.ifp);
        const auto bytes = m.finish();
        TestSocket s(a, SOCK_RAW, 0, cred, AF_ROUTE);
        s.set(SOL_SOCKET, SO_FIB, static_cast<int>(fib));
        s.so->owner.pid = 77;
        Cred mine = cred;
        mine.pid = 77;
        MbufPtr data = a.use().mbufs().copy_in(bytes.data(), bytes.size());
        MbufPtr control;
        const int error = sosend(*s.so, nullptr, 0, data, control, 0, mine);
        std::string reply;
        while (s.receive(reply) == 0) {
            const std::vector<uint8_t> copy(reply.begin(), reply.end());
            if (answer.parse(copy) == 0 && answer.header.rtm_type == what.type &&
                answer.header.rtm_seq == sequence)
                break;
        }
        return error;
    }
    Ask get(const char* ip)
    {
        Ask q;
        q.type = RTM_GET;
        q.dst = in(ip);
        sockaddr_storage link = {};
        link.ss_len = sizeof(sockaddr_dl);
        link.ss_family = AF_LINK;
        q.ifp = link;
        return q;
    }
    Ask add(const char* ip, const char* gateway, const char* mask = nullptr)
    {
        Ask q;
        q.type = RTM_ADD;
        q.flags = RTF_UP | RTF_GATEWAY | RTF_STATIC;
        q.dst = in(ip);
        q.gateway = in(gateway);
        if (mask != nullptr)
            q.mask = in(mask);
        return q;
    }
    std::string gateway_of(const char* ip)
    {
        if (ask(get(ip)) != 0)
            return "none";
        const uint32_t g = ip_of(reinterpret_cast<sockaddr*>(&answer.address[RTAX_GATEWAY]));
        if (answer.family(RTAX_GATEWAY) == AF_LINK)
            return "link";
        return std::to_string(g >> 24) + "." + std::to_string(g >> 16 & 255) + "." +
               std::to_string(g >> 8 & 255) + "." + std::to_string(g & 255);
    }
    // Messages that wait for s, taken apart.
    std::vector<RouteRequest> heard(TestSocket& s)
    {
        std::vector<RouteRequest> all;
        std::string m;
        while (s.receive(m) == 0)
            EXPECT_EQ(all.emplace_back().parse(std::vector<uint8_t>(m.begin(), m.end())), 0);
        return all;
    }
    std::vector<int> types(TestSocket& s)
    {
        std::vector<int> all;
        std::string m;
        while (s.receive(m) == 0)
            all.push_back(static_cast<uint8_t>(m[offsetof(rt_msghdr, rtm_type)]));
        return all;
    }
    std::vector<uint8_t> table(int op, int argument, int fib = 0)
    {
        const int32_t mib[] = {CTL_NET, AF_ROUTE, 0, 0, op, argument, fib};
        SysctlOut size;
        EXPECT_EQ(a.use().sysctl().call(mib, &size, nullptr, Cred()), 0);
        std::vector<uint8_t> bytes(size.size);
        SysctlOut out = {bytes.data(), bytes.size()};
        EXPECT_EQ(a.stack->sysctl().call(mib, &out, nullptr, Cred()), 0);
        return bytes;
    }
    size_t count(const std::vector<uint8_t>& bytes, int type)
    {
        size_t n = 0;
        for (size_t at = 0; at < bytes.size();) {
            uint16_t len;
            memcpy(&len, bytes.data() + at, sizeof(len));
            EXPECT_GE(len, 8u);
            n += bytes[at + offsetof(rt_msghdr, rtm_type)] == type;
            at += len;
        }
        return n;
    }

    int sequence = 0;
    RouteRequest answer;
};

TEST_F(RouteTest, AddGetChangeDelete)
{
    ASSERT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0")), 0);
    EXPECT_NE(answer.header.rtm_flags & RTF_DONE, 0);
    EXPECT_EQ(answer.header.rtm_pid, 77);
    EXPECT_EQ(answer.header.rtm_errno, 0);
    EXPECT_EQ(gateway_of("172.16.3.4"), "10.0.0.2");
    EXPECT_EQ(answer.header.rtm_flags & 0xfff, RTF_UP | RTF_GATEWAY | RTF_STATIC | RTF_DONE);
    EXPECT_EQ(ifaddr::ipv4(answer.address[RTAX_NETMASK]), ip4("255.255.0.0"));
    EXPECT_EQ(ifaddr::ipv4(answer.address[RTAX_IFA]), ip4("10.0.0.1"));
    EXPECT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0")), EEXIST);
    EXPECT_EQ(answer.header.rtm_errno, EEXIST);
    Ask change = add("172.16.0.0", "10.0.0.3", "255.255.0.0");
    change.type = RTM_CHANGE;
    change.inits = RTV_MTU | RTV_HOPCOUNT;
    change.metrics.rmx_mtu = 900;
    change.metrics.rmx_hopcount = 4;
    change.metrics.rmx_locks = RTV_MTU;
    ASSERT_EQ(ask(change), 0);
    EXPECT_EQ(gateway_of("172.16.3.4"), "10.0.0.3");
    EXPECT_EQ(answer.header.rtm_rmx.rmx_mtu, 900u);
    EXPECT_EQ(answer.header.rtm_rmx.rmx_hopcount, 4u);
    EXPECT_EQ(answer.header.rtm_rmx.rmx_locks, static_cast<unsigned>(RTV_MTU));
    Ask gone = add("172.16.0.0", "10.0.0.3", "255.255.0.0");
    gone.type = RTM_DELETE;
    EXPECT_EQ(ask(gone), 0);
    EXPECT_EQ(ask(gone), ESRCH);
    EXPECT_EQ(gateway_of("172.16.3.4"), "none");
}

TEST_F(RouteTest, OnlyTheAbleChange)
{
    Cred user;
    user.uid = 100;
    EXPECT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0"), user), EACCES);
    EXPECT_EQ(ask(get("10.0.0.2"), user), 0);
    user.able = able_route;
    EXPECT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0"), user), 0);
}

TEST_F(RouteTest, SeveralToOneDestination)
{
    ASSERT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0")), 0);
    ASSERT_EQ(ask(add("172.16.0.0", "10.0.0.3", "255.255.0.0")), 0);
    EXPECT_EQ(gateway_of("172.16.0.1"), "10.0.0.2"); // the first wins
    Ask gone = add("172.16.0.0", "10.0.0.2", "255.255.0.0");
    gone.type = RTM_DELETE;
    Ask vague = gone;
    vague.gateway = {};
    EXPECT_EQ(ask(vague), EINVAL); // which?
    EXPECT_EQ(ask(gone), 0);
    EXPECT_EQ(gateway_of("172.16.0.1"), "10.0.0.3");
    EXPECT_EQ(ask(vague), 0);
}

TEST_F(RouteTest, BadMessages)
{
    TestSocket s(a, SOCK_RAW, 0, Cred::root(), AF_ROUTE);
    rt_msghdr h = {};
    h.rtm_msglen = sizeof(h);
    h.rtm_version = RTM_VERSION;
    h.rtm_type = RTM_GET;
    auto send = [&](size_t size) {
        std::string bytes(size, '\xff');
        memcpy(bytes.data(), &h, std::min(size, sizeof(h)));
        return s.send(bytes);
    };
    EXPECT_EQ(send(4), EINVAL);
    for (uint8_t type : {RTM_ADD, RTM_DELETE, RTM_CHANGE, RTM_GET, RTM_LOCK}) {
        h.rtm_type = type;
        EXPECT_EQ(send(sizeof(h)), EINVAL) << +type; // no destination
    }
    h.rtm_type = RTM_GET;
    h.rtm_version = 3;
    EXPECT_EQ(send(sizeof(h)), EPROTONOSUPPORT);
    h.rtm_version = RTM_VERSION;
    h.rtm_addrs = RTA_DST;
    EXPECT_EQ(send(sizeof(h)), EINVAL); // promised, not there
    h.rtm_msglen = sizeof(h) + 8;
    EXPECT_EQ(send(sizeof(h) + 8), EINVAL); // longer than the message
    h.rtm_addrs = 0x7fffffff;
    EXPECT_EQ(send(sizeof(h) + 8), EINVAL);
    for (int type : {99, RTM_LOSING, RTM_REDIRECT, RTM_MISS, RTM_RESOLVE}) {
        Ask q = get("10.0.0.2");
        q.type = type;
        EXPECT_EQ(ask(q), EOPNOTSUPP) << type; // told, never asked for
    }
    Ask strange = get("10.0.0.2");
    strange.dst.ss_family = AF_LOCAL;
    EXPECT_EQ(ask(strange), EAFNOSUPPORT);
    strange.dst.ss_family = AF_MAX;
    EXPECT_EQ(ask(strange), EINVAL);
    EXPECT_EQ(s.send_to("x", "10.0.0.2", 1), EISCONN);
    Ask q = add("172.16.0.0", "10.0.0.2", "255.0.255.0");
    EXPECT_EQ(ask(q), EINVAL); // holes in the mask
    EXPECT_EQ(ask(add("172.16.0.0", "192.168.7.7", "255.255.0.0")), ENETUNREACH);
    Ask no_gateway = add("172.16.0.0", "10.0.0.2", "255.255.0.0");
    no_gateway.gateway = {};
    EXPECT_EQ(ask(no_gateway), EINVAL);
    EXPECT_GE(a.counter("route.requests_refused"), 8u);
    SeededRandom random(5);
    for (int i = 0; i < 3000; ++i) { // anything at all: never more than an error
        std::string bytes(random.below(300), '\0');
        for (char& c : bytes)
            c = static_cast<char>(random.below(5) == 0 ? random.below(256) : random.below(17));
        if (bytes.size() >= 4) {
            const auto len = static_cast<uint16_t>(bytes.size());
            memcpy(bytes.data(), &len, sizeof(len));
            bytes[2] = RTM_VERSION;
            bytes[3] = static_cast<char>(1 + random.below(9));
        }
        (void)s.send(bytes);
        std::string reply;
        (void)s.receive(reply);
    }
}

TEST_F(RouteTest, ListenersHear)
{
    TestSocket s(a, SOCK_RAW, AF_INET, Cred(), AF_ROUTE);
    ASSERT_EQ(s.error, 0);
    EXPECT_EQ(a.configure("10.1.0.1", "255.255.0.0"), 0);
    EXPECT_EQ(types(s), (std::vector<int>{RTM_ADD, RTM_ADD, RTM_NEWADDR}));
    a.set_flags(0);
    a.set_flags(IFF_UP);
    EXPECT_EQ(types(s), (std::vector<int>{RTM_IFINFO, RTM_IFINFO}));
    TestSocket u(a, SOCK_DGRAM);
    EXPECT_EQ(u.send_to("x", "99.9.9.9", 9), ENETUNREACH);
    EXPECT_EQ(types(s), (std::vector<int>{RTM_MISS}));
    a.add_port(lab.bus, "en1", 9);
    EXPECT_EQ(types(s), (std::vector<int>{RTM_IFANNOUNCE}));
    a.use();
    a.more_ports.clear();
    EXPECT_EQ(types(s), (std::vector<int>{RTM_IFANNOUNCE}));
    // Who does not read loses messages, and is told.
    s.set(SOL_SOCKET, SO_RCVBUF, 1000);
    for (int i = 0; i < 9; ++i)
        (void)u.send_to("x", "99.9.9.9", 9);
    std::string m;
    EXPECT_GT(s.get(SOL_SOCKET, SO_OVERFLOWED), 0);
    EXPECT_EQ(s.get(SOL_SOCKET, SO_ERROR), ENOBUFS);
    while (s.receive(m) == 0) {
    }
}

TEST_F(RouteTest, RejectAndBlackhole)
{
    TestSocket u(a, SOCK_DGRAM);
    Ask q = add("172.16.0.0", "127.0.0.1", "255.255.0.0");
    q.flags |= RTF_REJECT;
    ASSERT_EQ(ask(q), 0);
    EXPECT_EQ(u.send_to("x", "172.16.1.1", 9), ENETUNREACH);
    Ask host = add("172.17.0.1", "127.0.0.1");
    host.flags |= RTF_REJECT | RTF_HOST;
    ASSERT_EQ(ask(host), 0);
    EXPECT_EQ(u.send_to("x", "172.17.0.1", 9), EHOSTUNREACH);
    EXPECT_EQ(a.counter("ip.rejected"), 2u);
    Ask hole = add("172.18.0.0", "127.0.0.1", "255.255.0.0");
    hole.flags |= RTF_BLACKHOLE;
    ASSERT_EQ(ask(hole), 0);
    EXPECT_EQ(u.send_to("x", "172.18.0.1", 9), 0);
    EXPECT_EQ(a.counter("ip.blackholed"), 1u);
}

TEST_F(RouteTest, CloningRouteMakesHostRoutesThatGoWithIt)
{
    Ask q = add("172.16.0.0", "10.0.0.2", "255.255.0.0");
    q.flags |= RTF_CLONING;
    ASSERT_EQ(ask(q), 0);
    TestSocket s(a, SOCK_RAW, 0, Cred(), AF_ROUTE);
    TestSocket u(a, SOCK_DGRAM);
    ASSERT_EQ(u.send_to("x", "172.16.1.1", 9), 0);
    ASSERT_EQ(u.send_to("x", "172.16.1.2", 9), 0);
    EXPECT_EQ(types(s), (std::vector<int>{RTM_ADD, RTM_ADD}));
    EXPECT_EQ(gateway_of("172.16.1.1"), "10.0.0.2");
    EXPECT_NE(answer.header.rtm_flags & RTF_CLONED, 0);
    EXPECT_EQ(count(table(NET_RT_FLAGS, RTF_CLONED), RTM_GET), 2u + 1u); // and 10.0.0.2 itself
    lab.run_for(601 * second);
    EXPECT_EQ(gateway_of("172.16.1.1"), "10.0.0.2");
    EXPECT_EQ(answer.header.rtm_flags & RTF_CLONED, 0); // unused: gone
    ASSERT_EQ(u.send_to("x", "172.16.1.3", 9), 0);
    Ask gone = q;
    gone.type = RTM_DELETE;
    ASSERT_EQ(ask(gone), 0);
    EXPECT_EQ(gateway_of("172.16.1.3"), "none");
}

TEST_F(RouteTest, NeighboursAreRoutesWithALinkAddress)
{
    introduce();
    Ask q = get("10.0.0.2");
    q.flags = RTF_LLINFO;
    ASSERT_EQ(ask(q), 0);
    sockaddr_dl sdl;
    memcpy(&sdl, &answer.address[RTAX_GATEWAY], sizeof(sdl));
    EXPECT_EQ(sdl.sdl_alen, 6);
    EXPECT_EQ(wire::MacAddress::from(CLLADDR(&sdl)).bytes[5], 2);
    EXPECT_EQ(count(table(NET_RT_FLAGS, RTF_LLINFO), RTM_GET), 1u);
    arpreq r = {};
    const sockaddr_in who = address("10.0.0.2", 0);
    memcpy(&r.arp_pa, &who, sizeof(who));
    size_t reply = 0;
    EXPECT_EQ(
        a.use().net().ioctl(SIOCGARP, {reinterpret_cast<uint8_t*>(&r), sizeof(r)}, reply, Cred()),
        0);
    EXPECT_EQ(r.arp_flags, ATF_INUSE | ATF_COM);
    EXPECT_EQ(r.arp_ha.sa_data[5], 2);
    Ask gone = q;
    gone.type = RTM_DELETE;
    ASSERT_EQ(ask(gone), 0);
    EXPECT_EQ(ask(gone), ESRCH);
    // Published for a third: b asks a, a answers for 10.0.0.9.
    Ask put;
    put.type = RTM_ADD;
    put.flags = RTF_HOST | RTF_LLINFO | RTF_ANNOUNCE | RTF_STATIC;
    put.dst = in("10.0.0.9");
    sockaddr_dl mac = {};
    mac.sdl_len = sizeof(mac);
    mac.sdl_family = AF_LINK;
    mac.sdl_alen = 6;
    memcpy(mac.sdl_data, "\x02\0\0\0\0\x01", 6);
    memcpy(&put.gateway, &mac, sizeof(mac));
    ASSERT_EQ(ask(put), 0);
    TestSocket u(b, SOCK_DGRAM);
    ASSERT_EQ(u.send_to("x", "10.0.0.9", 9), 0);
    lab.run_for(10 * ms);
    EXPECT_EQ(a.counter("arp.replies_sent"), 1u);
    EXPECT_EQ(a.counter("ip.not_for_us"), 1u);
    // Proxy only: b is told of the entry, a itself asks for the host.
    put.dst = in("10.0.0.8");
    reinterpret_cast<sockaddr_inarp&>(put.dst).sin_other = SIN_PROXY;
    ASSERT_EQ(ask(put), 0);
    ASSERT_EQ(u.send_to("x", "10.0.0.8", 9), 0);
    lab.run_for(10 * ms);
    EXPECT_EQ(a.counter("arp.replies_sent"), 2u);
    const uint64_t asked = a.counter("arp.requests_sent");
    TestSocket v(a, SOCK_DGRAM);
    ASSERT_EQ(v.send_to("x", "10.0.0.8", 9), 0);
    EXPECT_EQ(a.counter("arp.requests_sent"), asked + 1);
    put.type = RTM_DELETE;
    memcpy(&mac, &put.gateway, sizeof(mac));
    mac.sdl_index = 77;
    memcpy(&put.gateway, &mac, sizeof(mac));
    EXPECT_EQ(ask(put), ENXIO);
    mac.sdl_index = 0;
    memcpy(&put.gateway, &mac, sizeof(mac));
    ASSERT_EQ(ask(put), 0);
    EXPECT_EQ(ask(put), ESRCH);
    put.flags &= ~RTF_ANNOUNCE;
    put.type = RTM_ADD;
    EXPECT_EQ(ask(put), EINVAL); // answered for nobody, used by nobody
}

TEST_F(RouteTest, FibsAreTablesOfTheirOwn)
{
    ASSERT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0"), Cred::root(), 3), ENETUNREACH);
    ifreq r = {};
    strcpy(r.ifr_name, "en0");
    r.ifr_value = 1 << 0 | 1 << 3;
    size_t reply = 0;
    ASSERT_EQ(a.use().net().ioctl(SIOCSIFFIBS, {reinterpret_cast<uint8_t*>(&r), sizeof(r)}, reply,
                                  Cred::root()),
              0);
    ASSERT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0"), Cred::root(), 3), 0);
    TestSocket u(a, SOCK_DGRAM);
    EXPECT_EQ(u.send_to("x", "172.16.1.1", 9), ENETUNREACH);
    ASSERT_EQ(u.set(SOL_SOCKET, SO_FIB, 3), 0);
    EXPECT_EQ(u.send_to("x", "172.16.1.1", 9), 0);
    EXPECT_EQ(u.get(SOL_SOCKET, SO_FIB), 3);
    EXPECT_EQ(u.set(SOL_SOCKET, SO_FIB, 16), EINVAL);
    EXPECT_EQ(count(table(NET_RT_DUMP, 0, 3), RTM_GET), 4u); // lo0, self, subnet, ours
    r.ifr_value = 1;
    ASSERT_EQ(a.use().net().ioctl(SIOCSIFFIBS, {reinterpret_cast<uint8_t*>(&r), sizeof(r)}, reply,
                                  Cred::root()),
              0);
    EXPECT_EQ(count(table(NET_RT_DUMP, 0, 3), RTM_GET), 2u); // lo0; a user's routes stay
}

TEST_F(RouteTest, InterfaceListHasEveryAddress)
{
    const auto bytes = table(NET_RT_IFLIST, 0);
    EXPECT_EQ(count(bytes, RTM_IFINFO), 2u);
    EXPECT_EQ(count(bytes, RTM_NEWADDR), 2u);
    EXPECT_EQ(count(table(NET_RT_IFLIST, 2), RTM_IFINFO), 1u);
    const int32_t bad[] = {CTL_NET, AF_ROUTE, 0, 0, 9, 0};
    SysctlOut out;
    EXPECT_EQ(a.stack->sysctl().call(bad, &out, nullptr, Cred()), EINVAL);
}

// A request is heard once by everybody, its sender with SO_USELOOPBACK; nobody who has shut reading down.
TEST_F(RouteTest, RequestsAreEchoedOnce)
{
    TestSocket s(a, SOCK_RAW, 0, Cred(), AF_ROUTE), deaf(a, SOCK_RAW, 0, Cred(), AF_ROUTE);
    TestSocket six(a, SOCK_RAW, AF_INET6, Cred(), AF_ROUTE);
    ASSERT_EQ(soshutdown(*deaf.so, SHUT_RD), 0);
    ASSERT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0")), 0);
    EXPECT_EQ(ask(add("172.16.0.0", "10.0.0.2", "255.255.0.0")), EEXIST);
    Ask gone = add("172.16.0.0", "10.0.0.2", "255.255.0.0");
    gone.type = RTM_DELETE;
    gone.gateway = {};
    ASSERT_EQ(ask(gone), 0);
    EXPECT_EQ(ifaddr::ipv4(answer.address[RTAX_GATEWAY]), ip4("10.0.0.2")); // what it was
    EXPECT_EQ(ask(gone), ESRCH);
    const auto all = heard(s);
    ASSERT_EQ(all.size(), 4u);
    const int types_then[] = {RTM_ADD, RTM_ADD, RTM_DELETE, RTM_DELETE};
    const int errors[] = {0, EEXIST, 0, ESRCH};
    for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(all[i].header.rtm_type, types_then[i]);
        EXPECT_EQ(all[i].header.rtm_errno, errors[i]);
        EXPECT_EQ((all[i].header.rtm_flags & RTF_DONE) != 0, errors[i] == 0);
        EXPECT_EQ(all[i].header.rtm_pid, 77);
    }
    EXPECT_TRUE(heard(six).empty());
    std::string m;
    EXPECT_EQ(deaf.receive(m), 0);
    EXPECT_EQ(m, ""); // the end, not a message
}

// `route get default`: with a mask it is that route, and RTA_IFP only asks for the interface.
TEST_F(RouteTest, GetWithAMaskIsExact)
{
    Ask q = get("0.0.0.0");
    q.mask = in("0.0.0.0");
    EXPECT_EQ(ask(q), ESRCH);
    ASSERT_EQ(ask(add("0.0.0.0", "10.0.0.2", "0.0.0.0")), 0);
    ASSERT_EQ(ask(q), 0);
    EXPECT_EQ(ip_of(reinterpret_cast<sockaddr*>(&answer.address[RTAX_GATEWAY])), ip4("10.0.0.2"));
    EXPECT_TRUE(answer.has(RTAX_IFP));
}

TEST_F(RouteTest, OwnEchoCanBeSwitchedOff)
{
    rt_msghdr h = {};
    h.rtm_type = RTM_GET;
    RouteMessage m(h);
    m.add(RTAX_DST, in("10.0.0.2"));
    const auto bytes = m.finish();
    const std::string request(bytes.begin(), bytes.end());
    TestSocket s(a, SOCK_RAW, 0, Cred(), AF_ROUTE), other(a, SOCK_RAW, 0, Cred(), AF_ROUTE);
    EXPECT_NE(s.get(SOL_SOCKET, SO_USELOOPBACK), 0);
    ASSERT_EQ(s.send(request), 0);
    EXPECT_EQ(types(s), (std::vector<int>{RTM_GET}));
    ASSERT_EQ(s.set(SOL_SOCKET, SO_USELOOPBACK, 0), 0);
    ASSERT_EQ(s.send(request), 0);
    EXPECT_TRUE(types(s).empty());
    EXPECT_EQ(types(other), (std::vector<int>{RTM_GET, RTM_GET}));
}

TEST_F(RouteTest, MissesSayTheirDestination)
{
    TestSocket s(a, SOCK_RAW, 0, Cred(), AF_ROUTE), u(a, SOCK_DGRAM);
    EXPECT_EQ(u.send_to("x", "99.9.9.9", 9), ENETUNREACH);
    const auto all = heard(s);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].header.rtm_type, RTM_MISS);
    EXPECT_EQ(all[0].header.rtm_flags, RTF_DONE);
    EXPECT_EQ(all[0].header.rtm_addrs, RTA_DST);
    EXPECT_EQ(ifaddr::ipv4(all[0].address[RTAX_DST]), ip4("99.9.9.9"));
}

// The third timeout in a row and each after it; what a redirect taught is forgotten.
TEST_F(RouteTest, LosingRoutesAreTold)
{
    ASSERT_EQ(a.add_route("0.0.0.0", 0, "10.0.0.2"), 0);
    a.use().inet().redirect(ip4("10.0.0.2"), ip4("50.0.0.1"), ip4("10.0.0.3"),
                            *a.stack->net().find_interface("en0"));
    ASSERT_EQ(gateway_of("50.0.0.1"), "10.0.0.3");
    TestSocket s(a, SOCK_RAW, 0, Cred(), AF_ROUTE), t(a, SOCK_STREAM);
    EXPECT_EQ(t.connect("50.0.0.1", 80), EINPROGRESS);
    lab.run_for(4 * second); // SYNs at 0, 1 and 3 s
    EXPECT_TRUE(heard(s).empty());
    lab.run_for(4 * second);
    const auto all = heard(s);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].header.rtm_type, RTM_LOSING);
    EXPECT_NE(all[0].header.rtm_flags & RTF_DONE, 0);
    EXPECT_EQ(ifaddr::ipv4(all[0].address[RTAX_DST]), ip4("50.0.0.1"));
    EXPECT_EQ(ifaddr::ipv4(all[0].address[RTAX_GATEWAY]), ip4("10.0.0.3"));
    EXPECT_EQ(all[1].header.rtm_type, RTM_DELETE);
    EXPECT_EQ(gateway_of("50.0.0.1"), "10.0.0.2");
}

TEST_F(RouteTest, FlagsChooseWhatIsListed)
{
    introduce();
    EXPECT_TRUE(table(NET_RT_FLAGS, 0).empty());
    const size_t all = count(table(NET_RT_DUMP, 0), RTM_GET);
    EXPECT_EQ(count(table(NET_RT_FLAGS, RTF_UP), RTM_GET), all);
    EXPECT_EQ(count(table(NET_RT_FLAGS, RTF_LLINFO), RTM_GET), 1u);
    EXPECT_EQ(count(table(NET_RT_FLAGS, RTF_REJECT), RTM_GET), 0u);
    const int32_t mib[] = {CTL_NET, AF_ROUTE, 0, 0, NET_RT_DUMP, 0};
    uint8_t few[64];
    SysctlOut out = {few, sizeof(few)};
    EXPECT_EQ(a.use().sysctl().call(mib, &out, nullptr, Cred()), ENOMEM);
    const SysctlIn in = {few, sizeof(few)};
    SysctlOut unused;
    EXPECT_EQ(a.stack->sysctl().call(mib, &unused, &in, Cred::root()), EPERM); // read only
    EXPECT_EQ(a.stack->sysctl().call({mib, 5}, &unused, nullptr, Cred()), EINVAL);
}

TEST_F(RouteTest, RedirectIsAnnounced)
{
    ASSERT_EQ(a.add_route("0.0.0.0", 0, "10.0.0.2"), 0);
    TestSocket s(a, SOCK_RAW, 0, Cred(), AF_ROUTE);
    a.use().inet().redirect(ip4("10.0.0.2"), ip4("50.0.0.1"), ip4("10.0.0.3"),
                            *a.stack->net().find_interface("en0"));
    const auto all = heard(s);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].header.rtm_type, RTM_ADD);
    EXPECT_EQ(all[1].header.rtm_type, RTM_REDIRECT);
    EXPECT_NE(all[1].header.rtm_flags & RTF_DONE, 0);
    EXPECT_EQ(gateway_of("50.0.0.1"), "10.0.0.3");
}

} // namespace

} // namespace netmgr::host
