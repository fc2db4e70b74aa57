// SPDX-License-Identifier: Apache-2.0
// TCP header (RFC 9293 3.1), its flags and option kinds.
#pragma once
#include <stddef.h>

#include "wire/be.hpp"

namespace netmgr::wire {

/*
 * |          Source port          |       Destination port        |
 * |                        Sequence number                        |
 * |                    Acknowledgment number                      |
 * | Offset| Rsrvd |C E U A P R S F|            Window             |
 * |           Checksum            |         Urgent pointer        |
 */
struct TcpHeader {
    Be16 source_port;
    Be16 destination_port;
    Be32 seq;
    Be32 ack;
    uint8_t offset; // high four bits: words of header
    uint8_t flags;
    Be16 window;
    Be16 checksum;
    Be16 urgent;

    size_t header_len() const { return static_cast<size_t>(offset >> 4) * 4; }
    void set_header_len(size_t bytes) { offset = static_cast<uint8_t>(bytes / 4 << 4); }
};
static_assert(sizeof(TcpHeader) == 20);

struct TcpPseudoHeader { // RFC 9293 3.1
    Be32 source;
    Be32 destination;
    uint8_t zero;
    uint8_t protocol;
    Be16 length;
};
static_assert(sizeof(TcpPseudoHeader) == 12);

enum TcpFlag : uint8_t {
    tcp_fin = 0x01,
    tcp_syn = 0x02,
    tcp_rst = 0x04,
    tcp_push = 0x08,
    tcp_ack = 0x10,
    tcp_urg = 0x20,
    tcp_ece = 0x40,
    tcp_cwr = 0x80,
};

enum TcpOptionKind : uint8_t {
    tcpopt_end = 0,
    tcpopt_nop = 1,
    tcpopt_mss = 2,
    tcpopt_window_scale = 3,   // RFC 7323 2
    tcpopt_sack_permitted = 4, // RFC 2018 2
    tcpopt_sack = 5,           // RFC 2018 3
    tcpopt_timestamps = 8,     // RFC 7323 3
    tcpopt_signature = 19,     // RFC 2385
    tcpopt_fastopen = 34,      // RFC 7413 4.1.1
};

constexpr size_t tcp_options_max = 40;
constexpr size_t tcp_window_max = 65535;
constexpr unsigned tcp_shift_max = 14;    // RFC 7323 2.3
constexpr uint16_t tcp_default_mss = 536; // RFC 9293 3.7.1

// Codepoints of the IP header's ECN field (RFC 3168 5).
enum EcnCodepoint : uint8_t { ecn_not_ect = 0, ecn_ect1 = 1, ecn_ect0 = 2, ecn_ce = 3 };
constexpr uint8_t ecn_mask = 3;

} // namespace netmgr::wire
