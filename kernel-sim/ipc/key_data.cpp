// SPDX-License-Identifier: Apache-2.0
// MsgKeyData(): a keyed hash by which one server recognises what another server gave to the same client.
#include "ipc/key_data.hpp"

#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "ipc/message.hpp"
#include "object/thread.hpp"

#include <cstring>

namespace ipc {

namespace {

// SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), fed eight bytes at a time.
class SipHash {
public:
    SipHash(uint64_t k0, uint64_t k1)
        : v_{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
             k1 ^ 0x7465646279746573}
    {
    }

    void add(uint64_t word)
    {
        v_[3] ^= word;
        rounds(2);
        v_[0] ^= word;
    }

    uint64_t finish()
    {
        v_[2] ^= 0xff;
        rounds(4);
        return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
    }

private:
    static uint64_t rotate(uint64_t value, int bits)
    {
        return value << bits | value >> (64 - bits);
    }

    void rounds(int count)
    {
        while (count-- > 0) {
            v_[0] += v_[1], v_[2] += v_[3];
            v_[1] = rotate(v_[1], 13) ^ v_[0], v_[3] = rotate(v_[3], 16) ^ v_[2];
            v_[0] = rotate(v_[0], 32);
            v_[2] += v_[1], v_[0] += v_[3];
            v_[1] = rotate(v_[1], 17) ^ v_[2], v_[3] = rotate(v_[3], 21) ^ v_[0];
            v_[2] = rotate(v_[2], 32);
        }
    }

    uint64_t v_[4];
};

uint64_t secret[2]; // of this boot

} // namespace

base::Result<uint32_t> key_data(object::Process& server, int rcvid, uint32_t key,
                                const Buffer& data)
{
    const object::Thread* client = client_of(server, rcvid);
    if (!client)
        return base::Err(base::Errno::esrch);
    if (secret[0] == 0) {
        secret[0] = arch::random_seed() | 1;
        secret[1] = arch::random_seed();
    }
    SipHash hash(secret[0], secret[1]);
    hash.add(static_cast<uint64_t>(client->process.pid));
    hash.add(data.size());
    constexpr uint64_t chunk_words = 32;
    uint64_t chunk[chunk_words];
    for (uint64_t offset = 0; offset < data.size(); offset += sizeof chunk) {
        const uint64_t size = base::min_of(data.size() - offset, uint64_t{sizeof chunk});
        memset(chunk, 0, sizeof chunk);
        if (copy(Buffer(chunk, size), 0, data, offset).fault != CopyFault::none)
            return base::Err(base::Errno::efault);
        for (uint64_t i = 0; i * sizeof(uint64_t) < size; ++i)
            hash.add(chunk[i]);
    }
    const uint64_t sum = hash.finish();
    return static_cast<uint32_t>(sum ^ sum >> 32) ^ key;
}

} // namespace ipc
