// SPDX-License-Identifier: Apache-2.0
// Parsing and building TCP options.
#include "netinet/tcp_options.hpp"

#include <string.h>

namespace netmgr {

namespace {

uint16_t get16(const uint8_t* p)
{
    return static_cast<uint16_t>(p[0] << 8 | p[1]);
}

uint32_t get32(const uint8_t* p)
{
    return static_cast<uint32_t>(get16(p)) << 16 | get16(p + 2);
}

void parse_sacks(const uint8_t* data, size_t size, TcpOptions& out)
{
    for (size_t at = 0; at + 8 <= size && out.sack_count < TcpOptions::max_sacks; at += 8)
        out.sacks[out.sack_count++] = {SeqNum(get32(data + at)), SeqNum(get32(data + at + 4))};
}

// One option with its data; a size that does not fit its kind makes it an unknown one, which is ignored.
void parse_one(uint8_t kind, const uint8_t* data, size_t size, bool syn, TcpOptions& out)
{
    switch (kind) {
    case wire::tcpopt_mss:
        if (size == 2 && syn) {
            out.has_mss = true;
            out.mss = get16(data);
        }
        break;
    case wire::tcpopt_window_scale:
        if (size == 1 && syn) {
            out.has_window_scale = true;
            out.window_scale = data[0] > wire::tcp_shift_max // RFC 7323 2.3: use 14
                                   ? static_cast<uint8_t>(wire::tcp_shift_max)
                                   : data[0];
        }
        break;
    case wire::tcpopt_sack_permitted:
        out.sack_permitted = out.sack_permitted || (size == 0 && syn);
        break;
    case wire::tcpopt_sack:
        if (size >= 8 && size % 8 == 0 && !syn)
            parse_sacks(data, size, out);
        break;
    case wire::tcpopt_timestamps:
        if (size == 8) {
            out.has_timestamps = true;
            out.ts_value = get32(data);
            out.ts_echo = get32(data + 4);
        }
        break;
    case wire::tcpopt_signature:
        out.has_signature = out.has_signature || size == 16;
        break;
    case wire::tcpopt_fastopen:
        if (syn && (size == 0 || (size >= TcpOptions::min_cookie &&
                                  size <= TcpOptions::max_cookie && size % 2 == 0))) {
            out.has_fastopen = true;
            out.cookie_len = static_cast<uint8_t>(size);
            memcpy(out.cookie, data, size);
        }
        break;
    default:
        break;
    }
}

class OptionWriter {
public:
    explicit OptionWriter(uint8_t* to) : to_(to) {}
    void put8(unsigned v) { to_[size_++] = static_cast<uint8_t>(v); }
    void put16(unsigned v)
    {
        put8(v >> 8);
        put8(v);
    }
    void put32(uint32_t v)
    {
        put16(v >> 16);
        put16(v & 0xffff);
    }
    void pad_to(size_t modulo_4)
    {
        while (size_ % 4 != modulo_4)
            put8(wire::tcpopt_nop);
    }
    void finish()
    {
        while (size_ % 4 != 0)
            put8(wire::tcpopt_end);
    }
    size_t size() const { return size_; }

private:
    uint8_t* to_;
    size_t size_ = 0;
};

void put_sacks(OptionWriter& w, const TcpOptions& o)
{
    const size_t room = wire::tcp_options_max - w.size();
    unsigned count = room >= 12 ? static_cast<unsigned>((room - 4) / 8) : 0;
    if (count > o.sack_count)
        count = o.sack_count;
    if (count == 0)
        return;
    w.pad_to(2);
    w.put8(wire::tcpopt_sack);
    w.put8(2 + 8 * count);
    for (unsigned i = 0; i < count; ++i) {
        w.put32(o.sacks[i].start.value);
        w.put32(o.sacks[i].end.value);
    }
}

} // namespace

bool tcp_parse_options(std::span<const uint8_t> area, bool syn, TcpOptions& out)
{
    for (size_t at = 0; at < area.size();) {
        const uint8_t kind = area[at];
        if (kind == wire::tcpopt_end)
            return true;
        if (kind == wire::tcpopt_nop) {
            at++;
            continue;
        }
        if (at + 1 >= area.size() || area[at + 1] < 2 || at + area[at + 1] > area.size())
            return false;
        if (kind == wire::tcpopt_signature && area[at + 1] == 18)
            out.signature_at = at + 2;
        parse_one(kind, area.data() + at + 2, area[at + 1] - 2u, syn, out);
        at += area[at + 1];
    }
    return true;
}

size_t tcp_build_options(TcpOptions& o, uint8_t* to)
{
    OptionWriter w(to);
    if (o.has_mss) {
        w.put16(wire::tcpopt_mss << 8 | 4);
        w.put16(o.mss);
    }
    if (o.has_window_scale) {
        w.put32(wire::tcpopt_nop << 24 | wire::tcpopt_window_scale << 16 | 3 << 8 | o.window_scale);
    }
    if (o.sack_permitted)
        w.put16(wire::tcpopt_sack_permitted << 8 | 2);
    if (o.has_timestamps) {
        w.pad_to(2);
        w.put16(wire::tcpopt_timestamps << 8 | 10);
        w.put32(o.ts_value);
        w.put32(o.ts_echo);
    }
    if (o.has_signature) {
        w.pad_to(2);
        w.put16(wire::tcpopt_signature << 8 | 18);
        o.signature_at = w.size();
        for (int i = 0; i < 4; ++i)
            w.put32(0);
    }
    if (o.has_fastopen && w.size() + 2 + o.cookie_len <= wire::tcp_options_max) {
        w.put16(wire::tcpopt_fastopen << 8 | (2u + o.cookie_len));
        for (unsigned i = 0; i < o.cookie_len; ++i)
            w.put8(o.cookie[i]);
    }
    if (o.sack_count != 0)
        put_sacks(w, o);
    w.finish();
    return w.size();
}

} // namespace netmgr
