// SPDX-License-Identifier: Apache-2.0
// Neighbour discovery's messages (RFC 4861 4, 6, 7, 8): checked, understood, sent.
#include <netinet6/in6_var.h>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

constexpr uint8_t nd_hops = 255; // RFC 4861 7.1: a packet that crossed a router never has it
constexpr size_t message_max = 1500;

IpAddress all_nodes(const ifnet& ifp)
{
    return IpAddress::v6_group(2, 1).with_zone(ifp.if_index);
}

template <typename T>
T read(std::span<const uint8_t> bytes)
{
    T t;
    memcpy(static_cast<void*>(&t), bytes.data(), sizeof(t));
    return t;
}

} // namespace

// RFC 4291 2.7.1.
IpAddress solicited_group(const IpAddress& ip, const ifnet& ifp)
{
    const uint32_t low = 0xff000000 | (ip.ip4() & 0x00ffffff);
    IpAddress group = IpAddress::v6_group(2, low);
    group.bytes[11] = 1;
    return group.with_zone(ifp.if_index);
}

bool Nd6::parse_options(std::span<const uint8_t> bytes, NdOptions& out)
{
    out = {};
    while (!bytes.empty()) {
        const size_t size = bytes.size() >= 2 ? size_t{bytes[1]} * 8 : 0;
        if (size == 0 || size > bytes.size())
            return false; // RFC 4861 4.6: nodes MUST silently discard
        switch (bytes[0]) {
        case wire::ndopt_source_link:
            out.has_source = true;
            out.source = read<wire::NdLinkOption>(bytes).mac;
            break;
        case wire::ndopt_target_link:
            out.has_target = true;
            out.target = read<wire::NdLinkOption>(bytes).mac;
            break;
        case wire::ndopt_prefix:
            if (size >= sizeof(wire::NdPrefixOption) && out.prefix_count < NdOptions::max_prefixes)
                out.prefixes[out.prefix_count++] = read<wire::NdPrefixOption>(bytes);
            break;
        case wire::ndopt_mtu:
            out.mtu = read<wire::NdMtuOption>(bytes).mtu;
            break;
        default:
            break;
        }
        bytes = bytes.subspan(size);
    }
    return true;
}

void Nd6::input(const mbuf& m, size_t header_len, bool was_fragments)
{
    alignas(8) uint8_t bytes[message_max];
    const IpArrival a = ip_arrival(m);
    const size_t size = static_cast<size_t>(m.m_pkthdr.len) - header_len;
    if (a.ttl != nd_hops || was_fragments || size > sizeof(bytes)) { // RFC 6980 5: no fragments
        ++bad;
        return;
    }
    m_copydata(&m, static_cast<int>(header_len), static_cast<int>(size), bytes);
    const uint8_t type = bytes[0];
    const size_t fixed = type == wire::nd_router_solicit  ? sizeof(wire::Icmp6Header)
                         : type == wire::nd_router_advert ? sizeof(wire::NdRouterAdvert)
                         : type == wire::nd_redirect      ? sizeof(wire::NdRedirect)
                                                          : sizeof(wire::NdTarget);
    Message message = {*m.m_pkthdr.rcvif, a.source, a.destination, {bytes, size}, {}};
    if (size < fixed || bytes[1] != 0 ||
        !parse_options({bytes + fixed, size - fixed}, message.options)) {
        ++bad;
        return;
    }
    switch (type) {
    case wire::nd_router_solicit:
        router_solicit_input(message);
        break;
    case wire::nd_router_advert:
        router_advert_input(message);
        break;
    case wire::nd_neighbour_solicit:
        solicit_input(message);
        break;
    case wire::nd_neighbour_advert:
        advert_input(message);
        break;
    default:
        redirect_input(message);
        break;
    }
}

// RFC 4861 7.2.3, 7.2.4; RFC 4862 5.4.3.
void Nd6::solicit_input(const Message& m)
{
    const auto ns = read<wire::NdTarget>(m.bytes);
    const IpAddress target = IpAddress::from(ns.target).with_zone(m.ifp.if_index);
    const bool probe = m.source.is_any();
    ++solicits_received;
    if (target.is_v6_multicast() ||
        (probe && (m.options.has_source || m.destination != solicited_group(target, m.ifp)))) {
        ++bad;
        return;
    }
    ifaddr* a = inet6_.address_on(m.ifp, target);
    if (a != nullptr && (a->flags6 & (IN6_IFF_TENTATIVE | IN6_IFF_DUPLICATED)) != 0) {
        if (probe && (a->flags6 & IN6_IFF_TENTATIVE) != 0) // somebody else tries it too
            dad_failed(*a);
        return;
    }
    const Nd6Entry* proxy = a == nullptr ? find(m.ifp, target) : nullptr;
    if (a == nullptr && (proxy == nullptr || !proxy->published))
        return;
    if (m.options.has_source)
        learn(m.ifp, m.source, m.options.source, false, false);
    const bool anycast = a == nullptr || (a->flags6 & IN6_IFF_ANYCAST) != 0;
    const uint32_t flags = (inet6_.ip.forwarding != 0 ? wire::na_router : 0u) |
                           (probe ? 0u : wire::na_solicited) | (anycast ? 0u : wire::na_override);
    send_advert(m.ifp, target, probe ? all_nodes(m.ifp) : m.source, flags);
}

