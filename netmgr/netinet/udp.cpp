// SPDX-License-Identifier: Apache-2.0
// UDP: datagrams to sockets and back.
#include "netinet/udp.hpp"

#include <errno.h>
#include <netinet/in.h>
#include <sys/sockio.h>

#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/sockaddr6.hpp"
#include "wire/checksum.hpp"
#include "wire/udp.hpp"

namespace netmgr {

namespace {

void apply_control(wire::Ipv6Header& h, const Inpcb& inp, const SendControl6& control,
                   IpOutput& how)
{
    how.six = inp.six;
    how.dont_fragment6 = control.dont_fragment;
    how.min_mtu6 = control.min_mtu;
    if (control.hops >= 0)
        h.hop_limit = static_cast<uint8_t>(control.hops);
    if (control.traffic_class >= 0)
        h.set_flow(static_cast<uint8_t>(control.traffic_class), 0);
}

} // namespace

UdpProtosw::UdpProtosw(Inet& inet)
    : Protosw(AF_INET, SOCK_DGRAM, IPPROTO_UDP, pr_atomic | pr_addr), table(inet),
      received(inet.stack.counters(), "udp.received"), sent(inet.stack.counters(), "udp.sent"),
      delivered(inet.stack.counters(), "udp.delivered"),
      bad_len(inet.stack.counters(), "udp.bad_len"),
      bad_checksum(inet.stack.counters(), "udp.bad_checksum"),
      no_checksum(inet.stack.counters(), "udp.no_checksum"),
      no_port(inet.stack.counters(), "udp.no_port"),
      no_port_broadcast(inet.stack.counters(), "udp.no_port_broadcast"),
      full(inet.stack.counters(), "udp.socket_full"), inet_(inet)
{
}

int UdpProtosw::attach(Socket& so, const Cred&)
{
    if (int error = soreserve(so, static_cast<size_t>(inet_.udp_settings.sendspace),
                              static_cast<size_t>(inet_.udp_settings.recvspace)))
        return error;
    return table.create(so) != nullptr ? 0 : ENOBUFS;
}

void UdpProtosw::detach(Socket& so)
{
    table.destroy(inpcb_of(so));
}

int UdpProtosw::bind(Socket& so, const sockaddr* name, const Cred& cred)
{
    return table.bind(inpcb_of(so), name, cred);
}

int UdpProtosw::connect(Socket& so, const sockaddr* name, const Cred& cred)
{
    if (int error = table.connect(inpcb_of(so), name, cred))
        return error;
    soisconnected(so);
    return 0;
}

int UdpProtosw::disconnect(Socket& so)
{
    Inpcb& inp = inpcb_of(so);
    if (!inp.connected())
        return ENOTCONN;
    table.disconnect(inp);
    inp.local = inp.foreign; // any; BSD: chosen anew with the next connect
    so.state &= ~static_cast<uint32_t>(ss_connected);
    return 0;
}

int UdpProtosw::sockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    const Inpcb& inp = inpcb_of(so);
    InpcbTable::encode_name(so, inp.local, inp.local_port, name, len);
    return 0;
}

int UdpProtosw::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    const Inpcb& inp = inpcb_of(so);
    InpcbTable::encode_name(so, inp.foreign, inp.foreign_port, name, len);
    return 0;
}

int UdpProtosw::setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
                       const Cred& cred)
{
    if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
        return bind_to_device(inet_, inpcb_of(so), value);
    return internet_setopt(inet_, inpcb_of(so), level, name, value, cred);
}

int UdpProtosw::getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size)
{
    return internet_getopt(inet_, inpcb_of(so), level, name, value, size);
}

// Where a datagram goes and what of: the name given, or the connection's.
int UdpProtosw::choose_ends(Inpcb& inp, const sockaddr* name, const UdpControl& control, Ends& ends)
{
    ends.to = inp.foreign;
    ends.port = inp.foreign_port;
    if (name != nullptr) {
        if (inp.connected())
            return EISCONN;
        if (int error = table.decode_name(inp, name, ends.to, ends.port))
            return error;
        if (ends.port == 0)
            return EADDRNOTAVAIL;
        if (ends.to.is_any())
            ends.to = ends.to.is_v4() ? IpAddress::v4(INADDR_LOOPBACK) : IpAddress::v6_loopback();
        if (!inp.local.is_any() && inp.local.is_v4() != ends.to.is_v4())
            return EINVAL;
    }
    const IpAddress& given = control.source();
    ends.from = given.is_any() ? inp.local : given;
    if (!given.is_any() && !table.is_ours(given))
        return EADDRNOTAVAIL;
    if (!table.may_send_from(ends.from))
        return table.choose_source(inp, ends.to, ends.from);
    return 0;
}

