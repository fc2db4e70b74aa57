// SPDX-License-Identifier: Apache-2.0
// Layer 2 and routes of one stack: the interface list, loopback, the routing table, filter hooks.
#pragma once
#include <net/if.h>
#include <net/if_ether.h>
#include <span>

#include "kern/counters.hpp"
#include "kern/lock.hpp"
#include "kern/stack.hpp"
#include "net/ifaddr.hpp"
#include "net/pfil.hpp"
#include "net/route.hpp"
#include "wire/ether.hpp"

namespace netmgr {

class RouteProtosw;
class BpfProtosw; // net/bpf.hpp
class TunProtosw; // net/if_tun.hpp
class TapProtosw; // net/if_tap.hpp
class VlanCloner; // net/if_vlan.hpp

// How a protocol family finds the link-level address of a next hop on Ethernet.
struct LinkResolver {
    int family = 0;
    uint16_t ether_type = 0;
    // 0: mac is set. EWOULDBLOCK: m was kept, goes out when the answer comes. Else m was freed.
    int (*resolve)(Stack& stack, ifnet& ifp, MbufPtr& m, const sockaddr* hop, rtentry* route,
                   wire::MacAddress& mac) = nullptr;
};

// A kind of interface that "ifconfig X create" makes.
struct Cloner {
    const char* name; // prefix: "lo"
    int (*create)(Stack& stack, int unit);
    int (*destroy)(Stack& stack, ifnet& ifp); // nullptr: unit cannot go
};

// A link-level neighbour: an entry of ARP's table, or of IPv6's neighbour discovery.
struct Neighbour {
    IpAddress ip;
    ifnet* ifp = nullptr;
    wire::MacAddress mac = {};
    bool complete = false; // mac is known
    bool permanent = false;
    bool published = false;
    bool proxy_only = false; // published, but not where our own packets go
    uint64_t expires_ns = 0; // 0 = never
};

// ARP or neighbour discovery as the routing socket and ioctls see it.
class NeighbourTable {
public:
    virtual bool find_neighbour(const IpAddress& ip, Neighbour& out) = 0;
    virtual int set_neighbour(const Neighbour& neighbour) = 0;
    // Of interface ifp, or of the first that has it; ESRCH. proxy_only: that kind of entry.
    virtual int remove_neighbour(const IpAddress& ip, const ifnet* ifp, bool proxy_only) = 0;
    virtual void each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg) = 0;

protected:
    ~NeighbourTable() = default;
};

enum class NetEvent {
    if_arrival,
    if_departure,
    if_change,
    addr_added,
    addr_removed,
    route_added,
    route_removed,
    route_cloned,
    route_redirected
};

class Net {
public:
    explicit Net(Stack& stack);
    ~Net();
    Net(const Net&) = delete;
    Net& operator=(const Net&) = delete;

    Stack& stack;
    // Forwarding tables (FIBs). Everything without a FIB of its own uses the first.
    static constexpr unsigned fib_count = 16;
    RouteTable fibs[fib_count];
    RouteTable6 fibs6[fib_count]; // IPv6's
    RouteTable& routes = fibs[0];
    RouteTable& table_of(int family, unsigned fib)
    {
        return family == AF_INET6 ? fibs6[fib] : fibs[fib];
    }
    PfilHead pfil_inet;
    PfilHead pfil_inet6;
    ifnet* loopback = nullptr; // lo0
    Mutex taps; // the interfaces' listeners (net/tap.hpp); workers take it while there are any

    ifnet* first_interface() const { return TAILQ_FIRST(&interfaces_); }
    ifnet* find_interface(const char* name);
    ifnet* find_interface(unsigned index);
    ifnet* interface_of_address(uint32_t ip); // any interface that has it
    ifaddr* address_of(uint32_t ip);
    unsigned interface_count() const;

    void attach(ifnet& ifp); // if_attach
    void detach(ifnet& ifp); // if_detach: addresses, routes and queued packets go first
    void add_address(ifnet& ifp, ifaddr* ifa); // takes it; appended
    void remove_address(ifaddr* ifa);          // deletes it; its routes go too
    // Takes out a route and what was cloned from it, and says so.
    void remove_route(rtentry* route);
    template <typename Matches>
    void remove_routes_if(Matches matches)
    {
        for (unsigned i = 0; i < 2 * fib_count; ++i) {
            RouteTable& table = table_of(i < fib_count ? AF_INET : AF_INET6, i % fib_count);
            for (rtentry* r = table.first(); r != nullptr;) {
                rtentry* after = table.next(r);
                if (matches(*r)) {
                    // Clones follow their parent anywhere in the table: begin again after they went.
                    const bool had_clones = (r->flags & RTF_CLONING) != 0;
                    remove_route(r);
                    if (had_clones)
                        after = table.first();
                }
                r = after;
            }
        }
    }
    void touch_routes()
    {
        for (unsigned i = 0; i < fib_count; ++i) {
            fibs[i].touch();
            fibs6[i].touch();
        }
    }
    int set_flags(ifnet& ifp, unsigned flags);
    // Counted: the interface is promiscuous while anybody wants it.
    int set_promiscuous(ifnet& ifp, bool on);

