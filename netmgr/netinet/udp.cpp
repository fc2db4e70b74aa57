// SPDX-License-Identifier: Apache-2.0
// UDP: datagrams to sockets and back.
#include "netinet/udp.hpp"

#include <errno.h>
#include <netinet/in.h>
#include <sys/sockio.h>

#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "wire/checksum.hpp"
#include "wire/udp.hpp"

namespace netmgr {

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
    inp.local_ip = 0; // BSD: chosen anew with the next connect
    so.state &= ~static_cast<uint32_t>(ss_connected);
    return 0;
}

int UdpProtosw::sockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    const Inpcb& inp = inpcb_of(so);
    store_sockaddr_in(name, len, inp.local_ip, inp.local_port);
    return 0;
}

int UdpProtosw::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    const Inpcb& inp = inpcb_of(so);
    store_sockaddr_in(name, len, inp.foreign_ip, inp.foreign_port);
    return 0;
}

int UdpProtosw::setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
                       const Cred& cred)
{
    if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
        return bind_to_device(inet_, inpcb_of(so), value);
    return level == IPPROTO_IP ? ip_setopt(inet_, inpcb_of(so), name, value, cred) : ENOPROTOOPT;
}

int UdpProtosw::getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size)
{
    return level == IPPROTO_IP ? ip_getopt(inet_, inpcb_of(so), name, value, size) : ENOPROTOOPT;
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
    uint32_t destination = inp.foreign_ip;
    uint16_t port = inp.foreign_port;
    SendControl extra;
    if (int error = ip_parse_control(control.get(), extra))
        return error;
    if (name != nullptr) {
        if (inp.connected())
            return EISCONN;
        if (name->sa_family != AF_INET)
            return EAFNOSUPPORT;
        if (name->sa_len < sizeof(sockaddr_in) - 8)
            return EINVAL;
        destination = ip_of(name);
        port = port_of(name);
        if (port == 0)
            return EADDRNOTAVAIL;
        if (destination == 0)
            destination = INADDR_LOOPBACK;
    }
    uint32_t source = extra.source != 0 ? extra.source : inp.local_ip;
    if (extra.source != 0 && inet_.net.address_of(extra.source) == nullptr)
        return EADDRNOTAVAIL;
    if (source == 0 || IN_MULTICAST(source) || inet_.is_broadcast_anywhere(source)) {
        if (int error = table.choose_source(inp, destination, source))
            return error;
    }
    if (inp.local_port == 0)
        if (int error = table.choose_port(inp, cred))
            return error;
    return output(inp, std::move(data), source, destination, port, extra, send_flags);
}

int UdpProtosw::output(Inpcb& inp, MbufPtr data, uint32_t source, uint32_t destination,
                       uint16_t port, const SendControl& control, int send_flags)
{
    const size_t headers = sizeof(wire::Ipv4Header) + sizeof(wire::UdpHeader);
    const size_t size = data.packet_len() + sizeof(wire::UdpHeader);
    if (data.packet_len() + headers > wire::ipv4_packet_max)
        return EMSGSIZE;
    if (!data.prepend(headers))
        return ENOBUFS;
    auto& h = *data.as<wire::Ipv4Header>();
    h = {};
    h.set_header_len(sizeof(h));
    h.tos = inp.tos;
    h.ttl = inp.ttl;
    h.protocol = wire::proto_udp;
    h.fragment = static_cast<uint16_t>(0);
    h.source = source;
    h.destination = destination;
    auto& udp = *data.as<wire::UdpHeader>(sizeof(h));
    udp.source_port = inp.local_port;
    udp.destination_port = port;
    udp.length = static_cast<uint16_t>(size);
    udp.checksum = static_cast<uint16_t>(0);
    if (inet_.udp_settings.checksum != 0) {
        wire::Checksum pseudo;
        pseudo.add_pseudo(source, destination, wire::proto_udp, size);
        udp.checksum = pseudo.folded();
        data->m_pkthdr.csum_flags = M_CSUM_UDPv4;
        data->m_pkthdr.csum_data = offsetof(wire::UdpHeader, checksum);
    }
    IpOutput how;
    how.route = &inp.route;
    how.fib = inp.so.fib;
    how.tx_priority = inp.so.tx_priority;
    how.multicast = &inp.multicast;
    how.set_options(inp.options);
    how.via_interface = control.if_index != 0 ? control.if_index : inp.so.bound_if;
    how.flags = ((inp.so.options & SO_BROADCAST) != 0 ? IpOutput::allow_broadcast : 0u) |
                ((inp.so.options & SO_DONTROUTE) != 0 || (send_flags & MSG_DONTROUTE) != 0
                     ? IpOutput::dont_route
                     : 0u);
    ++sent;
    return ip_output(inet_, std::move(data), how);
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
    const bool looped = (m->m_flags & M_LOOP) != 0 && inet_.udp_settings.do_loopback_cksum == 0;
    const int csum = m->m_pkthdr.csum_flags;
    if (udp.checksum == 0) {
        ++no_checksum;
    } else if ((csum & M_CSUM_UDPv4) != 0 && (m->m_flags & M_LOOP) == 0) {
        if ((csum & M_CSUM_TCP_UDP_BAD) != 0)
            return ++bad_checksum, false;
    } else if (!looped) {
        const auto& h = *m.as<wire::Ipv4Header>();
        wire::Checksum sum;
        sum.add_pseudo(h.source, h.destination, wire::proto_udp, size);
        sum.add_chain(m.get(), header_len, size);
        if (sum.value() != 0)
            return ++bad_checksum, false;
    }
    if (there > size)
        m_adj(m.get(), -static_cast<int>(there - size));
    return true;
}

