// SPDX-License-Identifier: Apache-2.0
// Internet checksum arithmetic.
#include "wire/checksum.hpp"

#include <bit>
#include <string.h>

#include <sys/mbuf.h>

namespace netmgr::wire {

void Checksum::add(const void* bytes, size_t size)
{
    auto* p = static_cast<const uint8_t*>(bytes);
    if (odd_ && size > 0) {
        sum_ += *p++;
        size--;
        odd_ = false;
    }
    // Words are summed as this machine reads them, 32 bits at a time, and turned round once (RFC 1071 2.B).
    uint64_t native = 0;
    for (; size >= 4; size -= 4, p += 4) {
        uint32_t word;
        memcpy(&word, p, sizeof(word));
        native += word;
    }
    if (size >= 2) {
        uint16_t word;
        memcpy(&word, p, sizeof(word));
        native += word;
        size -= 2;
        p += 2;
    }
    while (native >> 16 != 0)
        native = (native & 0xffff) + (native >> 16);
    auto folded16 = static_cast<uint16_t>(native);
    if constexpr (std::endian::native == std::endian::little)
        folded16 = static_cast<uint16_t>(folded16 << 8 | folded16 >> 8);
    sum_ += folded16;
    if (size > 0) {
        sum_ += static_cast<uint64_t>(*p) << 8;
        odd_ = true;
    }
}

void Checksum::add_chain(const mbuf* m, size_t offset, size_t size)
{
    while (m != nullptr && offset >= static_cast<size_t>(m->m_len)) {
        offset -= static_cast<size_t>(m->m_len);
        m = m->m_next;
    }
    for (; m != nullptr && size > 0; m = m->m_next) {
        const size_t there = static_cast<size_t>(m->m_len) - offset;
        const size_t here = there < size ? there : size;
        add(m->m_data + offset, here);
        size -= here;
        offset = 0;
    }
}

void Checksum::add_pseudo(uint32_t source, uint32_t destination, uint8_t protocol, size_t size)
{
    add32(source);
    add32(destination);
    add16(protocol);
    add16(static_cast<uint16_t>(size));
}

void Checksum::add_pseudo(const IpAddress& source, const IpAddress& destination, uint8_t protocol,
                          size_t size)
{
    if (destination.is_v4()) {
        add_pseudo(source.ip4(), destination.ip4(), protocol, size);
        return;
    }
    add(source.without_zone().bytes, sizeof(source.bytes));
    add(destination.without_zone().bytes, sizeof(destination.bytes));
    add32(static_cast<uint32_t>(size));
    add16(protocol);
}

uint16_t Checksum::folded() const
{
    uint64_t sum = sum_;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(sum);
}

uint16_t checksum(const void* bytes, size_t size)
{
    Checksum sum;
    sum.add(bytes, size);
    return sum.value();
}

uint16_t checksum_update(uint16_t old_checksum, uint16_t old_word, uint16_t new_word)
{
    uint32_t sum = static_cast<uint16_t>(~old_checksum);
    sum += static_cast<uint16_t>(~old_word);
    sum += new_word;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

} // namespace netmgr::wire
