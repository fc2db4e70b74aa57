// SPDX-License-Identifier: Apache-2.0
// Raw IPv6 sockets: ICMPv6 filters, checksums made and checked by us.
#include "netinet6/raw_ip6.hpp"

#include <errno.h>
#include <netinet/in.h>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

constexpr size_t raw_space = 65536;

} // namespace

Raw6Protosw::Raw6Protosw(Inet6& inet6)
    : Protosw(AF_INET6, SOCK_RAW, 0, pr_atomic | pr_addr), table(inet6.inet),
      received(inet6.stack.counters(), "raw6.received"),
      full(inet6.stack.counters(), "raw6.socket_full"),
      bad_checksum(inet6.stack.counters(), "raw6.bad_checksum"), inet6_(inet6)
{
}

int Raw6Protosw::attach(Socket& so, const Cred& cred)
{
    if (!cred.has(able_rawsock))
        return EACCES;
    if (so.protocol < 0 || so.protocol > 255)
        return EPROTONOSUPPORT;
    if (int error = soreserve(so, raw_space, raw_space))
        return error;
    return table.create(so) != nullptr ? 0 : ENOBUFS;
}

void Raw6Protosw::detach(Socket& so)
{
    table.destroy(inpcb_of(so));
}

int Raw6Protosw::bind(Socket& so, const sockaddr* name, const Cred&)
{
    IpAddress ip;
    uint16_t port = 0;
    if (int error = table.decode_name(inpcb_of(so), name, ip, port))
        return error;
    if (ip.is_v4() || (!ip.is_any() && !ip.is_v6_multicast() && !inet6_.may_bind(ip)))
        return EADDRNOTAVAIL;
    inpcb_of(so).local = ip;
    return 0;
}

int Raw6Protosw::connect(Socket& so, const sockaddr* name, const Cred&)
{
    IpAddress ip;
    uint16_t port = 0;
    if (int error = table.decode_name(inpcb_of(so), name, ip, port))
        return error;
    if (ip.is_v4())
        return EADDRNOTAVAIL;
    inpcb_of(so).foreign = ip;
    soisconnected(so);
    return 0;
}

int Raw6Protosw::disconnect(Socket& so)
{
    inpcb_of(so).foreign = IpAddress();
    so.state &= ~static_cast<uint32_t>(ss_connected);
    return 0;
}

int Raw6Protosw::sockname(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    InpcbTable::encode_name(so, inpcb_of(so).local, 0, name, len);
    return 0;
}

int Raw6Protosw::peername(Socket& so, sockaddr_storage& name, socklen_t& len)
{
    InpcbTable::encode_name(so, inpcb_of(so).foreign, 0, name, len);
    return 0;
}

int Raw6Protosw::setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
                        const Cred& cred)
{
    return level != IPPROTO_IP ? inet6_.setopt(inpcb_of(so), level, name, value, cred)
                               : ENOPROTOOPT;
}

int Raw6Protosw::getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size)
{
    return level != IPPROTO_IP ? inet6_.getopt(inpcb_of(so), level, name, value, size)
                               : ENOPROTOOPT;
}

// RFC 3542 3.1: ICMPv6's always, others' when IPV6_CHECKSUM asks for it.
int Raw6Protosw::make_checksum(const Inpcb& inp, MbufPtr& m, const IpAddress& source,
                               const IpAddress& to, uint8_t protocol)
{
    const int32_t at = protocol == IPPROTO_ICMPV6 ? 2 : inp.six->checksum_at;
    if (at < 0)
        return 0;
    const size_t size = m.packet_len();
    if (size < static_cast<size_t>(at) + sizeof(Be16))
        return EINVAL;
    Be16 field = uint16_t{0};
    if (m_copyback(m.get(), at, sizeof(field), &field) != 0)
        return ENOBUFS;
    wire::Checksum sum;
    sum.add_pseudo(source, to, protocol, size);
    sum.add_chain(m.get(), 0, size);
    field = sum.value();
    return m_copyback(m.get(), at, sizeof(field), &field) != 0 ? ENOBUFS : 0;
}

