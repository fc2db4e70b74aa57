// SPDX-License-Identifier: Apache-2.0
// The routing socket: requests, answers, announcements.
#include "net/route_socket.hpp"

#include <errno.h>
#include <netinet/if_inarp.h>
#include <new>

#include <net/if_dl.h>

#include "net/route_change.hpp"
#include "net/sockaddr6.hpp"

namespace netmgr {

namespace {

constexpr size_t request_space = 8192;
constexpr size_t receive_space = 65536;
constexpr int settable_flags = RTF_REJECT | RTF_BLACKHOLE | RTF_STATIC | RTF_CLONING |
                               RTF_XRESOLVE | RTF_PROTO1 | RTF_PROTO2 | RTF_DYNAMIC;

bool is_internet(int family)
{
    return family == AF_INET || family == AF_INET6;
}

// The length of a mask of either family; false: it has holes.
bool prefix_of(const sockaddr_storage& mask, int family, unsigned& prefix)
{
    if (family == AF_INET) {
        const uint32_t bits = address_in(mask).ip4();
        prefix = prefix_length(bits);
        return is_contiguous_mask(bits);
    }
    sockaddr_in6 sin;
    memcpy(&sin, &mask, sizeof(sin));
    return prefix_of_netmask6(sin, prefix);
}

bool is_change(int type)
{
    return type != RTM_GET;
}

} // namespace

RouteProtosw::RouteProtosw(Stack& stack)
    : Protosw(AF_ROUTE, SOCK_RAW, 0, pr_atomic | pr_addr), stack_(stack),
      sent_(stack.counters(), "route.messages_sent"), requests_(stack.counters(), "route.requests"),
      refused_(stack.counters(), "route.requests_refused"),
      full_(stack.counters(), "route.socket_full")
{
}

int RouteProtosw::attach(Socket& so, const Cred&)
{
    if (so.protocol < 0 || so.protocol >= AF_MAX)
        return EPROTONOSUPPORT;
    if (int error = soreserve(so, request_space, receive_space))
        return error;
    so.options |= SO_USELOOPBACK;
    so.state |= ss_connected; // there is no other end to choose
    return 0;
}

void RouteProtosw::detach(Socket&)
{
}

int RouteProtosw::bind(Socket&, const sockaddr*, const Cred&)
{
    return EOPNOTSUPP;
}

int RouteProtosw::sockname(Socket&, sockaddr_storage& name, socklen_t& len)
{
    name = {};
    name.ss_len = 2;
    name.ss_family = AF_ROUTE;
    len = 2;
    return 0;
}

int RouteProtosw::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    return sockname(so, name, len);
}

void RouteProtosw::broadcast(std::span<const uint8_t> message, int family, const Socket* but_not)
{
    sockaddr from = {};
    from.sa_len = 2;
    from.sa_family = AF_ROUTE;
    for (Socket* so = stack_.sockets(); so != nullptr; so = so->next) {
        if (&so->proto != this || so == but_not || (so->state & ss_cant_receive) != 0)
            continue;
        if (so->protocol != 0 && family != 0 && so->protocol != family)
            continue;
        MbufPtr m = stack_.mbufs().copy_in(message.data(), message.size());
        if (!m || !so->rcv.append_address(&from, std::move(m), MbufPtr())) {
            so->overflowed++;
            ++full_;
            soseterror(*so, ENOBUFS); // the listener must look at the whole table again
            continue;
        }
        ++sent_;
        sorwakeup(*so);
    }
}

ifnet* RouteProtosw::interface_named(const sockaddr_storage& address)
{
    Net& net = stack_.net();
    if (is_internet(address.ss_family)) {
        const ifaddr* a = our_address(net, address_in(address));
        return a != nullptr ? a->ifp : nullptr;
    }
    if (address.ss_family != AF_LINK)
        return nullptr;
    sockaddr_dl sdl;
    memcpy(&sdl, &address, sizeof(sdl));
    if (sdl.sdl_index != 0)
        return net.find_interface(sdl.sdl_index);
    char name[IFNAMSIZ] = {};
    if (sdl.sdl_nlen == 0 || sdl.sdl_nlen >= sizeof(name) || sdl.sdl_nlen > sizeof(sdl.sdl_data))
        return nullptr;
    memcpy(name, sdl.sdl_data, sdl.sdl_nlen);
    return net.find_interface(name);
}

