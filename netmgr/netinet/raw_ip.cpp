// SPDX-License-Identifier: Apache-2.0
// Raw IPv4 sockets.
#include "netinet/raw_ip.hpp"

#include <errno.h>
#include <netinet/in.h>
#include <sys/sockio.h>

#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/sockaddr.hpp"

namespace netmgr {

namespace {

constexpr size_t raw_space = 65536;
constexpr uint8_t raw_ttl = 255; // ping's documented TTL

} // namespace

RawProtosw::RawProtosw(Inet& inet)
    : Protosw(AF_INET, SOCK_RAW, 0, pr_atomic | pr_addr), table(inet),
      received(inet.stack.counters(), "raw.received"),
      full(inet.stack.counters(), "raw.socket_full"), inet_(inet)
{
}

int RawProtosw::attach(Socket& so, const Cred& cred)
{
    if (!cred.has(able_rawsock))
        return EACCES;
    if (so.protocol < 0 || so.protocol > 255)
        return EPROTONOSUPPORT;
    if (int error = soreserve(so, raw_space, raw_space))
        return error;
    Inpcb* inp = table.create(so);
    if (inp == nullptr)
        return ENOBUFS;
    inp->ttl = raw_ttl;
    return 0;
}

void RawProtosw::detach(Socket& so)
{
    table.destroy(inpcb_of(so));
}

int RawProtosw::bind(Socket& so, const sockaddr* name, const Cred&)
{
    if (name->sa_family != AF_INET)
        return EAFNOSUPPORT;
    if (name->sa_len < sizeof(sockaddr_in) - 8)
        return EINVAL;
    const uint32_t ip = ip_of(name);
    if (ip != 0 && !IN_MULTICAST(ip) && inet_.net.address_of(ip) == nullptr)
        return EADDRNOTAVAIL;
    inpcb_of(so).local = IpAddress::v4(ip);
    return 0;
}

int RawProtosw::connect(Socket& so, const sockaddr* name, const Cred&)
{
    if (name->sa_family != AF_INET)
        return EAFNOSUPPORT;
    if (name->sa_len < sizeof(sockaddr_in) - 8)
        return EINVAL;
    inpcb_of(so).foreign = IpAddress::v4(ip_of(name));
    soisconnected(so);
    return 0;
}

int RawProtosw::disconnect(Socket& so)
{
    inpcb_of(so).foreign = IpAddress::v4(0);
    so.state &= ~static_cast<uint32_t>(ss_connected);
    return 0;
}

int RawProtosw::sockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    store_sockaddr_in(name, len, inpcb_of(so).local.ip4(), 0);
    return 0;
}

int RawProtosw::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    store_sockaddr_in(name, len, inpcb_of(so).foreign.ip4(), 0);
    return 0;
}

int RawProtosw::setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
                       const Cred& cred)
{
    return level == IPPROTO_IP ? ip_setopt(inet_, inpcb_of(so), name, value, cred) : ENOPROTOOPT;
}

int RawProtosw::getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size)
{
    return level == IPPROTO_IP ? ip_getopt(inet_, inpcb_of(so), name, value, size) : ENOPROTOOPT;
}

int RawProtosw::output_built(Inpcb& inp, MbufPtr data, uint32_t source, uint32_t destination,
                             IpOutput& how)
{
    if (data.packet_len() + sizeof(wire::Ipv4Header) > wire::ipv4_packet_max)
        return EMSGSIZE;
    if (!data.prepend(sizeof(wire::Ipv4Header)))
        return ENOBUFS;
    auto& h = *data.as<wire::Ipv4Header>();
    h = {};
    h.set_header_len(sizeof(h));
    h.tos = inp.tos;
    h.ttl = inp.ttl;
    h.protocol = static_cast<uint8_t>(inp.so.protocol);
    h.fragment = static_cast<uint16_t>(0);
    h.source = source;
    h.destination = destination;
    how.set_options(inp.options);
    return ip_output(inet_, std::move(data), how);
}

