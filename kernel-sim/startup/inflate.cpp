// SPDX-License-Identifier: Apache-2.0
// Unpacks a zlib stream (RFC 1950, RFC 1951) whose size is known. Every length and distance is checked. Short codes
// are looked up, long ones decoded bit by bit.
#include "startup/startup.hpp"

namespace startup {

namespace {

constexpr uint32_t max_bits = 15, literal_codes = 288, distance_codes = 32, length_codes = 19;
constexpr uint32_t end_of_block = 256;

/// Canonical code: how many symbols have each length, and the symbols in order; for codes of up to fast_bits bits the
/// next bits of the stream are the index of symbol and length. length 0: a longer code.
constexpr uint32_t fast_bits = 10;
struct Code {
    uint16_t count[max_bits + 1];
    uint16_t symbol[literal_codes];
    struct {
        uint16_t symbol;
        uint8_t length;
    } fast[1 << fast_bits];
};

struct Stream {
    const uint8_t* data;
    const uint8_t* data_end;
    uint8_t* out_start;
    uint8_t* out;
    uint8_t* out_end;
    uint32_t bits, held;
    bool bad;

    /// Bits behind the end are zeros.
    uint32_t look(uint32_t count)
    {
        while (held < count && data != data_end) {
            bits |= uint32_t{*data++} << held;
            held += 8;
        }
        return bits & ((uint32_t{1} << count) - 1);
    }
    uint32_t take(uint32_t count)
    {
        while (held < count) {
            if (data == data_end) {
                bad = true;
                return 0;
            }
            bits |= uint32_t{*data++} << held;
            held += 8;
        }
        const uint32_t value = bits & ((uint32_t{1} << count) - 1);
        bits >>= count;
        held -= count;
        return value;
    }
};

/// Codes lie in the stream with their first bit lowest: the table is filled at every index that ends in the code.
void fill_fast(Code& code, uint32_t symbol, uint32_t length, uint32_t bits)
{
    uint32_t reversed = 0;
    for (uint32_t i = 0; i < length; ++i)
        reversed |= (bits >> i & 1) << (length - 1 - i);
    for (uint32_t at = reversed; at < 1 << fast_bits; at += 1 << length)
        code.fast[at] = {static_cast<uint16_t>(symbol), static_cast<uint8_t>(length)};
}

/// False when the lengths are no code; one that is not used up may stand (one distance only, RFC 1951 3.2.7).
bool make_code(Code& code, const uint8_t* lengths, uint32_t count)
{
    uint16_t next[max_bits + 2] = {};      // where the next symbol of a length goes
    uint32_t next_code[max_bits + 2] = {}; // and its code
    memset(code.count, 0, sizeof code.count);
    memset(code.fast, 0, sizeof code.fast);
    for (uint32_t i = 0; i < count; ++i)
        ++code.count[lengths[i]];
    int32_t left = 1;
    for (uint32_t length = 1; length <= max_bits; ++length) {
        left = left * 2 - code.count[length];
        if (left < 0)
            return false;
        next[length + 1] = static_cast<uint16_t>(next[length] + code.count[length]);
        next_code[length + 1] = (next_code[length] + code.count[length]) << 1;
    }
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t length = lengths[i];
        if (length == 0)
            continue;
        code.symbol[next[length]++] = static_cast<uint16_t>(i);
        if (length <= fast_bits)
            fill_fast(code, i, length, next_code[length]);
        ++next_code[length];
    }
    return true;
}

uint32_t decode(Stream& stream, const Code& code)
{
    const auto& fast = code.fast[stream.look(fast_bits)];
    if (fast.length != 0 && fast.length <= stream.held) {
        stream.bits >>= fast.length;
        stream.held -= fast.length;
        return fast.symbol;
    }
    int32_t value = 0, first = 0, index = 0;
    for (uint32_t length = 1; length <= max_bits && !stream.bad; ++length) {
        value |= static_cast<int32_t>(stream.take(1));
        const int32_t count = code.count[length];
        if (value - count < first)
            return code.symbol[index + (value - first)];
        index += count;
        first = (first + count) * 2;
        value *= 2;
    }
    stream.bad = true;
    return end_of_block;
}

void copy_match(Stream& stream, uint32_t length, uint32_t distance)
{
    if (distance > static_cast<uint64_t>(stream.out - stream.out_start) ||
        length > static_cast<uint64_t>(stream.out_end - stream.out)) {
        stream.bad = true;
        return;
    }
    copy_upwards(stream.out, stream.out - distance, length);
    stream.out += length;
}

void read_symbols(Stream& stream, const Code& literals, const Code& distances)
{
    static const uint16_t length_base[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                           15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                           67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                           2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_base[] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    while (!stream.bad) {
        uint32_t symbol = decode(stream, literals);
        if (symbol == end_of_block)
            return;
        if (symbol < end_of_block) {
            if (stream.out == stream.out_end) {
                stream.bad = true;
                return;
            }
            *stream.out++ = static_cast<uint8_t>(symbol);
            continue;
        }
        symbol -= end_of_block + 1;
        if (symbol >= sizeof length_extra) {
            stream.bad = true;
            return;
        }
        const uint32_t length = length_base[symbol] + stream.take(length_extra[symbol]);
        const uint32_t far = decode(stream, distances);
        if (stream.bad || far >= sizeof distance_base / sizeof *distance_base) {
            stream.bad = true;
            return;
        }
        copy_match(stream, length, distance_base[far] + stream.take(far < 2 ? 0 : far / 2 - 1));
    }
}

void read_stored(Stream& stream)
{
    stream.data -= stream.held / 8; // whole bytes that were only looked at
    stream.bits = stream.held = 0;
    const uint32_t length = stream.take(16), complement = stream.take(16);
    if (stream.bad || length != (complement ^ 0xffff) ||
        length > static_cast<uint64_t>(stream.data_end - stream.data) ||
        length > static_cast<uint64_t>(stream.out_end - stream.out)) {
        stream.bad = true;
        return;
    }
    memcpy(stream.out, stream.data, length);
    stream.out += length;
    stream.data += length;
}

Code literals, distances;

void read_fixed(Stream& stream)
{
    uint8_t lengths[literal_codes];
    for (uint32_t i = 0; i < literal_codes; ++i)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    make_code(literals, lengths, literal_codes);
    memset(lengths, 5, 30);
    make_code(distances, lengths, 30);
    read_symbols(stream, literals, distances);
}

/// The lengths of both codes, themselves coded (RFC 1951 3.2.7).
bool read_lengths(Stream& stream, uint8_t* lengths, uint32_t count)
{
    for (uint32_t i = 0; i < count && !stream.bad;) {
        const uint32_t symbol = decode(stream, literals);
        if (symbol < 16) {
            lengths[i++] = static_cast<uint8_t>(symbol);
            continue;
        }
        if (symbol > 18 || (symbol == 16 && i == 0))
            return false;
        const uint8_t value = symbol == 16 ? lengths[i - 1] : 0;
        uint32_t times = symbol == 16   ? 3 + stream.take(2)
                         : symbol == 17 ? 3 + stream.take(3)
                                        : 11 + stream.take(7);
        if (times > count - i)
            return false;
        for (; times; --times)
            lengths[i++] = value;
    }
    return !stream.bad;
}

void read_dynamic(Stream& stream)
{
    static const uint8_t order[length_codes] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    const uint32_t literal_count = stream.take(5) + 257, distance_count = stream.take(5) + 1;
    const uint32_t length_count = stream.take(4) + 4;
    uint8_t lengths[literal_codes + distance_codes] = {};
    for (uint32_t i = 0; i < length_count; ++i)
        lengths[order[i]] = static_cast<uint8_t>(stream.take(3));
    stream.bad = stream.bad || literal_count > 286 || !make_code(literals, lengths, length_codes);
    memset(lengths, 0, sizeof lengths);
    if (stream.bad || !read_lengths(stream, lengths, literal_count + distance_count) ||
        !make_code(literals, lengths, literal_count) ||
        !make_code(distances, lengths + literal_count, distance_count)) {
        stream.bad = true;
        return;
    }
    read_symbols(stream, literals, distances);
}

uint32_t adler32(const uint8_t* data, uint64_t size)
{
    uint32_t low = 1, high = 0;
    while (size != 0) {
        uint64_t part = size < 5552 ? size : 5552; // no overflow within so many (RFC 1950)
        size -= part;
        for (; part != 0; --part) {
            low += *data++;
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    return high << 16 | low;
}

} // namespace

bool inflate(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t size)
{
    // 8 = deflate, no preset dictionary, header divisible by 31
    if (length < 6 || (data[0] & 15) != 8 || (data[1] & 0x20) ||
        (data[0] * 256 + data[1]) % 31 != 0)
        return false;
    Stream stream{data + 2, data + length, out, out, out + size, 0, 0, false};
    bool last = false;
    while (!last && !stream.bad) {
        last = stream.take(1) != 0;
        switch (stream.take(2)) {
        case 0:
            read_stored(stream);
            break;
        case 1:
            read_fixed(stream);
            break;
        case 2:
            read_dynamic(stream);
            break;
        default:
            stream.bad = true;
        }
    }
    stream.data -= stream.held / 8;
    if (stream.bad || stream.out != stream.out_end || stream.data_end - stream.data < 4)
        return false;
    const uint8_t* sum = stream.data;
    return adler32(out, size) ==
           (uint32_t{sum[0]} << 24 | uint32_t{sum[1]} << 16 | uint32_t{sum[2]} << 8 | sum[3]);
}

} // namespace startup
