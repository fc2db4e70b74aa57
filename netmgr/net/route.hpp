// SPDX-License-Identifier: Apache-2.0
// Routes and the routing table. Stack context only.
#pragma once
#include <net/route.h>
#include <stdint.h>

#include "net/ifaddr.hpp"
#include "net/prefix_tree.hpp"
#include "wire/ip_address.hpp"

// One route. Several may go to the same destination; the first that is up is used.
struct rtentry {
    rtentry* next = nullptr; // to the same destination
    netmgr::PrefixTree<rtentry>::Node* node = nullptr;
    netmgr::PrefixKey key;
    unsigned prefix = 0;
    uint8_t family = AF_INET;
    sockaddr_storage gateway = {}; // RTF_GATEWAY: next hop; else AF_LINK of the interface
    int flags = 0;                 // RTF_*
    ifnet* ifp = nullptr;
    ifaddr* ifa = nullptr;   // source address
    uint32_t mtu = 0;        // 0 = the interface's
    uint32_t locks = 0;      // RTV_* of metrics that must stay
    uint64_t expires_ns = 0; // 0 = never
    uint64_t use = 0;
    uint64_t used_ns = 0;            // clones: last use
    rt_metrics metrics = {};         // what is not above: told by users, kept for transports
    const rtentry* parent = nullptr; // of a clone
    unsigned fib = 0;

    bool usable() const { return (flags & RTF_UP) != 0; }
};

namespace netmgr {

class RouteTable {
public:
    explicit RouteTable(unsigned key_bits = 32) : tree_(key_bits), key_bits_(key_bits) {}
    ~RouteTable();
    RouteTable(const RouteTable&) = delete;
    RouteTable& operator=(const RouteTable&) = delete;

    // Best usable route, or nullptr.
    rtentry* lookup(const PrefixKey& key) const;
    // Exact destination; the first route there, or the one by this gateway when gateway is given.
    rtentry* find(const PrefixKey& key, unsigned prefix,
                  const sockaddr_storage* gateway = nullptr) const;

    // Takes a filled-in route made with new. 0, EEXIST (same destination and gateway) or ENOBUFS: then it is deleted.
    int add(rtentry* route);
    void remove(rtentry* route); // deletes it
    template <typename Matches>
    void remove_if(Matches matches)
    {
        for (rtentry* r = first(); r != nullptr;) {
            rtentry* after = next(r);
            if (matches(*r))
                remove(r);
            r = after;
        }
    }

    rtentry* first() const { return value_of(tree_.next(nullptr)); }
    rtentry* next(const rtentry* r) const
    {
        return r->next != nullptr ? r->next : value_of(tree_.next(r->node));
    }
    unsigned key_bits() const { return key_bits_; }
    // Changes whenever a route does: cached routes of an older generation are void.
    uint64_t generation() const { return generation_; }
    void touch() { generation_++; }

private:
    using Tree = PrefixTree<rtentry>;
    static rtentry* value_of(Tree::Node* n) { return n != nullptr ? n->value : nullptr; }

    Tree tree_;
    unsigned key_bits_;
    uint64_t generation_ = 1;
};

struct RouteTable6 : RouteTable {
    RouteTable6() : RouteTable(128) {}
};

// A looked-up route kept by a PCB.
struct RouteCache {
    rtentry* route = nullptr;
    IpAddress destination;
    unsigned fib = 0;
    uint64_t generation = 0;
};

} // namespace netmgr
