// SPDX-License-Identifier: Apache-2.0
// Putting headers in front of a segment and sending it; answers that belong to no connection.
#include "netinet/tcp.hpp"
#include "netinet/tcp_segment.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv6.hpp"

namespace netmgr {

namespace {

constexpr size_t link_room = 32;

// A packet header with room for all headers, data behind it.
MbufPtr with_header(Stack& stack, size_t header_len, MbufPtr data)
{
    MbufPtr m(stack.mbufs().get_hdr(MT_DATA));
    if (!m)
        return MbufPtr();
    const int data_len = data ? m_length(data.get()) : 0;
    if (data)
        data->m_flags &= ~M_PKTHDR;
    m->m_data += link_room;
    m->m_len = static_cast<int>(header_len);
    m->m_pkthdr.len = m->m_len + data_len;
    m->m_next = data.release();
    return m;
}

} // namespace

int Tcp::send_segment(const Headers& h, TcpOptions& options, MbufPtr data, const IpOutput& how,
                      std::span<const uint8_t> md5_key)
{
    uint8_t area[wire::tcp_options_max];
    const size_t option_len = tcp_build_options(options, area);
    const size_t tcp_len = sizeof(wire::TcpHeader) + option_len;
    const size_t ip_len = ip_header_size(h.destination);
    const size_t header_len = ip_len + tcp_len;
    static_assert(link_room + sizeof(wire::Ipv6Header) + sizeof(wire::TcpHeader) +
                      wire::tcp_options_max <=
                  MSIZE - sizeof(m_hdr) - sizeof(pkthdr));
    MbufPtr m = with_header(inet.stack, header_len, std::move(data));
    if (!m) {
        ++stats.no_memory;
        return ENOBUFS;
    }
    make_ip_header(inet, m.as<char>(), nullptr, h.source, h.destination, wire::proto_tcp);
    if (h.destination.is_v4()) {
        auto& ip = *m.as<wire::Ipv4Header>();
        ip.tos = h.tos;
        ip.ttl = h.ttl;
        ip.fragment = h.dont_fragment ? wire::Ipv4Header::dont_fragment : uint16_t{0};
    } else {
        m.as<wire::Ipv6Header>()->set_flow(h.tos, 0);
        m.as<wire::Ipv6Header>()->hop_limit = h.ttl;
    }
    auto& tcp = *m.as<wire::TcpHeader>(ip_len);
    tcp.source_port = h.source_port;
    tcp.destination_port = h.destination_port;
    tcp.seq = h.seq.value;
    tcp.ack = h.ack.value;
    tcp.set_header_len(tcp_len);
    tcp.flags = h.flags;
    tcp.window = h.window;
    tcp.urgent = h.urgent;
    tcp.checksum = uint16_t{0};
    memcpy(m.as<uint8_t>(ip_len + sizeof(tcp)), area, option_len);
    if (options.has_signature)
        sign(h, m, header_len, options.signature_at, md5_key);
    wire::Checksum pseudo;
    pseudo.add_pseudo(h.source, h.destination, wire::proto_tcp, m.packet_len() - ip_len);
    m.as<wire::TcpHeader>(ip_len)->checksum = pseudo.folded();
    m->m_pkthdr.csum_flags = h.destination.is_v4() ? M_CSUM_TCPv4 : M_CSUM_TCPv6;
    m->m_pkthdr.csum_data = offsetof(wire::TcpHeader, checksum);
    return ip_send(inet, std::move(m), how);
}

bool Tcp::reset_allowed()
{
    if (settings.rstppslimit < 0)
        return true;
    if (now_ns() - reset_window_ns_ >= ns_per_s) {
        reset_window_ns_ = now_ns();
        resets_in_window_ = 0;
    }
    if (resets_in_window_ >= settings.rstppslimit) {
        ++stats.resets_limited;
        return false;
    }
    resets_in_window_++;
    return true;
}

// RFC 9293 3.5.2 group 1 and 2: the peer must find it acceptable.
void Tcp::send_reset(const TcpSegment& s)
{
    if (s.has(wire::tcp_rst) || !reset_allowed())
        return;
    const bool has_ack = s.has(wire::tcp_ack);
    const Headers h = {s.destination,
                       s.source,
                       s.destination_port,
                       s.source_port,
                       has_ack ? s.ack : SeqNum(),
                       has_ack ? SeqNum() : s.seq + s.seq_len(),
                       static_cast<uint8_t>(wire::tcp_rst | (has_ack ? 0 : wire::tcp_ack)),
                       0,
                       0,
                       ip_hops(inet, nullptr, s.source),
                       0,
                       inet.ip.mtudisc != 0};
    TcpOptions none;
    ++stats.resets_sent;
    ++stats.sent;
    (void)send_segment(h, none, MbufPtr(), IpOutput());
}

} // namespace netmgr