void UdpProtosw::deliver_one(Inpcb& inp, MbufPtr m, size_t header_len)
{
    const auto& h = *m.as<wire::Ipv4Header>();
    const auto& udp = *m.as<wire::UdpHeader>(header_len);
    const sockaddr_in from = make_sockaddr_in(h.source, udp.source_port);
    if (inp.min_ttl != 0 && h.ttl < inp.min_ttl)
        return;
    MbufPtr control = ip_received_control(inet_, inp, *m, h);
    m_adj(m.get(), static_cast<int>(header_len + sizeof(udp)));
    if (!inp.so.rcv.append_address(as_sockaddr(from), std::move(m), std::move(control))) {
        inp.so.overflowed++;
        ++full;
        return;
    }
    ++delivered;
    sorwakeup(inp.so);
}

// Broadcasts and groups: every socket that fits gets its copy.
// only_sharers: a unicast datagram, and reuseport_unicast.
void UdpProtosw::deliver_to_many(MbufPtr m, size_t header_len, bool only_sharers)
{
    const wire::Ipv4Header h = *m.as<wire::Ipv4Header>();
    const wire::UdpHeader udp = *m.as<wire::UdpHeader>(header_len);
    const uint32_t destination = h.destination;
    const unsigned rcvif = m->m_pkthdr.rcvif->if_index;
    unsigned count = 0;
    table.for_each_on_port(udp.destination_port, [&](Inpcb& p) {
        if (p.local_ip != 0 && p.local_ip != destination)
            return;
        if (p.foreign_ip != 0 && (p.foreign_ip != h.source || p.foreign_port != udp.source_port))
            return;
        if (p.so.bound_if != 0 && p.so.bound_if != rcvif)
            return;
        if ((only_sharers && (p.so.options & SO_REUSEPORT) == 0) ||
            !p.multicast.allows(rcvif, destination, h.source))
            return;
        count++;
        if (mbuf* copy = m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT))
            if (MbufPtr own(copy); own.pullup(header_len + sizeof(udp)))
                deliver_one(p, std::move(own), header_len);
    });
    if (count == 0)
        ++no_port_broadcast;
}

void UdpProtosw::input(MbufPtr m, size_t header_len)
{
    ++received;
    if (!check(m, header_len))
        return;
    const auto& h = *m.as<wire::Ipv4Header>();
    const auto& udp = *m.as<wire::UdpHeader>(header_len);
    const uint32_t destination = h.destination;
    const ifnet& ifp = *m->m_pkthdr.rcvif;
    if (IN_MULTICAST(destination) || destination == INADDR_BROADCAST ||
        inet_.is_broadcast_on(ifp, destination)) {
        deliver_to_many(std::move(m), header_len);
        return;
    }
    Inpcb* inp = table.lookup(destination, udp.destination_port, h.source, udp.source_port);
    if (inp != nullptr && inp->so.bound_if != 0 && inp->so.bound_if != ifp.if_index)
        inp = nullptr;
    if (inp != nullptr && (inp->so.options & SO_REUSEPORT) != 0 &&
        inet_.stack.options().reuseport_unicast) {
        deliver_to_many(std::move(m), header_len, true);
        return;
    }
    if (inp != nullptr) {
        deliver_one(*inp, std::move(m), header_len);
        return;
    }
    if ((m->m_flags & (M_BCAST | M_MCAST)) != 0) {
        ++no_port_broadcast;
        return;
    }
    ++no_port;
    icmp_error(inet_, std::move(m), wire::icmp_unreachable, wire::unreach_port);
}

// An ICMP error reaches the socket whose datagram caused it; unconnected sockets cannot tell whose it was.
void UdpProtosw::error(const IpError& what)
{
    wire::UdpHeader udp;
    if (what.payload.size() < sizeof(udp))
        return;
    memcpy(&udp, what.payload.data(), sizeof(udp));
    table.for_each_on_port(udp.source_port, [&](Inpcb& p) {
        if (p.foreign_ip == what.destination && p.foreign_port == udp.destination_port &&
            (p.local_ip == 0 || p.local_ip == what.source))
            soseterror(p.so, what.error);
    });
}

} // namespace netmgr