int Raw6Protosw::send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control,
                      int send_flags, const Cred&)
{
    Inpcb& inp = inpcb_of(so);
    IpAddress to = inp.foreign;
    uint16_t port = 0;
    SendControl6 extra;
    if (int error = inet6_.parse_control(control.get(), extra))
        return error;
    if (name != nullptr) {
        if ((so.state & ss_connected) != 0)
            return EISCONN;
        if (int error = table.decode_name(inp, name, to, port))
            return error;
    }
    if (to.is_v4())
        return EADDRNOTAVAIL;
    IpAddress source = !extra.source.is_any() ? extra.source.with_zone(extra.if_index) : inp.local;
    if (source.is_any())
        if (int error = inet6_.choose_source(inp, to, source))
            return error;
    const auto protocol = static_cast<uint8_t>(so.protocol);
    if (int error = make_checksum(inp, data, source, to, protocol))
        return error;
    if (!data.prepend(sizeof(wire::Ipv6Header)))
        return ENOBUFS;
    make_ip_header(inet6_.inet, data.as<char>(), &inp, source, to, protocol);
    auto& h = *data.as<wire::Ipv6Header>();
    if (extra.hops >= 0)
        h.hop_limit = static_cast<uint8_t>(extra.hops);
    if (extra.traffic_class >= 0)
        h.set_flow(static_cast<uint8_t>(extra.traffic_class), 0);
    IpOutput how;
    how.route = &inp.route;
    how.fib = so.fib;
    how.six = inp.six;
    how.tx_priority = so.tx_priority;
    how.via_interface = extra.if_index != 0 ? extra.if_index : so.bound_if;
    how.dont_fragment6 = extra.dont_fragment;
    how.min_mtu6 = extra.min_mtu;
    how.flags = (so.options & SO_DONTROUTE) != 0 || (send_flags & MSG_DONTROUTE) != 0
                    ? IpOutput::dont_route
                    : 0u;
    return inet6_.output(std::move(data), how);
}

bool Raw6Protosw::passes(const Inpcb& p, const MbufPtr& m, size_t header_len, const IpArrival& a,
                         uint8_t protocol)
{
    if (p.so.protocol != 0 && p.so.protocol != protocol)
        return false;
    if ((!p.local.is_any() && p.local != a.destination) ||
        (!p.foreign.is_any() && p.foreign != a.source))
        return false;
    if (p.so.bound_if != 0 && p.so.bound_if != m->m_pkthdr.rcvif->if_index)
        return false;
    const size_t size = m.packet_len() - header_len;
    if (protocol == IPPROTO_ICMPV6) {
        uint8_t type = 0;
        m_copydata(m.get(), static_cast<int>(header_len), 1, &type);
        return (p.six->icmp6_filter[type >> 5] >> (type & 31) & 1) == 0;
    }
    if (p.six->checksum_at < 0)
        return true;
    wire::Checksum sum;
    sum.add_pseudo(a.source, a.destination, protocol, size);
    sum.add_chain(m.get(), header_len, size);
    if (sum.value() == 0)
        return true;
    ++bad_checksum;
    return false;
}

unsigned Raw6Protosw::input(const MbufPtr& m, size_t header_len, uint8_t protocol)
{
    const IpArrival a = ip_arrival(*m);
    unsigned count = 0;
    table.for_each([&](Inpcb& p) {
        if (!passes(p, m, header_len, a, protocol))
            return;
        count++;
        MbufPtr copy(m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT));
        if (!copy)
            return;
        MbufPtr control = inet6_.received_control(p, *m, a);
        m_adj(copy.get(), static_cast<int>(header_len));
        const sockaddr_in6 from = make_sockaddr_in6(a.source);
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

} // namespace netmgr