// IP_HDRINCL: the client's header, in network order throughout; length, id and source are filled in where it left 0.
int RawProtosw::output_given(Inpcb&, MbufPtr data, IpOutput& how)
{
    if (data.packet_len() < sizeof(wire::Ipv4Header) || data.packet_len() > wire::ipv4_packet_max)
        return EINVAL;
    if (!data.pullup(sizeof(wire::Ipv4Header)))
        return ENOBUFS;
    const size_t header_len = data.as<wire::Ipv4Header>()->header_len();
    if (header_len < sizeof(wire::Ipv4Header) || header_len > data.packet_len() ||
        data.as<wire::Ipv4Header>()->version() != 4)
        return EINVAL;
    if (!data.pullup(header_len))
        return ENOBUFS;
    auto& h = *data.as<wire::Ipv4Header>();
    if (h.total_len == 0)
        h.total_len = static_cast<uint16_t>(data.packet_len());
    if (h.total_len != data.packet_len())
        return EINVAL;
    if (h.id == 0)
        h.id = inet_.ids.next();
    how.flags |= IpOutput::raw_header;
    return ip_output(inet_, std::move(data), how);
}

int RawProtosw::ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred&)
{
    return cmd == SIOCSIPMSFILTER || cmd == SIOCGIPMSFILTER
               ? ip_filter_ioctl(inet_, inpcb_of(so), cmd, data, reply)
               : ENOTTY;
}

int RawProtosw::send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control,
                     int send_flags, const Cred&)
{
    Inpcb& inp = inpcb_of(so);
    uint32_t destination = inp.foreign.ip4();
    SendControl extra;
    if (int error = ip_parse_control(control.get(), extra))
        return error;
    if (name != nullptr) {
        if ((so.state & ss_connected) != 0)
            return EISCONN;
        if (name->sa_family != AF_INET)
            return EAFNOSUPPORT;
        if (name->sa_len < sizeof(sockaddr_in) - 8)
            return EINVAL;
        destination = ip_of(name);
    }
    IpOutput how;
    how.route = &inp.route;
    how.fib = so.fib;
    how.tx_priority = so.tx_priority;
    how.multicast = &inp.multicast;
    how.via_interface = extra.if_index;
    how.flags = IpOutput::allow_broadcast |
                ((so.options & SO_DONTROUTE) != 0 || (send_flags & MSG_DONTROUTE) != 0
                     ? IpOutput::dont_route
                     : 0u);
    if ((inp.flags & inp_hdrincl) != 0)
        return output_given(inp, std::move(data), how);
    return output_built(inp, std::move(data), extra.source != 0 ? extra.source : inp.local.ip4(),
                        destination, how);
}

unsigned RawProtosw::input(const MbufPtr& m)
{
    const wire::Ipv4Header h = *m.as<wire::Ipv4Header>();
    const sockaddr_in from = make_sockaddr_in(h.source);
    const IpAddress source = IpAddress::v4(h.source);
    const IpAddress destination = IpAddress::v4(h.destination);
    unsigned count = 0;
    table.for_each([&](Inpcb& p) {
        if (p.so.protocol != 0 && p.so.protocol != h.protocol)
            return;
        if ((!p.local.is_any() && p.local != destination) ||
            (!p.foreign.is_any() && p.foreign != source))
            return;
        if (!p.multicast.allows(m->m_pkthdr.rcvif->if_index, h.destination, h.source))
            return;
        count++;
        MbufPtr copy(m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT));
        if (!copy)
            return;
        MbufPtr control = ip_received_control(inet_, p, *m, h);
        if (!p.so.rcv.append_address(as_sockaddr(from), std::move(copy), std::move(control))) {
            p.so.overflowed++;
            ++full;
            return;
        }
        ++received;
        sorwakeup(p.so);
    });
    return count;
}

void raw_input(Inet& inet, MbufPtr m, size_t)
{
    inet.raw->input(m);
}

void unknown_protocol_input(Inet& inet, MbufPtr m, size_t)
{
    if (inet.raw->input(m) != 0)
        return;
    ++inet.stats.no_protocol;
    icmp_error(inet, std::move(m), wire::icmp_unreachable, wire::unreach_protocol);
}

} // namespace netmgr
