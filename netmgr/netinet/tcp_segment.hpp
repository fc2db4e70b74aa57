// SPDX-License-Identifier: Apache-2.0
// A received segment, decoded once; and what is needed to answer one.
#pragma once
#include <stdint.h>

#include "kern/mbuf_ptr.hpp"
#include "netinet/ip_options.hpp"
#include "netinet/tcp_options.hpp"
#include "wire/ip_address.hpp"

struct ifnet;

namespace netmgr {

struct TcpSegment {
    IpAddress source; // the peer
    IpAddress destination;
    uint16_t source_port = 0;
    uint16_t destination_port = 0;
    SeqNum seq;
    SeqNum ack;
    uint8_t flags = 0;
    uint8_t ttl = 0;
    uint8_t tos = 0;
    uint32_t window = 0; // as sent, not scaled
    uint32_t urgent = 0;
    uint32_t len = 0; // bytes of data
    TcpOptions options;
    IpOptions way_back; // a source route it came along, turned round; len 0: none
    ifnet* ifp = nullptr;
    MbufPtr data; // without headers; may be empty

    bool has(uint8_t flag) const { return (flags & flag) != 0; }
    // RFC 9293 SEG.LEN: SYN and FIN count.
    uint32_t seq_len() const
    {
        return len + (has(wire::tcp_syn) ? 1 : 0) + (has(wire::tcp_fin) ? 1 : 0);
    }
    SeqNum end() const { return seq + seq_len(); }
};

} // namespace netmgr
