// SPDX-License-Identifier: Apache-2.0
// TCP options, parsed from a segment and written into one.
#pragma once
#include <span>
#include <stddef.h>
#include <stdint.h>

#include "netinet/tcp_seq.hpp"
#include "wire/tcp.hpp"

namespace netmgr {

struct SackBlock {
    SeqNum start;
    SeqNum end; // one past the last byte
};

struct TcpOptions {
    static constexpr unsigned max_sacks = 4;
    static constexpr unsigned min_cookie = 4, max_cookie = 16; // RFC 7413 4.1.1, even

    bool has_mss = false;
    bool has_window_scale = false;
    bool has_timestamps = false;
    bool sack_permitted = false;
    bool has_signature = false;
    bool has_fastopen = false;
    uint8_t cookie_len = 0; // 0: a request for one
    uint8_t window_scale = 0;
    uint16_t mss = 0;
    uint32_t ts_value = 0;
    uint32_t ts_echo = 0;
    unsigned sack_count = 0;
    SackBlock sacks[max_sacks];
    uint8_t cookie[max_cookie] = {};
    size_t signature_at = 0; // offset of its 16 bytes in the option area
};

// Reads what is well-formed. False: a length is wrong (0, 1 or past the end); the segment is to be dropped (RFC 9293 MUST-7).
// syn: options that only mean something there are ignored elsewhere.
bool tcp_parse_options(std::span<const uint8_t> area, bool syn, TcpOptions& out);

// Writes them in BSD's order, padded to words. At most wire::tcp_options_max bytes; SACK blocks that do not fit are left out.
size_t tcp_build_options(TcpOptions& options, uint8_t* to);

} // namespace netmgr
