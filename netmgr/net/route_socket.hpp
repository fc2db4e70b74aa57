// SPDX-License-Identifier: Apache-2.0
// AF_ROUTE sockets: routes are changed and asked for by messages; every listener hears of every change.
#pragma once
#include "kern/protosw.hpp"
#include "net/net.hpp"
#include "net/route_message.hpp"

namespace netmgr {

class RouteProtosw final : public Protosw {
public:
    explicit RouteProtosw(Stack& stack);
    ~RouteProtosw() = default;

    int attach(Socket& so, const Cred& cred) override;
    void detach(Socket& so) override;
    int bind(Socket& so, const sockaddr* name, const Cred& cred) override;
    int send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control, int send_flags,
             const Cred& cred) override;
    int sockname(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int peername(Socket& so, sockaddr_storage& name, socklen_t& len) override;

    void event(NetEvent what, ifnet* ifp, ifaddr* ifa, rtentry* rt);
    void missed(const IpAddress& ip, unsigned fib);
    void losing(const rtentry& rt);

private:
    int perform(Socket& so, const RouteRequest& request, const Cred& cred, RouteMessage* answer,
                bool& answered);
    int get(const RouteRequest& request, unsigned fib, RouteMessage& answer);
    int add(const RouteRequest& request, unsigned fib);
    int remove(const RouteRequest& request, unsigned fib, RouteMessage& answer, bool& answered);
    int change(const RouteRequest& request, unsigned fib);
    int set_neighbour(const RouteRequest& request);
    int decode(const RouteRequest& request, unsigned fib, struct RouteChange& out);
    uint64_t deadline_of(const rt_msghdr& header);
    ifnet* interface_named(const sockaddr_storage& address);
    void broadcast(std::span<const uint8_t> message, int family, const Socket* but_not);

    Stack& stack_;
    bool asked_ = false; // a request changes the table: its echo is what listeners hear
    Counter sent_, requests_, refused_, full_;
};

// RTM_LOSING: what is sent by this route is lost again and again.
void announce_losing(Net& net, const rtentry& route);

// sysctl {CTL_NET, AF_ROUTE, 0, family, NET_RT_*, argument[, fib]}.
int attach_route_sysctl(Stack& stack);

int attach_route(Stack& stack);
void detach_route(Stack& stack);
constexpr Component route_component = {"route", attach_route, detach_route};

} // namespace netmgr