// Destination, mask, gateway, interface and metrics of a request.
int RouteProtosw::decode(const RouteRequest& request, unsigned fib, RouteChange& out)
{
    Net& net = stack_.net();
    out.family = request.family(RTAX_DST);
    if (!is_internet(out.family))
        return EAFNOSUPPORT;
    out.destination6 = address_in(request.address[RTAX_DST]);
    out.destination = out.destination6.ip4();
    const bool host = !request.has(RTAX_NETMASK) || (request.header.rtm_flags & RTF_HOST) != 0;
    out.prefix = out.key_bits();
    if (!host && !prefix_of(request.address[RTAX_NETMASK], out.family, out.prefix))
        return EINVAL;
    out.fib = fib;
    out.flags = request.header.rtm_flags & settable_flags;
    if (request.family(RTAX_GATEWAY) == out.family) {
        out.gateway6 = address_in(request.address[RTAX_GATEWAY]);
        out.gateway = out.gateway6.ip4();
        out.has_gateway = true;
        // An address of ours without RTF_GATEWAY is the old way to say "through that interface".
        if ((request.header.rtm_flags & RTF_GATEWAY) == 0 && !our_address(net, out.through()))
            return EINVAL;
    } else if (request.family(RTAX_GATEWAY) == AF_LINK) {
        out.ifp = interface_named(request.address[RTAX_GATEWAY]);
        if (out.ifp == nullptr)
            return ENETUNREACH;
    }
    if (request.has(RTAX_IFP)) {
        out.ifp = interface_named(request.address[RTAX_IFP]);
        if (out.ifp == nullptr)
            return ENXIO;
    }
    if (request.family(RTAX_IFA) == out.family) {
        out.ifa = our_address(net, address_in(request.address[RTAX_IFA]));
        if (out.ifa == nullptr)
            return EADDRNOTAVAIL;
    }
    const rt_metrics& metrics = request.header.rtm_rmx;
    const auto given = static_cast<uint32_t>(request.header.rtm_inits);
    if (metrics.rmx_mtu > UINT32_MAX)
        return EINVAL;
    out.metrics = &metrics;
    out.locks = static_cast<uint32_t>(metrics.rmx_locks);
    if ((given & RTV_MTU) != 0)
        out.mtu = static_cast<uint32_t>(metrics.rmx_mtu);
    out.expires_ns = deadline_of(request.header);
    return 0;
}

// rmx_expire is calendar time; the stack's deadlines are of its own clock. 0: never.
uint64_t RouteProtosw::deadline_of(const rt_msghdr& header)
{
    const int64_t expire = header.rtm_rmx.rmx_expire;
    if ((header.rtm_inits & RTV_EXPIRE) == 0 || expire <= 0)
        return 0;
    Platform& platform = stack_.platform();
    const auto now = static_cast<int64_t>(platform.wall_ns() / ns_per_s);
    const int64_t left = expire > now ? expire - now : 0;
    constexpr int64_t longest = INT64_C(100) * 365 * 86400;
    return platform.now_ns() + 1 +
           static_cast<uint64_t>(left < longest ? left : longest) * ns_per_s;
}

namespace {

// ARP's sockaddr_inarp has more to say than a sockaddr_in.
bool is_proxy_only(const RouteRequest& request)
{
    sockaddr_inarp sin;
    memcpy(&sin, &request.address[RTAX_DST], sizeof(sin));
    return sin.sin_family == AF_INET && sin.sin_len >= sizeof(sin) && sin.sin_other == SIN_PROXY;
}

} // namespace

