// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4 (Aumasson, Bernstein) and what is made of it.
#include "netinet/tcp_isn.hpp"

#include <bit>

#include "kern/stack.hpp"

namespace netmgr {

namespace {

struct SipState {
    uint64_t v0, v1, v2, v3;

    void round()
    {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    void add(uint64_t word)
    {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

} // namespace

TcpIsn::TcpIsn(Stack& stack) : stack_(stack)
{
    stack.platform().random_bytes(key_, sizeof(key_));
}

uint64_t TcpIsn::hash(uint64_t a, uint64_t b, uint64_t c) const
{
    SipState s = {key_[0] ^ 0x736f6d6570736575, key_[1] ^ 0x646f72616e646f6d,
                  key_[0] ^ 0x6c7967656e657261, key_[1] ^ 0x7465646279746573};
    s.add(a);
    s.add(b);
    s.add(c);
    s.add(uint64_t{24} << 56);
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; ++i)
        s.round();
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t TcpIsn::pair(const IpAddress& a, const IpAddress& b) const
{
    if (b.is_v4())
        return static_cast<uint64_t>(a.ip4()) << 32 | b.ip4();
    return hash(hash(3, a.high(), a.low()), b.high(), b.low());
}

SeqNum TcpIsn::make(const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                    uint16_t foreign_port)
{
    const uint64_t secret =
        hash(1, pair(local, foreign), static_cast<uint64_t>(local_port) << 16 | foreign_port);
    return SeqNum(static_cast<uint32_t>(secret) + static_cast<uint32_t>(stack_.now_ns() / 4000));
}

uint32_t TcpIsn::timestamp_offset(const IpAddress& local, const IpAddress& foreign)
{
    return static_cast<uint32_t>(hash(2, pair(local, foreign), 0));
}

} // namespace netmgr
