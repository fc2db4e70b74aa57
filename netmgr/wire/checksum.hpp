// SPDX-License-Identifier: Apache-2.0
// The Internet checksum (RFC 1071) over bytes and mbuf chains, and its incremental update (RFC 1624).
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "wire/be.hpp"
#include "wire/ip_address.hpp"

struct mbuf;

namespace netmgr::wire {

// Adds up 16-bit words in network order; odd pieces may follow each other.
class Checksum {
public:
    void add(const void* bytes, size_t size);
    void add16(uint16_t value) { sum_ += value; }
    void add32(uint32_t value) { sum_ += (value >> 16) + (value & 0xffff); }
    // size bytes of the chain from offset.
    void add_chain(const mbuf* m, size_t offset, size_t size);
    // RFC 768/9293 pseudo header.
    void add_pseudo(uint32_t source, uint32_t destination, uint8_t protocol, size_t size);
    // Of either family (RFC 8200 8.1).
    void add_pseudo(const IpAddress& source, const IpAddress& destination, uint8_t protocol,
                    size_t size);
    uint16_t folded() const;                                            // the sum, not complemented
    uint16_t value() const { return static_cast<uint16_t>(~folded()); } // what goes into the header

private:
    uint64_t sum_ = 0;
    bool odd_ = false; // the next byte is the low half of a word
};

uint16_t checksum(const void* bytes, size_t size);
// checksum with one 16-bit word of the data changed (RFC 1624 eqn. 3).
uint16_t checksum_update(uint16_t old_checksum, uint16_t old_word, uint16_t new_word);

} // namespace netmgr::wire