// A host's link-level address, as arp -s sends it: RTF_LLINFO and a gateway of family AF_LINK with six bytes.
int RouteProtosw::set_neighbour(const RouteRequest& request)
{
    Net& net = stack_.net();
    Neighbour n;
    sockaddr_dl sdl;
    memcpy(&sdl, &request.address[RTAX_GATEWAY], sizeof(sdl));
    const int family = request.family(RTAX_DST);
    if (!is_internet(family) || net.neighbours_of(family) == nullptr)
        return EAFNOSUPPORT;
    if (sdl.sdl_alen != sizeof(n.mac) || sdl.sdl_nlen > sizeof(sdl.sdl_data) - sizeof(n.mac))
        return EINVAL;
    n.ip = address_in(request.address[RTAX_DST]);
    n.mac = wire::MacAddress::from(CLLADDR(&sdl));
    if (sdl.sdl_index != 0) {
        n.ifp = net.find_interface(sdl.sdl_index);
        if (n.ifp == nullptr || n.ifp->if_addrlen != sizeof(n.mac))
            return ENXIO;
    } else {
        const rtentry* way = net.table_of(family, 0).lookup(PrefixKey::of(n.ip));
        if (way == nullptr || (way->flags & RTF_GATEWAY) != 0 || way->ifp->if_addrlen != 6)
            return ENETUNREACH;
        n.ifp = way->ifp;
    }
    n.expires_ns = deadline_of(request.header);
    n.permanent = n.expires_ns == 0;
    n.published = (request.header.rtm_flags & RTF_ANNOUNCE) != 0;
    n.proxy_only = is_proxy_only(request);
    return net.neighbours_of(family)->set_neighbour(n);
}

int RouteProtosw::add(const RouteRequest& request, unsigned fib)
{
    if (!request.has(RTAX_GATEWAY))
        return EINVAL;
    if ((request.header.rtm_flags & RTF_LLINFO) != 0)
        return set_neighbour(request);
    RouteChange change;
    if (int error = decode(request, fib, change))
        return error;
    return add_ip_route(stack_.net(), change);
}

// The answer describes what was deleted.
int RouteProtosw::remove(const RouteRequest& request, unsigned fib, RouteMessage& answer,
                         bool& answered)
{
    Net& net = stack_.net();
    RouteChange change;
    if ((request.header.rtm_flags & RTF_LLINFO) != 0) {
        const int family = request.family(RTAX_DST);
        if (!is_internet(family) || net.neighbours_of(family) == nullptr)
            return EAFNOSUPPORT;
        sockaddr_dl sdl = {};
        if (request.family(RTAX_GATEWAY) == AF_LINK)
            memcpy(&sdl, &request.address[RTAX_GATEWAY], sizeof(sdl));
        const ifnet* ifp = sdl.sdl_index != 0 ? net.find_interface(sdl.sdl_index) : nullptr;
        if (sdl.sdl_index != 0 && ifp == nullptr)
            return ENXIO;
        return net.neighbours_of(family)->remove_neighbour(address_in(request.address[RTAX_DST]),
                                                           ifp, is_proxy_only(request));
    }
    // A gateway of family AF_LINK names the interface only; the destination is enough then.
    if (int error = decode(request, fib, change); error != 0 && error != ENETUNREACH)
        return error;
    if (const rtentry* route = find_ip_route(net, change))
        answer =
            describe_route(net, *route, RTM_DELETE, request.has(RTAX_IFP) || request.has(RTAX_IFA));
    const int error = delete_ip_route(net, change);
    answered = error == 0;
    return error;
}

// RTM_CHANGE: the route is found by its destination; what the message gives replaces what was there.
int RouteProtosw::change(const RouteRequest& request, unsigned fib)
{
    Net& net = stack_.net();
    RouteChange change;
    if (int error = decode(request, fib, change))
        return error;
    RouteChange exact = change;
    exact.has_gateway = false;
    rtentry* route = find_ip_route(net, exact);
    if (route == nullptr)
        return ESRCH;
    const auto given = static_cast<uint32_t>(request.header.rtm_inits);
    if (request.header.rtm_type == RTM_CHANGE &&
        (change.has_gateway || change.ifp != nullptr || change.ifa != nullptr)) {
        if (!change.has_gateway && change.ifp == nullptr)
            change.ifp = route->ifp;
        if (int error = change_ip_route(net, *route, change))
            return error;
    }
    if (request.header.rtm_type == RTM_CHANGE) {
        constexpr int replaced = RTF_REJECT | RTF_BLACKHOLE | RTF_STATIC | RTF_PROTO1 | RTF_PROTO2;
        route->flags = (route->flags & ~replaced) | (request.header.rtm_flags & replaced);
        rt_metrics& to = route->metrics;
        const rt_metrics& from = request.header.rtm_rmx;
        to.rmx_hopcount = (given & RTV_HOPCOUNT) != 0 ? from.rmx_hopcount : to.rmx_hopcount;
        to.rmx_recvpipe = (given & RTV_RPIPE) != 0 ? from.rmx_recvpipe : to.rmx_recvpipe;
        to.rmx_sendpipe = (given & RTV_SPIPE) != 0 ? from.rmx_sendpipe : to.rmx_sendpipe;
        to.rmx_ssthresh = (given & RTV_SSTHRESH) != 0 ? from.rmx_ssthresh : to.rmx_ssthresh;
        to.rmx_rtt = (given & RTV_RTT) != 0 ? from.rmx_rtt : to.rmx_rtt;
        to.rmx_rttvar = (given & RTV_RTTVAR) != 0 ? from.rmx_rttvar : to.rmx_rttvar;
        route->mtu = (given & RTV_MTU) != 0 ? change.mtu : route->mtu;
        route->expires_ns = (given & RTV_EXPIRE) != 0 ? change.expires_ns : route->expires_ns;
    }
    route->locks = (route->locks & ~given) | (change.locks & given);
    net.table_of(change.family, fib).touch();
    return 0;
}

