// SPDX-License-Identifier: Apache-2.0
// Initial sequence numbers and timestamp offsets nobody outside can guess (RFC 6528, RFC 7323 7.1).
#pragma once
#include <stdint.h>

#include "netinet/tcp_seq.hpp"
#include "wire/ip_address.hpp"

namespace netmgr {

class Stack;

class TcpIsn {
public:
    explicit TcpIsn(Stack& stack);

    // RFC 6528 3: a 4-us clock plus a keyed hash of the connection.
    SeqNum make(const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                uint16_t foreign_port);
    // The same for every connection between two hosts, so that PAWS works over TIME-WAIT.
    uint32_t timestamp_offset(const IpAddress& local, const IpAddress& foreign);
    // Two hosts in one word: as they are when IPv4, hashed when IPv6.
    uint64_t pair(const IpAddress& a, const IpAddress& b) const;
    uint64_t hash(uint64_t a, uint64_t b, uint64_t c) const; // SipHash-2-4 of 24 bytes

private:
    Stack& stack_;
    uint64_t key_[2];
};

} // namespace netmgr
