// SPDX-License-Identifier: Apache-2.0
// Two whole IPv6 stacks on a wire, and packets made by hand for one of them.
#pragma once
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>

#include "host/lab.hpp"
#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"
#include "wire/checksum.hpp"

namespace netmgr::host {

constexpr uint64_t ms = 1'000'000;
constexpr uint64_t second = 1'000'000'000;

inline IpAddress ip6(const std::string& text)
{
    IpAddress a;
    const size_t mark = text.find('%');
    EXPECT_EQ(::inet_pton(10, text.substr(0, mark).c_str(), a.bytes), 1)
        << text; // the host's number
    return mark == std::string::npos
               ? a
               : a.with_zone(static_cast<unsigned>(std::stoi(text.substr(mark + 1))));
}

inline int configure6(Machine& m, const std::string& ip, unsigned prefix = 64,
                      const char* name = "en0", uint32_t flags = IN6_IFF_NODAD)
{
    Inet6& six = inet6_of(m.use());
    Inet6::NewAddress wanted;
    wanted.ip = ip6(ip);
    wanted.prefix = prefix;
    wanted.flags = flags;
    return six.add_address(*six.net.find_interface(name), wanted);
}

inline int route6(Machine& m, const std::string& to, unsigned prefix, const std::string& gateway)
{
    RouteChange change;
    change.family = AF_INET6;
    change.destination6 = ip6(to);
    change.prefix = prefix;
    change.has_gateway = true;
    change.gateway6 = ip6(gateway);
    return add_ip_route(m.use().net(), change);
}

class Socket6 : public TestSocket {
public:
    Socket6(Machine& m, int type, int protocol = 0)
        : TestSocket(m, type, protocol, Cred::root(), AF_INET6)
    {
    }
    int bind6(const std::string& ip, uint16_t port)
    {
        const sockaddr_in6 a = make_sockaddr_in6(ip6(ip), port);
        machine.use();
        return sobind(*so, as_sockaddr(a), sizeof(a), Cred::root());
    }
    int connect6(const std::string& ip, uint16_t port)
    {
        const sockaddr_in6 a = make_sockaddr_in6(ip6(ip), port);
        machine.use();
        return soconnect(*so, as_sockaddr(a), sizeof(a), Cred::root());
    }
    int send6(const std::string& data, const std::string& ip, uint16_t port)
    {
        const sockaddr_in6 a = make_sockaddr_in6(ip6(ip), port);
        MbufPtr m = machine.use().mbufs().copy_in(data.data(), data.size());
        MbufPtr control;
        return sosend(*so, as_sockaddr(a), sizeof(a), m, control, 0, Cred::root());
    }
    IpAddress from() const { return ip6_of(&last.name); }
};

class TwoHosts6 : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_EQ(configure6(a, "2001:db8::1"), 0);
        ASSERT_EQ(configure6(b, "2001:db8::2"), 0);
        ASSERT_EQ(a.configure("10.0.0.1", "255.255.255.0"), 0);
        ASSERT_EQ(b.configure("10.0.0.2", "255.255.255.0"), 0);
        lab.run_for(3 * second); // duplicate address detection
    }
    void TearDown() override
    {
        lab.run_for(130 * second);
        for (auto& machine : lab.machines) {
            EXPECT_EQ(machine->stack->sockets(), nullptr) << "a socket was left open";
            EXPECT_EQ(machine->stack->mbufs().stats().mbufs_in_use, 0u);
            EXPECT_EQ(machine->stack->mbufs().stats().clusters_in_use, 0u);
        }
    }

    Lab lab;
    Machine& a = lab.add_v6();
    Machine& b = lab.add_v6();
};

// Packets made by hand come in on a's card.
class Crafted6 : public TwoHosts6 {
protected:
    void inject(std::vector<uint8_t> payload, uint8_t next, const std::string& from,
                const std::string& to, uint8_t hops = 64, uint8_t traffic_class = 0)
    {
        Stack& stack = a.use();
        ifnet* en0 = stack.net().find_interface("en0");
        wire::Ipv6Header h = {};
        h.set_flow(traffic_class, 0);
        h.next = next;
        h.hop_limit = hops;
        h.payload_len = static_cast<uint16_t>(payload.size());
        h.set_source(ip6(from));
        h.set_destination(ip6(to));
        std::vector<uint8_t> bytes(sizeof(h));
        memcpy(bytes.data(), &h, sizeof(h));
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        MbufPtr m = stack.mbufs().copy_in(bytes.data(), bytes.size());
        m->m_pkthdr.rcvif = en0;
        m->m_pkthdr.ether_type = wire::ether_ipv6;
        stack.net().queue_input(*en0, std::move(m));
        lab.run_for(ms);
    }
    std::vector<uint8_t> icmp6(std::vector<uint8_t> message, const std::string& from,
                               const std::string& to)
    {
        wire::Checksum sum;
        sum.add_pseudo(ip6(from), ip6(to), wire::next_icmp6, message.size());
        sum.add(message.data(), message.size());
        const Be16 value = sum.value();
        memcpy(&message[2], &value, 2);
        return message;
    }
};

} // namespace netmgr::host
