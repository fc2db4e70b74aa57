// SPDX-License-Identifier: Apache-2.0
// Messages of the routing socket: taken apart, and put together (route(4), NetBSD's layout).
#pragma once
#include <net/route.h>
#include <span>
#include <stddef.h>
#include <stdint.h>

#include "net/ifaddr.hpp"
#include "net/net.hpp"

namespace netmgr {

// What a client sent, checked: every address lies in storage of its own, the rest of it zero.
struct RouteRequest {
    rt_msghdr header;
    sockaddr_storage address[RTAX_MAX];
    bool has(int index) const { return (header.rtm_addrs >> index & 1) != 0; }
    int family(int index) const { return has(index) ? address[index].ss_family : AF_UNSPEC; }

    // 0, EINVAL (lengths do not fit) or EPROTONOSUPPORT (another version).
    int parse(std::span<const uint8_t> bytes);
};

// A message under construction: a header, then addresses in the order of RTAX_*.
class RouteMessage {
public:
    template <typename Header>
    explicit RouteMessage(const Header& header) : size_(sizeof(Header))
    {
        static_assert(sizeof(Header) <= sizeof(bytes_) - 8 * 136);
        memcpy(bytes_, &header, sizeof(header));
    }
    // Addresses must come in ascending order of index; a family of AF_UNSPEC with length 0 is an empty one.
    void add(int index, const sockaddr_storage& address);
    void add_netmask(int index, int family, unsigned prefix);
    void add_interface(int index, const ifnet& ifp);
    // Fills in length, version and the bit mask of addresses.
    std::span<const uint8_t> finish();

private:
    alignas(8) uint8_t bytes_[1536] = {};
    size_t size_;
    int32_t addresses_ = 0;
};

sockaddr_storage name_of(const IpAddress& ip);
// A route as RTM_ADD, RTM_GET and the dump tell it.
RouteMessage describe_route(Net& net, const rtentry& route, int type, bool with_interface,
                            int more_flags = 0);
int flags_of(const Neighbour& neighbour); // RTF_*
RouteMessage describe_neighbour(Net& net, const Neighbour& neighbour, int type);
RouteMessage describe_interface(const ifnet& ifp, int type);
RouteMessage describe_address(const ifaddr& ifa, int type);
sockaddr_storage destination_of(const rtentry& route);

} // namespace netmgr