int RouteProtosw::get(const RouteRequest& request, unsigned fib, RouteMessage& answer)
{
    Net& net = stack_.net();
    const int family = request.family(RTAX_DST);
    if (!is_internet(family))
        return EAFNOSUPPORT;
    const IpAddress ip = address_in(request.address[RTAX_DST]);
    Neighbour neighbour;
    if ((request.header.rtm_flags & RTF_LLINFO) != 0) {
        NeighbourTable* table = net.neighbours_of(family);
        if (table == nullptr || !table->find_neighbour(ip, neighbour))
            return ESRCH;
        answer = describe_neighbour(net, neighbour, RTM_GET);
        return 0;
    }
    rtentry* route = nullptr;
    if (request.has(RTAX_NETMASK)) {
        RouteChange exact;
        RouteRequest plain = request; // RTA_IFP and RTA_IFA only ask for these in the answer
        plain.header.rtm_addrs &= ~(RTA_IFP | RTA_IFA);
        if (int error = decode(plain, fib, exact))
            return error;
        route = find_ip_route(net, exact);
    } else {
        route = net.table_of(family, fib).lookup(PrefixKey::of(ip));
    }
    if (route == nullptr)
        return ESRCH;
    answer = describe_route(net, *route, RTM_GET, request.has(RTAX_IFP) || request.has(RTAX_IFA));
    return 0;
}

int RouteProtosw::perform(Socket& so, const RouteRequest& request, const Cred& cred,
                          RouteMessage* answer, bool& answered)
{
    const int type = request.header.rtm_type;
    if (!request.has(RTAX_DST) || request.family(RTAX_DST) >= AF_MAX ||
        request.family(RTAX_GATEWAY) >= AF_MAX)
        return EINVAL;
    if (is_change(type) && !cred.has(able_route))
        return EACCES;
    switch (type) {
    case RTM_ADD:
        return add(request, so.fib);
    case RTM_DELETE:
        return remove(request, so.fib, *answer, answered);
    case RTM_CHANGE:
    case RTM_LOCK:
        return change(request, so.fib);
    case RTM_GET:
        answered = true;
        if (int error = get(request, so.fib, *answer)) {
            answered = false;
            return error;
        }
        return 0;
    default:
        return EOPNOTSUPP;
    }
}

int RouteProtosw::send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr, int,
                       const Cred& cred)
{
    alignas(8) uint8_t bytes[2048];
    const size_t size = data.packet_len();
    RouteRequest request;
    if (name != nullptr)
        return EISCONN;
    ++requests_;
    if (size > sizeof(bytes) || size < sizeof(rt_msghdr))
        return ++refused_, EINVAL;
    m_copydata(data.get(), 0, static_cast<int>(size), bytes);
    if (int error = request.parse({bytes, size}))
        return ++refused_, error;
    RouteMessage answer(request.header);
    bool answered = false;
    asked_ = true;
    const int error = perform(so, request, cred, &answer, answered);
    asked_ = false;
    if (error != 0)
        ++refused_;
    std::span<const uint8_t> reply(bytes, size);
    if (answered) {
        reply = answer.finish();
        memcpy(bytes, reply.data(), reply.size());
        reply = {bytes, reply.size()};
    }
    rt_msghdr header;
    memcpy(&header, bytes, sizeof(header));
    header.rtm_pid = cred.pid;
    header.rtm_seq = request.header.rtm_seq;
    header.rtm_errno = error;
    header.rtm_flags |= error == 0 ? RTF_DONE : 0;
    memcpy(bytes, &header, sizeof(header));
    broadcast(reply, request.family(RTAX_DST), (so.options & SO_USELOOPBACK) == 0 ? &so : nullptr);
    return error;
}

