// SPDX-License-Identifier: Apache-2.0
// Neighbours by address and interface, with the packets that wait for their link-level address: what ARP's table and IPv6's
// neighbour cache have in common. States and timers are theirs.
#pragma once
#include <new>
#include <stdint.h>

#include "kern/counters.hpp"
#include "kern/mbuf_ptr.hpp"
#include "net/net.hpp"
#include "wire/ether.hpp"

namespace netmgr {

// Packets without link header, oldest first, linked by m_nextpkt.
class HeldPackets {
public:
    HeldPackets() = default;
    HeldPackets(HeldPackets&& other) noexcept;
    ~HeldPackets();
    HeldPackets(const HeldPackets&) = delete;
    HeldPackets& operator=(const HeldPackets&) = delete;

    void push(MbufPtr m);
    MbufPtr pop(); // the oldest; empty when there is none
    const mbuf* oldest() const { return first_; }
    unsigned size() const { return size_; }

private:
    mbuf* first_ = nullptr;
    unsigned size_ = 0;
};

// What an entry begins with. Entry adds its states and `static size_t hash(const Address&)`.
template <typename Entry, typename Address>
struct NeighbourEntry {
    Entry* next = nullptr; // in its hash chain
    ifnet* ifp = nullptr;
    Address ip = {};
    wire::MacAddress mac = {};
    bool permanent = false;
    bool published = false; // answered for others (proxy)
    int tries = 0;
    uint64_t expires_ns = 0; // of the state; 0 = never
    HeldPackets held;
};

template <typename Entry>
class NeighbourCache {
public:
    using Address = decltype(Entry::ip);

    NeighbourCache(Counter& held_dropped, Counter& table_full)
        : held_dropped_(held_dropped), table_full_(table_full)
    {
    }
    ~NeighbourCache()
    {
        for_each([this](Entry& e) { erase(e); });
    }
    NeighbourCache(const NeighbourCache&) = delete;
    NeighbourCache& operator=(const NeighbourCache&) = delete;

    Entry* find(const ifnet& ifp, const Address& ip)
    {
        for (Entry* e = bucket(ip); e != nullptr; e = e->next)
            if (e->ip == ip && e->ifp == &ifp)
                return e;
        return nullptr;
    }
    Entry* find_anywhere(const Address& ip)
    {
        for (Entry* e = bucket(ip); e != nullptr; e = e->next)
            if (e->ip == ip)
                return e;
        return nullptr;
    }
    // nullptr: the table is full, or memory is out.
    Entry* find_or_make(ifnet& ifp, const Address& ip)
    {
        Entry* e = find(ifp, ip);
        return e != nullptr ? e : make(ifp, ip);
    }
    void erase(Entry& entry); // what it holds is dropped
    void forget(const ifnet& ifp)
    {
        for_each([&](Entry& e) {
            if (e.ifp == &ifp)
                erase(e);
        });
    }
    template <typename Fn>
    void for_each(Fn fn) // fn(Entry&) may erase the entry that it is given, no other
    {
        for (Entry* chain : buckets_)
            for (Entry* e = chain; e != nullptr;) {
                Entry* next = e->next;
                fn(*e);
                e = next;
            }
    }

    template <typename Fn>
    void for_each_of(const Address& ip, Fn fn) // on every interface; fn erases none
    {
        for (Entry* e = bucket(ip); e != nullptr; e = e->next)
            if (e->ip == ip)
                fn(*e);
    }

    // At most limit wait for one neighbour: the oldest goes (RFC 1122 2.3.2.2, RFC 4861 7.2.2: the latest stay).
    void hold(Entry& entry, MbufPtr m, unsigned limit);
    MbufPtr take_held(Entry& entry); // the oldest
    void send_held(Entry& entry, const sockaddr* hop);
    void drop_held(Entry& entry);

private:
    static constexpr unsigned bucket_count = 64;
    static constexpr unsigned max_entries = 1024;
    static constexpr unsigned max_held_in_all = 512;

    Entry*& bucket(const Address& ip) { return buckets_[Entry::hash(ip) % bucket_count]; }
    Entry* make(ifnet& ifp, const Address& ip);

    Counter& held_dropped_;
    Counter& table_full_;
    Entry* buckets_[bucket_count] = {};
    unsigned count_ = 0;
    unsigned held_count_ = 0;
};

template <typename Entry>
Entry* NeighbourCache<Entry>::make(ifnet& ifp, const Address& ip)
{
    if (count_ >= max_entries) { // a scan of a large subnet must not eat all memory
        ++table_full_;
        return nullptr;
    }
    auto* e = new (std::nothrow) Entry;
    if (e == nullptr)
        return nullptr;
    e->ifp = &ifp;
    e->ip = ip;
    e->next = bucket(ip);
    bucket(ip) = e;
    count_++;
    return e;
}

template <typename Entry>
void NeighbourCache<Entry>::erase(Entry& entry)
{
    Entry** link = &bucket(entry.ip);
    while (*link != &entry)
        link = &(*link)->next;
    *link = entry.next;
    count_--;
    drop_held(entry);
    delete &entry;
}

template <typename Entry>
void NeighbourCache<Entry>::hold(Entry& entry, MbufPtr m, unsigned limit)
{
    entry.held.push(std::move(m));
    held_count_++;
    if (entry.held.size() <= limit && held_count_ <= max_held_in_all)
        return;
    take_held(entry).reset();
    ++held_dropped_;
}

template <typename Entry>
MbufPtr NeighbourCache<Entry>::take_held(Entry& entry)
{
    MbufPtr m = entry.held.pop();
    if (m)
        held_count_--;
    return m;
}

template <typename Entry>
void NeighbourCache<Entry>::send_held(Entry& entry, const sockaddr* hop)
{
    ifnet* ifp = entry.ifp;
    held_count_ -= entry.held.size();
    HeldPackets waiting(std::move(entry.held)); // output may ask this table again
    while (MbufPtr m = waiting.pop())
        (void)ifp->if_output(ifp, m.release(), hop, nullptr); // a full queue is counted there
}

template <typename Entry>
void NeighbourCache<Entry>::drop_held(Entry& entry)
{
    while (MbufPtr m = take_held(entry))
        ++held_dropped_;
}

} // namespace netmgr
