// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4 (Aumasson, Bernstein 2012) of a counter and the cycle counter, under the key the loader gave this process.
#include "secret.hpp"
#include <string.h>
#include <sys/auxv.h>
#include <sys/neutrino.h>

namespace {

struct SipHash {
    uint64_t v0, v1, v2, v3;

    explicit SipHash(const uint64_t (&key)[2])
        : v0(key[0] ^ 0x736f6d6570736575u), v1(key[1] ^ 0x646f72616e646f6du),
          v2(key[0] ^ 0x6c7967656e657261u), v3(key[1] ^ 0x7465646279746573u)
    {
    }
    static uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }
    void round()
    {
        v0 += v1;
        v1 = rotate(v1, 13) ^ v0;
        v0 = rotate(v0, 32);
        v2 += v3;
        v3 = rotate(v3, 16) ^ v2;
        v0 += v3;
        v3 = rotate(v3, 21) ^ v0;
        v2 += v1;
        v1 = rotate(v1, 17) ^ v2;
        v2 = rotate(v2, 32);
    }
    void add(uint64_t word)
    {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
    uint64_t finish()
    {
        v2 ^= 0xff;
        for (int i = 0; i < 4; ++i)
            round();
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

uint64_t counter;

} // namespace

uint64_t qnx::secret_number()
{
    uint64_t key[2] = {};
    if (const unsigned long random = getauxval(AT_RANDOM))
        memcpy(key, reinterpret_cast<const void*>(random), sizeof key);
    SipHash hash(key);
    hash.add(__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
    hash.add(ClockCycles());
    hash.add(uint64_t{16} << 56); // the length, as the algorithm ends
    return hash.finish();
}