void RouteProtosw::missed(const IpAddress& ip, unsigned)
{
    rt_msghdr h = {};
    h.rtm_type = RTM_MISS;
    h.rtm_flags = RTF_DONE;
    RouteMessage m(h);
    const sockaddr_storage destination = name_of(ip);
    m.add(RTAX_DST, destination);
    broadcast(m.finish(), destination.ss_family, nullptr);
}

void RouteProtosw::event(NetEvent what, ifnet* ifp, ifaddr* ifa, rtentry* rt)
{
    Net& net = stack_.net();
    switch (what) {
    case NetEvent::if_arrival:
    case NetEvent::if_departure: {
        if_announcemsghdr h = {};
        h.ifan_type = RTM_IFANNOUNCE;
        h.ifan_index = ifp->if_index;
        memcpy(h.ifan_name, ifp->if_xname, sizeof(h.ifan_name));
        h.ifan_what = what == NetEvent::if_arrival ? IFAN_ARRIVAL : IFAN_DEPARTURE;
        broadcast(RouteMessage(h).finish(), 0, nullptr);
        break;
    }
    case NetEvent::if_change:
        broadcast(describe_interface(*ifp, RTM_IFINFO).finish(), 0, nullptr);
        break;
    case NetEvent::addr_added:
    case NetEvent::addr_removed:
        broadcast(describe_address(*ifa, what == NetEvent::addr_added ? RTM_NEWADDR : RTM_DELADDR)
                      .finish(),
                  ifa->family(), nullptr);
        break;
    case NetEvent::route_added:
    case NetEvent::route_removed:
        if (!asked_)
            broadcast(describe_route(net, *rt, what == NetEvent::route_added ? RTM_ADD : RTM_DELETE,
                                     false)
                          .finish(),
                      rt->family, nullptr);
        break;
    case NetEvent::route_cloned: {
        // RTF_XRESOLVE: a listener is to find the way.
        const bool unresolved = rt->parent != nullptr && (rt->parent->flags & RTF_XRESOLVE) != 0;
        broadcast(
            describe_route(net, *rt, unresolved ? RTM_RESOLVE : RTM_ADD, !unresolved, RTF_DONE)
                .finish(),
            rt->family, nullptr);
        break;
    }
    case NetEvent::route_redirected:
        broadcast(describe_route(net, *rt, RTM_REDIRECT, false, RTF_DONE).finish(), rt->family,
                  nullptr);
        break;
    }
}

void RouteProtosw::losing(const rtentry& rt)
{
    broadcast(describe_route(stack_.net(), rt, RTM_LOSING, false, RTF_DONE).finish(), rt.family,
              nullptr);
}

void announce_losing(Net& net, const rtentry& route)
{
    if (net.route_protosw != nullptr)
        net.route_protosw->losing(route);
}

int attach_route(Stack& stack)
{
    auto* protosw = new (std::nothrow) RouteProtosw(stack);
    if (protosw == nullptr)
        return ENOMEM;
    stack.add_protosw(*protosw);
    Net& net = stack.net();
    net.route_protosw = protosw;
    net.event = [](Stack& s, NetEvent what, ifnet* ifp, ifaddr* ifa, rtentry* rt) {
        s.net().route_protosw->event(what, ifp, ifa, rt);
    };
    net.route_missed = [](Stack& s, const IpAddress& ip, unsigned fib) {
        s.net().route_protosw->missed(ip, fib);
    };
    return attach_route_sysctl(stack);
}

void detach_route(Stack& stack)
{
    Net& net = stack.net();
    net.event = nullptr;
    net.route_missed = nullptr;
    delete net.route_protosw;
    net.route_protosw = nullptr;
}

} // namespace netmgr
