// SPDX-License-Identifier: Apache-2.0
// One network stack. Owns everything below the socket front; nothing of it is global.
#pragma once
#include <span>
#include <stddef.h>
#include <stdint.h>

#include "kern/callout_wheel.hpp"
#include "kern/counters.hpp"
#include "kern/cred.hpp"
#include "kern/device.hpp"
#include "kern/mbuf_pool.hpp"
#include "kern/packet_queue.hpp"
#include "kern/platform.hpp"
#include "kern/sysctl.hpp"

namespace netmgr {

class Stack;
class Net;         // net/net.hpp: interfaces, routes
class Inet;        // netinet/inet.hpp: IPv4, ARP, ICMP, UDP, raw
class LocalDomain; // local/local.hpp
class Protosw;     // kern/protosw.hpp
struct Socket;

// A part of a variant. attach runs in the list's order, detach in reverse.
struct Component {
    const char* name;
    int (*attach)(Stack& stack); // 0 or an errno
    void (*detach)(Stack& stack);
};

struct StackOptions {
    MbufLimits mbufs;
    bool forwarding = false;  // -p tcpip forward
    bool forwarding6 = false; // -p tcpip forward6
    uint32_t somaxconn = 128;
    uint32_t ipid_reserved = 0;
    bool reuseport_unicast = false;
    bool txprio_enabled = false;
    bool fastforward = false;            // the fast path for forwarded packets
    bool fastforward_given = false;      // fastforward= stood on the command line
    bool strict_timestamps = false;      // strict_ts: BPF's times never go back
    unsigned tun_control_interfaces = 4; // /dev/tun0 ...
    unsigned tap_interfaces = 5;         // at most
};

// Thread rules. Stack context = one thread at a time, the caller sees to it (a lock, or a thread of its own): every function
// but those marked "any thread" needs it. Interfaces' if_input may be called by any worker: it only queues and wakes.
class Stack {
public:
    // nullptr when memory is out or a component refuses (its errno in *error).
    static Stack* create(Platform& platform, const StackOptions& options,
                         std::span<const Component> components, int* error);
    ~Stack();
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    // Input queued by interfaces, then due timers. At most budget packets. Returns the next timer's time (Platform::now_ns
    // clock): no_deadline when there is none, 0 when packets are left over.
    uint64_t run(unsigned budget = 256);
    bool has_work() const { return !input_.empty(); } // any thread

    Platform& platform() { return platform_; }
    const StackOptions& options() const { return options_; }
    MbufPool& mbufs() { return mbufs_; }
    CalloutWheel& callouts() { return callouts_; }
    SysctlTree& sysctl() { return sysctl_; }
    CounterRegistry& counters() { return counters_; }
    PacketQueue& input() { return input_; }
    // Interface and route ioctls of any socket; Net provides it.
    using InterfaceIoctl = int (*)(Stack& stack, unsigned cmd, std::span<uint8_t> data,
                                   size_t& reply, const Cred& cred);
    void set_interface_ioctl(InterfaceIoctl fn) { interface_ioctl_ = fn; }
    InterfaceIoctl interface_ioctl() const { return interface_ioctl_; }
    Net& net() { return *net_; }
    Inet& inet() { return *inet_; }
    uint64_t now_ns() { return platform_.now_ns(); }
    uint32_t random32();
    uint32_t random_below(uint32_t limit); // uniform in [0, limit)

    // Components put themselves here while they attach.
    void set_net(Net* net) { net_ = net; }
    void set_inet(Inet* inet) { inet_ = inet; }
    LocalDomain* local() { return local_; } // nullptr without AF_LOCAL
    void set_local(LocalDomain* local) { local_ = local; }
    DeviceList& devices() { return devices_; }
    void add_protosw(Protosw& protosw); // tried in the order added
    void remove_protosw(Protosw& protosw);
    Protosw* find_protosw(int domain, int type, int protocol, int& error);
    bool has_domain(int domain) const;

    uint32_t socket_limit() const { return static_cast<uint32_t>(sb_max_); }
    uint32_t next_socket_id() { return ++socket_ids_; }
    // All sockets, for sockstat and the like: see Socket::next.
    Socket* sockets() { return sockets_; }

private:
    Stack(Platform& platform, const StackOptions& options);
    int attach_components(std::span<const Component> components);
    int attach_kern_sysctl();
    int attach_counter_sysctl();
    int attach_option_sysctl(SysctlNode* kern);
    friend struct Socket;

    Platform& platform_;
    StackOptions options_;
    MbufPool mbufs_;
    CalloutWheel callouts_;
    SysctlTree sysctl_;
    CounterRegistry counters_;
    PacketQueue input_;
    std::span<const Component> components_;
    size_t attached_ = 0;
    Net* net_ = nullptr;
    Inet* inet_ = nullptr;
    LocalDomain* local_ = nullptr;
    InterfaceIoctl interface_ioctl_ = nullptr;
    Protosw* protosws_ = nullptr;
    DeviceList devices_;
    Socket* sockets_ = nullptr;
    int32_t sb_max_ = 256 * 1024;
    uint32_t socket_ids_ = 0;
    static constexpr unsigned max_groups = 32;
    static constexpr size_t group_name_size = 16;
    char groups_[max_groups][group_name_size] = {}; // of counters: "ip", "tcp" ...
    unsigned group_count_ = 0;
};

// The stack the C driver interface works on (m_getcl_wtp and friends name none). Set by main; by tests around driver code.
extern Stack* current_stack;

} // namespace netmgr