int UdpProtosw::ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred&)
{
    return cmd == SIOCSIPMSFILTER || cmd == SIOCGIPMSFILTER
               ? ip_filter_ioctl(inet_, inpcb_of(so), cmd, data, reply)
               : ENOTTY;
}

int UdpProtosw::send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control,
                     int send_flags, const Cred& cred)
{
    Inpcb& inp = inpcb_of(so);
    UdpControl extra;
    Ends ends;
    const int bad = inp.six != nullptr ? inet_.six->parse_control(control.get(), extra.six)
                                       : ip_parse_control(control.get(), extra.four);
    if (bad != 0)
        return bad;
    if (inp.six != nullptr && extra.six.source.is_any())
        extra.six.source = inp.six->source;
    if (int error = choose_ends(inp, name, extra, ends))
        return error;
    if (inp.local_port == 0)
        if (int error = table.choose_port(inp, cred))
            return error;
    return output(inp, std::move(data), ends, extra, send_flags);
}

int UdpProtosw::output(Inpcb& inp, MbufPtr data, const Ends& ends, const UdpControl& control,
                       int send_flags)
{
    const bool v4 = ends.to.is_v4();
    const size_t header_len = ip_header_size(ends.to);
    const size_t size = data.packet_len() + sizeof(wire::UdpHeader);
    if (size + (v4 ? header_len : 0) > wire::ipv4_packet_max)
        return EMSGSIZE;
    if (!data.prepend(header_len + sizeof(wire::UdpHeader)))
        return ENOBUFS;
    make_ip_header(inet_, data.as<char>(), &inp, ends.from, ends.to, wire::proto_udp);
    auto& udp = *data.as<wire::UdpHeader>(header_len);
    udp.source_port = inp.local_port;
    udp.destination_port = ends.port;
    udp.length = static_cast<uint16_t>(size);
    udp.checksum = static_cast<uint16_t>(0);
    if (inet_.udp_settings.checksum != 0 || !v4) { // RFC 8200 8.1: no choice
        wire::Checksum pseudo;
        pseudo.add_pseudo(ends.from, ends.to, wire::proto_udp, size);
        udp.checksum = pseudo.folded();
        data->m_pkthdr.csum_flags = v4 ? M_CSUM_UDPv4 : M_CSUM_UDPv6;
        data->m_pkthdr.csum_data = offsetof(wire::UdpHeader, checksum);
    }
    IpOutput how;
    how.route = &inp.route;
    how.fib = inp.so.fib;
    how.tx_priority = inp.so.tx_priority;
    how.multicast = &inp.multicast;
    how.set_options(inp.options);
    how.via_interface = control.interface() != 0 ? control.interface() : inp.so.bound_if;
    how.flags = ((inp.so.options & SO_BROADCAST) != 0 ? IpOutput::allow_broadcast : 0u) |
                ((inp.so.options & SO_DONTROUTE) != 0 || (send_flags & MSG_DONTROUTE) != 0
                     ? IpOutput::dont_route
                     : 0u);
    if (!v4)
        apply_control(*data.as<wire::Ipv6Header>(), inp, control.six, how);
    ++sent;
    return ip_send(inet_, std::move(data), how);
}

// Length and checksum. False: counted.
bool UdpProtosw::check(MbufPtr& m, size_t header_len)
{
    const size_t there = m.packet_len() - header_len;
    if (there < sizeof(wire::UdpHeader) || !m.pullup(header_len + sizeof(wire::UdpHeader)))
        return ++bad_len, false;
    const auto& udp = *m.as<wire::UdpHeader>(header_len);
    const size_t size = udp.length;
    if (size < sizeof(udp) || size > there)
        return ++bad_len, false;
    const bool v4 = m.as<wire::Ipv4Header>()->version() == 4;
    const bool looped = (m->m_flags & M_LOOP) != 0 && inet_.udp_settings.do_loopback_cksum == 0;
    const int csum = m->m_pkthdr.csum_flags;
    if (udp.checksum == 0) {
        ++no_checksum;
        if (!v4)
            return ++bad_checksum, false; // RFC 8200 8.1
    } else if ((csum & (v4 ? M_CSUM_UDPv4 : M_CSUM_UDPv6)) != 0 && (m->m_flags & M_LOOP) == 0) {
        if ((csum & M_CSUM_TCP_UDP_BAD) != 0)
            return ++bad_checksum, false;
    } else if (!looped) {
        const IpArrival a = ip_arrival(*m);
        wire::Checksum sum;
        sum.add_pseudo(a.source, a.destination, wire::proto_udp, size);
        sum.add_chain(m.get(), header_len, size);
        if (sum.value() != 0)
            return ++bad_checksum, false;
    }
    if (there > size)
        m_adj(m.get(), -static_cast<int>(there - size));
    return true;
}