    // Takes m: to the interface's send queue, and starts it.
    int enqueue_output(ifnet& ifp, MbufPtr m);
    // Any thread: a packet without its link header, type in ether_type.
    void queue_input(ifnet& ifp, MbufPtr m);

    int ioctl(unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred& cred);

    bool add_resolver(const LinkResolver& resolver);
    const LinkResolver* resolver(int family) const;
    bool add_cloner(const Cloner& cloner);

    // Set by other parts.
    NeighbourTable* neighbours = nullptr;  // IPv4's
    NeighbourTable* neighbours6 = nullptr; // IPv6's; nullptr without
    NeighbourTable* neighbours_of(int family)
    {
        return family == AF_INET6 ? neighbours6 : neighbours;
    }
    RouteProtosw* route_protosw = nullptr; // net/route_socket.cpp
    BpfProtosw* bpf = nullptr;
    TunProtosw* tun = nullptr;
    TapProtosw* tap = nullptr;
    VlanCloner* vlans = nullptr;
    // Nothing leads to ip: the routing socket tells its listeners.
    void (*route_missed)(Stack& stack, const IpAddress& ip, unsigned fib) = nullptr;
    // Any thread: an IPv4 packet that another card can send at once; true: m is gone.
    bool (*fast_forward)(Stack& stack, const ifnet& in, MbufPtr& m) = nullptr;
    int (*address_ioctl)(Stack& stack, ifnet& ifp, unsigned cmd, std::span<uint8_t> data,
                         size_t& reply) = nullptr;
    void (*interface_gone)(Stack& stack, ifnet& ifp) = nullptr; // before detach
    void (*fibs_changed)(Stack& stack, ifnet& ifp) = nullptr;
    int (*destroy_device)(Stack& stack,
                          ifnet& ifp) = nullptr; // the driver loader: "ifconfig wm0 destroy"
    void (*event)(Stack& stack, NetEvent what, ifnet* ifp, ifaddr* ifa, rtentry* rt) = nullptr;
    void (*watch)(Stack& stack, NetEvent what, ifnet* ifp) = nullptr; // another part of the stack
    void announce(NetEvent what, ifnet* ifp, ifaddr* ifa = nullptr, rtentry* rt = nullptr)
    {
        if (event != nullptr)
            event(stack, what, ifp, ifa, rt);
        if (watch != nullptr)
            watch(stack, what, ifp);
    }

    Counter in_no_proto{stack.counters(), "ether.no_protocol"};
    Counter in_short{stack.counters(), "ether.short"};
    Counter in_down{stack.counters(), "ether.interface_down"};
    Counter in_not_for_us{stack.counters(), "ether.not_for_us"};
    Counter in_queue_full{stack.counters(), "net.input_queue_full"};
    Counter out_queue_full{stack.counters(), "net.send_queue_full"};
    Counter out_no_family{stack.counters(), "net.output_family_unknown"};

private:
    friend struct InterfaceIoctls;
    int list_addresses(std::span<uint8_t> data, size_t& reply);
    int list_cloners(std::span<uint8_t> data, size_t& reply);
    int create_clone(std::span<uint8_t> data);
    int destroy_clone(std::span<uint8_t> data);
    int interface_ioctl(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply,
                        const Cred& cred);
    int route_ioctl(unsigned cmd, std::span<uint8_t> data, const Cred& cred);
    int neighbour_ioctl(std::span<uint8_t> data, size_t& reply);
    int set_fibs(ifnet& ifp, uint32_t mask);
    static void watchdogs(void* net);

    static constexpr int max_resolvers = 4;
    static constexpr int max_cloners = 16;
    ifnet_head interfaces_;
    uint16_t last_index_ = 0;
    LinkResolver resolvers_[max_resolvers];
    Cloner cloners_[max_cloners] = {};
    int cloner_count_ = 0;
    callout watchdog_ = CALLOUT_INITIALIZER;
};

inline Stack& stack_of(const ifnet& ifp)
{
    return *static_cast<Stack*>(ifp.if_stack);
}

// net/loopback.cpp
int attach_loopback(Net& net);
void detach_loopbacks(Net& net);
int loopback_output(ifnet* ifp, mbuf* m, const sockaddr* dst, rtentry* rt);

// net/ether.cpp
int ether_output(ifnet* ifp, mbuf* m, const sockaddr* dst, rtentry* rt);
// Link-level multicast membership. 0, or an errno.
int ether_join(ifnet& ifp, const wire::MacAddress& group);
int ether_leave(ifnet& ifp, const wire::MacAddress& group);
int ether_change_address(ifnet& ifp, const wire::MacAddress& mac);
wire::MacAddress ether_address(const ifnet& ifp);

int attach_net(Stack& stack);
void detach_net(Stack& stack);
constexpr Component net_component = {"net", attach_net, detach_net};

} // namespace netmgr
