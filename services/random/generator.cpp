// SPDX-License-Identifier: Apache-2.0
// ChaCha20 block function, seeding and key erasure.
#include "generator.hpp"

#include <bit>
#include <cstring>
#include <ctime>
#include <sys/neutrino.h>

namespace random_server {

namespace {

constexpr uint64_t reseed_after = 1u << 20;

void quarter(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d)
{
    d = std::rotl(d ^ (a += b), 16);
    b = std::rotl(b ^ (c += d), 12);
    d = std::rotl(d ^ (a += b), 8);
    b = std::rotl(b ^ (c += d), 7);
}

bool has_rdrand()
{
    uint32_t a = 1, b = 0, c = 0, d = 0;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c >> 30) & 1;
}

bool rdrand(uint64_t& value)
{
    for (int tries = 0; tries < 10; ++tries) {
        unsigned char good;
        __asm__ volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(good));
        if (good) {
            return true;
        }
    }
    return false;
}

// How long a short sleep takes, in cycles: interrupts and other processes make it uneven.
uint64_t jitter()
{
    uint64_t value = 0;
    for (int i = 0; i < 64; ++i) {
        const uint64_t before = ClockCycles();
        if (i % 16 == 0) {
            const timespec nap = {0, 1000};
            nanosleep(&nap, nullptr);
        } else {
            SchedYield();
        }
        value = std::rotl(value, 7) ^ (ClockCycles() - before) ^ before;
    }
    return value;
}

} // namespace

void Generator::block(uint32_t counter, uint8_t out[64]) const
{
    uint32_t start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    std::memcpy(start + 4, key_, sizeof key_);
    start[12] = counter;
    uint32_t x[16];
    std::memcpy(x, start, sizeof x);
    for (int round = 0; round < 10; ++round) {
        quarter(x[0], x[4], x[8], x[12]);
        quarter(x[1], x[5], x[9], x[13]);
        quarter(x[2], x[6], x[10], x[14]);
        quarter(x[3], x[7], x[11], x[15]);
        quarter(x[0], x[5], x[10], x[15]);
        quarter(x[1], x[6], x[11], x[12]);
        quarter(x[2], x[7], x[8], x[13]);
        quarter(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; ++i) {
        x[i] += start[i];
    }
    std::memcpy(out, x, sizeof x);
}

// The first half of block 0 is the next key; it is never given out.
void Generator::rekey()
{
    uint8_t out[64];
    block(0, out);
    std::memcpy(key_, out, sizeof key_);
}

void Generator::mix(const void* data, size_t n)
{
    const auto* p = static_cast<const uint8_t*>(data);
    for (size_t at = 0; at < n; at += sizeof key_) {
        uint32_t part[8] = {};
        std::memcpy(part, p + at, n - at < sizeof part ? n - at : sizeof part);
        for (int i = 0; i < 8; ++i) {
            key_[i] ^= part[i];
        }
        rekey();
    }
}

void Generator::seed()
{
    const bool hardware = has_rdrand();
    uint64_t pool[8];
    for (uint64_t& word : pool) {
        uint64_t value = 0;
        word = jitter();
        if (hardware && rdrand(value)) {
            word ^= value;
        }
    }
    mix(pool, sizeof pool);
    drawn_ = 0;
}

void Generator::bytes(uint8_t* out, size_t n)
{
    if (drawn_ > reseed_after) {
        seed();
    }
    drawn_ += n;
    for (uint32_t counter = 1; n > 0; ++counter) {
        uint8_t piece[64];
        block(counter, piece);
        const size_t take = n < sizeof piece ? n : sizeof piece;
        std::memcpy(out, piece, take);
        out += take;
        n -= take;
    }
    rekey();
}

} // namespace random_server
