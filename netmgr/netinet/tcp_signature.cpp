// SPDX-License-Identifier: Apache-2.0
// The MD5 signature option (RFC 2385), with MD5 (RFC 1321).
#include <bit>
#include <string.h>

#include "netinet/tcp.hpp"

namespace netmgr {

namespace {

class Md5 {
public:
    void add(const void* bytes, size_t size)
    {
        const auto* p = static_cast<const uint8_t*>(bytes);
        for (size_t i = 0; i < size; ++i) {
            block_[total_++ % 64] = p[i];
            if (total_ % 64 == 0)
                transform();
        }
    }
    void finish(uint8_t (&out)[16])
    {
        const uint64_t bits = total_ * 8;
        const uint8_t one = 0x80;
        const uint8_t zero = 0;
        add(&one, 1);
        while (total_ % 64 != 56)
            add(&zero, 1);
        for (unsigned i = 0; i < 8; ++i) {
            const auto byte = static_cast<uint8_t>(bits >> (8 * i));
            add(&byte, 1);
        }
        for (unsigned i = 0; i < 16; ++i)
            out[i] = static_cast<uint8_t>(state_[i / 4] >> (8 * (i % 4)));
    }

private:
    void transform();

    uint32_t state_[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    uint64_t total_ = 0;
    uint8_t block_[64];
};

// floor(2^32 * |sin(i + 1)|), RFC 1321 3.4.
constexpr uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

void Md5::transform()
{
    uint32_t a = state_[0], b = state_[1], c = state_[2], d = state_[3];
    for (unsigned i = 0; i < 64; ++i) {
        uint32_t f;
        unsigned g;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            g = i;
            break;
        case 1:
            f = (d & b) | (~d & c);
            g = (5 * i + 1) % 16;
            break;
        case 2:
            f = b ^ c ^ d;
            g = (3 * i + 5) % 16;
            break;
        default:
            f = c ^ (b | ~d);
            g = 7 * i % 16;
            break;
        }
        const uint8_t* w = block_ + 4 * g;
        const uint32_t word = static_cast<uint32_t>(w[0]) | static_cast<uint32_t>(w[1]) << 8 |
                              static_cast<uint32_t>(w[2]) << 16 | static_cast<uint32_t>(w[3]) << 24;
        const uint32_t next = b + std::rotl(a + f + sines[i] + word, turns[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
    }
    state_[0] += a;
    state_[1] += b;
    state_[2] += c;
    state_[3] += d;
}

} // namespace

void tcp_signature(const uint8_t* pseudo, size_t pseudo_len, const wire::TcpHeader& header,
                   const mbuf* m, size_t data_at, std::span<const uint8_t> key, uint8_t (&out)[16])
{
    Md5 md5;
    wire::TcpHeader h = header;
    h.checksum = uint16_t{0};
    md5.add(pseudo, pseudo_len);
    md5.add(&h, sizeof(h));
    for (; m != nullptr; m = m->m_next) {
        const auto len = static_cast<size_t>(m->m_len);
        if (data_at < len)
            md5.add(m->m_data + data_at, len - data_at);
        data_at -= data_at < len ? data_at : len;
    }
    md5.add(key.data(), key.size());
    md5.finish(out);
}

size_t tcp_pseudo_header(const IpAddress& source, const IpAddress& destination, size_t size,
                         uint8_t (&out)[tcp_pseudo_max])
{
    if (destination.is_v4()) {
        const wire::TcpPseudoHeader pseudo = {source.ip4(), destination.ip4(), 0, wire::proto_tcp,
                                              static_cast<uint16_t>(size)};
        memcpy(out, &pseudo, sizeof(pseudo));
        return sizeof(pseudo);
    }
    const Be32 length = static_cast<uint32_t>(size);
    const Be32 protocol = uint32_t{wire::proto_tcp};
    memcpy(out, source.without_zone().bytes, 16);
    memcpy(out + 16, destination.without_zone().bytes, 16);
    memcpy(out + 32, &length, sizeof(length));
    memcpy(out + 36, &protocol, sizeof(protocol));
    return tcp_pseudo_max;
}

void Tcp::sign(const Headers& h, MbufPtr& m, size_t header_len, size_t signature_at,
               std::span<const uint8_t> key)
{
    const size_t ip_len = ip_header_size(h.destination);
    uint8_t pseudo[tcp_pseudo_max];
    const size_t pseudo_len =
        tcp_pseudo_header(h.source, h.destination, m.packet_len() - ip_len, pseudo);
    uint8_t digest[16];
    tcp_signature(pseudo, pseudo_len, *m.as<wire::TcpHeader>(ip_len), m.get(), header_len, key,
                  digest);
    memcpy(m.as<uint8_t>(ip_len + sizeof(wire::TcpHeader) + signature_at), digest, sizeof(digest));
}

} // namespace netmgr
