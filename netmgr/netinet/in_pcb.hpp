// SPDX-License-Identifier: Apache-2.0
// Protocol control blocks of sockets of both Internet families, and the table a protocol finds them in.
#pragma once
#include <netinet/in.h>
#include <stdint.h>

#include "kern/socket.hpp"
#include "net/route.hpp"
#include "netinet/in6_options.hpp"
#include "netinet/ip_options.hpp"
#include "netinet/source_filter.hpp"
#include "wire/ip_address.hpp"

struct ifnet;

namespace netmgr {

class Inet;

// A socket's membership; on its group's list as long as it has an interface.
struct GroupMember {
    uint32_t group = 0;
    uint16_t if_index = 0; // 0: free slot
    GroupMember* next = nullptr;
    SourceFilter filter;
};

// Options set by IP_MULTICAST_* and IP_ADD_MEMBERSHIP.
struct MulticastOptions {
    static constexpr int max_memberships = IP_MAX_MEMBERSHIPS;

    // A socket that is no member of the group gets what other members brought in (BSD).
    bool allows(unsigned on, uint32_t group, uint32_t source) const
    {
        for (const GroupMember& m : memberships)
            if (m.if_index == on && m.group == group)
                return m.filter.allows(source);
        return true;
    }

    uint16_t if_index = 0; // IP_MULTICAST_IF
    uint8_t ttl = IP_DEFAULT_MULTICAST_TTL;
    bool loop = true;
    GroupMember memberships[max_memberships];
};

enum InpcbFlags : uint32_t {
    inp_hdrincl = 0x01,
    inp_recvdstaddr = 0x02,
    inp_recvif = 0x04,
    inp_recvttl = 0x08,
    inp_pktinfo = 0x10,
    inp_recvopts = 0x20,
    inp_anonport = 0x40, // the port was chosen by us
    inp_recvretopts = 0x80,
    inp_v4 = 0x100, // packets of this family may be for it
    inp_v6 = 0x200,
};

struct Inpcb {
    explicit Inpcb(Socket& s) : so(s) {}
    Inpcb(const Inpcb&) = delete;
    Inpcb& operator=(const Inpcb&) = delete;

    Socket& so;
    Inpcb* next = nullptr; // hash chain of the local port
    Inpcb** prev_next = nullptr;
    Inpcb* tuple_next = nullptr; // hash chain of connected ones
    Inpcb** tuple_prev_next = nullptr;
    IpAddress local;         // any: not bound
    IpAddress foreign;       // any: not connected
    uint16_t local_port = 0; // 0 = not bound; raw sockets: unused
    uint16_t foreign_port = 0;
    uint8_t ttl = 0;
    uint8_t tos = 0;
    uint8_t min_ttl = 0;
    uint8_t port_range = IP_PORTRANGE_DEFAULT;
    uint32_t flags = 0; // InpcbFlags
    IpOptions options;  // IP_OPTIONS for packets sent
    MulticastOptions multicast;
    RouteCache route;
    void* protocol_pcb = nullptr; // tcpcb
    In6Options* six = nullptr;    // owned; of AF_INET6 sockets only

    bool connected() const { return !foreign.is_any(); }
    bool accepts(const IpAddress& local_address) const
    {
        return (flags & (local_address.is_v4() ? inp_v4 : inp_v6)) != 0;
    }
};

class InpcbTable {
public:
    explicit InpcbTable(Inet& inet) : inet_(inet) {}
    InpcbTable(const InpcbTable&) = delete;
    InpcbTable& operator=(const InpcbTable&) = delete;

    Inpcb* create(Socket& so); // so.pcb; nullptr when memory is out
    void destroy(Inpcb& inp);  // leaves its groups

    int bind(Inpcb& inp, const sockaddr* name, const Cred& cred);
    // Local address and port are chosen when not bound.
    int connect(Inpcb& inp, const sockaddr* name, const Cred& cred);
    void disconnect(Inpcb& inp);
    int choose_port(Inpcb& inp, const Cred& cred);
    // Source address for packets to ip; EADDRNOTAVAIL or ENETUNREACH.
    int choose_source(Inpcb& inp, const IpAddress& ip, IpAddress& source);
    // An address of one of our interfaces.
    bool is_ours(const IpAddress& ip);
    // Neither none nor a group's nor a broadcast's, which a socket may be bound to.
    bool may_send_from(const IpAddress& ip);
    // A name a client gave: EAFNOSUPPORT, EINVAL (its length, or a family IPV6_V6ONLY keeps out), EADDRNOTAVAIL (its scope).
    int decode_name(const Inpcb& inp, const sockaddr* name, IpAddress& ip, uint16_t& port);
    // The same the other way round, in the socket's family.
    static void encode_name(const Socket& so, const IpAddress& ip, uint16_t port,
                            sockaddr_storage& name, socklen_t& len);

    // The socket a unicast packet belongs to: the most specific match.
    Inpcb* lookup(const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                  uint16_t foreign_port);
    Inpcb* lookup_exact(const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                        uint16_t foreign_port);
    // The same without a peer: a listener.
    Inpcb* lookup_listener(const IpAddress& local, uint16_t local_port)
    {
        return lookup(local, local_port, IpAddress(), 0);
    }
    // A connection that came in on a listener.
    void adopt(Inpcb& inp, const Inpcb& listener, const IpAddress& local, uint16_t local_port,
               const IpAddress& foreign, uint16_t foreign_port);
    static void set_v6only(Inpcb& inp, bool on);
    // Another socket that listens where inp wants to.
    Inpcb* listener_on(const Inpcb& inp);
    // Every socket that may get it; fn(Inpcb&).
    template <typename Fn>
    void for_each_on_port(uint16_t local_port, Fn fn)
    {
        for (Inpcb* p : {bucket(local_port), connected_bucket(local_port)})
            while (p != nullptr) {
                Inpcb* next = p->next;
                if (p->local_port == local_port)
                    fn(*p);
                p = next;
            }
    }
    template <typename Fn>
    void for_each(Fn fn)
    {
        for (Inpcb* chain : buckets_)
            for (Inpcb* p = chain; p != nullptr;) {
                Inpcb* next = p->next;
                fn(*p);
                p = next;
            }
    }
    void interface_gone(const ifnet& ifp);

private:
    // Connected PCBs have chains of their own, so that thousands of connections do not hide the one listener; and are found
    // by all four numbers at once.
    static constexpr unsigned bucket_count = 128;
    static constexpr unsigned tuple_count = 1024;
    Inpcb*& bucket(uint16_t port) { return buckets_[(port ^ port >> 7) % bucket_count]; }
    Inpcb*& connected_bucket(uint16_t port)
    {
        return buckets_[bucket_count + (port ^ port >> 7) % bucket_count];
    }
    Inpcb*& tuple_bucket(const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                         uint16_t foreign_port);
    void insert(Inpcb& inp);
    void unlink(Inpcb& inp);
    void set_port(Inpcb& inp, uint16_t port);
    Inpcb* conflicting(const Inpcb& inp, const IpAddress& ip, uint16_t port);
    bool is_bindable(const IpAddress& ip);
    static void choose_families(Inpcb& inp);
    static int match_score(const Inpcb& p, const IpAddress& local, const IpAddress& foreign,
                           uint16_t foreign_port);

    Inet& inet_;
    Inpcb* buckets_[2 * bucket_count] = {};
    Inpcb* tuples_[tuple_count] = {};
};

inline Inpcb& inpcb_of(Socket& so)
{
    return *static_cast<Inpcb*>(so.pcb);
}

} // namespace netmgr