void UdpProtosw::deliver_one(Inpcb& inp, MbufPtr m, size_t header_len, const IpArrival& a)
{
    const auto& udp = *m.as<wire::UdpHeader>(header_len);
    sockaddr_storage from;
    socklen_t len = 0;
    InpcbTable::encode_name(inp.so, a.source, udp.source_port, from, len);
    if (inp.min_ttl != 0 && a.ttl < inp.min_ttl)
        return;
    MbufPtr control = inp.six != nullptr
                          ? inet_.six->received_control(inp, *m, a)
                          : ip_received_control(inet_, inp, *m, *m.as<wire::Ipv4Header>());
    m_adj(m.get(), static_cast<int>(header_len + sizeof(udp)));
    if (!inp.so.rcv.append_address(reinterpret_cast<const sockaddr*>(&from), std::move(m),
                                   std::move(control))) {
        inp.so.overflowed++;
        ++full;
        return;
    }
    ++delivered;
    sorwakeup(inp.so);
}

// Broadcasts and groups: every socket that fits gets its copy.
// only_sharers: a unicast datagram, and reuseport_unicast.
void UdpProtosw::deliver_to_many(MbufPtr m, size_t header_len, const IpArrival& a,
                                 bool only_sharers)
{
    const wire::UdpHeader udp = *m.as<wire::UdpHeader>(header_len);
    const unsigned rcvif = m->m_pkthdr.rcvif->if_index;
    unsigned count = 0;
    table.for_each_on_port(udp.destination_port, [&](Inpcb& p) {
        if (!p.accepts(a.destination) || (!p.local.is_any() && p.local != a.destination))
            return;
        if (p.connected() && (p.foreign != a.source || p.foreign_port != udp.source_port))
            return;
        if (p.so.bound_if != 0 && p.so.bound_if != rcvif)
            return;
        if ((only_sharers && (p.so.options & SO_REUSEPORT) == 0) ||
            (a.v4 && !p.multicast.allows(rcvif, a.destination.ip4(), a.source.ip4())))
            return;
        count++;
        if (mbuf* copy = m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT))
            if (MbufPtr own(copy); own.pullup(header_len + sizeof(udp)))
                deliver_one(p, std::move(own), header_len, a);
    });
    if (count == 0)
        ++no_port_broadcast;
}

bool UdpProtosw::is_for_many(const IpArrival& a, const ifnet& ifp)
{
    if (!a.v4)
        return a.destination.is_v6_multicast();
    const uint32_t ip = a.destination.ip4();
    return IN_MULTICAST(ip) || ip == INADDR_BROADCAST || inet_.is_broadcast_on(ifp, ip);
}

void UdpProtosw::input(MbufPtr m, size_t header_len)
{
    ++received;
    if (!check(m, header_len))
        return;
    const IpArrival a = ip_arrival(*m);
    const auto& udp = *m.as<wire::UdpHeader>(header_len);
    const ifnet& ifp = *m->m_pkthdr.rcvif;
    if (is_for_many(a, ifp)) {
        deliver_to_many(std::move(m), header_len, a);
        return;
    }
    Inpcb* inp = table.lookup(a.destination, udp.destination_port, a.source, udp.source_port);
    if (inp != nullptr && inp->so.bound_if != 0 && inp->so.bound_if != ifp.if_index)
        inp = nullptr;
    if (inp != nullptr && (inp->so.options & SO_REUSEPORT) != 0 &&
        inet_.stack.options().reuseport_unicast) {
        deliver_to_many(std::move(m), header_len, a, true);
        return;
    }
    if (inp != nullptr) {
        deliver_one(*inp, std::move(m), header_len, a);
        return;
    }
    if ((m->m_flags & (M_BCAST | M_MCAST)) != 0) {
        ++no_port_broadcast;
        return;
    }
    ++no_port;
    if (a.v4)
        icmp_error(inet_, std::move(m), wire::icmp_unreachable, wire::unreach_port);
    else
        inet_.six->port_unreachable(std::move(m));
}

// An ICMP error reaches the socket whose datagram caused it; unconnected sockets cannot tell whose it was.
void UdpProtosw::error(const IpError& what)
{
    wire::UdpHeader udp;
    if (what.payload.size() < sizeof(udp))
        return;
    memcpy(&udp, what.payload.data(), sizeof(udp));
    table.for_each_on_port(udp.source_port, [&](Inpcb& p) {
        if (p.foreign == what.destination && p.foreign_port == udp.destination_port &&
            (p.local.is_any() || p.local == what.source))
            soseterror(p.so, what.error);
    });
}

} // namespace netmgr