// RFC 4861 7.2.5; RFC 4862 5.4.4.
void Nd6::advert_input(const Message& m)
{
    const auto na = read<wire::NdTarget>(m.bytes);
    const IpAddress target = IpAddress::from(na.target).with_zone(m.ifp.if_index);
    const uint32_t flags = na.header.word;
    const bool solicited = (flags & wire::na_solicited) != 0;
    const bool overrides = (flags & wire::na_override) != 0;
    ++adverts_received;
    if (target.is_v6_multicast() || (m.destination.is_v6_multicast() && solicited)) {
        ++bad;
        return;
    }
    if (ifaddr* a = inet6_.address_on(m.ifp, target)) {
        if ((a->flags6 & IN6_IFF_TENTATIVE) != 0)
            dad_failed(*a);
        else
            ++duplicates;
        return;
    }
    Nd6Entry* e = find(m.ifp, target);
    if (e == nullptr || e->permanent)
        return;
    const bool has = m.options.has_target;
    if (e->state == Nd6Entry::State::incomplete) {
        if (!has)
            return;
        e->mac = m.options.target;
        e->router = (flags & wire::na_router) != 0;
        enter(*e, solicited ? Nd6Entry::State::reachable : Nd6Entry::State::stale);
        send_held(*e);
        return;
    }
    const bool other = has && m.options.target != e->mac;
    if (other && !overrides) {
        if (e->state == Nd6Entry::State::reachable)
            enter(*e, Nd6Entry::State::stale);
        return;
    }
    if (other)
        e->mac = m.options.target;
    if (solicited)
        enter(*e, Nd6Entry::State::reachable);
    else if (other)
        enter(*e, Nd6Entry::State::stale);
    const bool was_router = e->router;
    e->router = (flags & wire::na_router) != 0;
    if (was_router && !e->router)
        router_gone(*e);
}

void Nd6::redirect_input(const Message& m)
{
    const auto r = read<wire::NdRedirect>(m.bytes);
    const IpAddress target = IpAddress::from(r.target).with_zone(m.ifp.if_index);
    const IpAddress to = IpAddress::from(r.destination).with_zone(m.ifp.if_index);
    ++redirects_received;
    if (inet6_.icmp.rediraccept == 0 || inet6_.ip.forwarding != 0)
        return;
    if (!m.source.is_link_local() || to.is_v6_multicast() ||
        (target != to && !target.is_link_local())) {
        ++bad;
        return;
    }
    if (m.options.has_target)
        learn(m.ifp, target, m.options.target, target != to, target != to);
    inet6_.redirect(m.source, to, target, m.ifp);
}

// We are no router that advertises: only the neighbour is noted when we forward (RFC 4861 6.2.6).
void Nd6::router_solicit_input(const Message& m)
{
    if (inet6_.ip.forwarding != 0 && m.options.has_source)
        learn(m.ifp, m.source, m.options.source, true, false);
}

void Nd6::send_solicit(ifnet& ifp, const IpAddress& source, const IpAddress& target,
                       const IpAddress& to)
{
    struct {
        wire::NdTarget ns;
        wire::NdLinkOption link;
    } message = {};
    message.ns.header.type = wire::nd_neighbour_solicit;
    memcpy(message.ns.target, target.without_zone().bytes, sizeof(message.ns.target));
    message.link = {wire::ndopt_source_link, 1, ether_address(ifp)};
    // A probe for duplicates has no source, so it must not name its card either (RFC 4861 4.3).
    const size_t size = source.is_any() ? sizeof(message.ns) : sizeof(message);
    ++solicits_sent;
    (void)inet6_.icmp_send(&ifp, source, to.is_any() ? solicited_group(target, ifp) : to, &message,
                           size, nd_hops);
}

void Nd6::send_advert(ifnet& ifp, const IpAddress& target, const IpAddress& to, uint32_t flags)
{
    struct {
        wire::NdTarget na;
        wire::NdLinkOption link;
    } message = {};
    message.na.header.type = wire::nd_neighbour_advert;
    message.na.header.word = flags;
    memcpy(message.na.target, target.without_zone().bytes, sizeof(message.na.target));
    message.link = {wire::ndopt_target_link, 1, ether_address(ifp)};
    IpAddress source = target;
    if (inet6_.address_on(ifp, target) == nullptr) { // for a neighbour we speak for
        const ifaddr* own = inet6_.source_for(to, &ifp);
        if (own == nullptr)
            return;
        source = ip6_of(&own->address);
    }
    ++adverts_sent;
    (void)inet6_.icmp_send(&ifp, source, to, &message, sizeof(message), nd_hops);
}

} // namespace netmgr
