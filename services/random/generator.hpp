// SPDX-License-Identifier: Apache-2.0
// Random bytes: ChaCha20 (RFC 8439) keyed from the hardware, with a new key after every request ("fast key erasure").
#pragma once
#include <cstddef>
#include <cstdint>

namespace random_server {

class Generator {
public:
    void seed(); // gathers from RDRAND and from the jitter of the cycle counter
    void mix(const void* data, size_t n); // what somebody writes to the device
    void bytes(uint8_t* out, size_t n);

private:
    void block(uint32_t counter, uint8_t out[64]) const;
    void rekey();

    uint32_t key_[8] = {};
    uint64_t drawn_ = 0; // bytes since the last seed
};

} // namespace random_server
