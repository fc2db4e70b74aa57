// SPDX-License-Identifier: Apache-2.0
// IPv4 identification: random, and none comes back before 4096 others were used (RFC 6864, RFC 4413's advice).
#pragma once
#include <stdint.h>

namespace netmgr {

class Stack;

class IpIds {
public:
    IpIds(Stack& stack, uint32_t reserved)
        : stack_(stack), reserved_(reserved < 32768 ? reserved : 32768)
    {
    }
    uint16_t next();

private:
    static constexpr unsigned history = 4096;
    bool recent(uint16_t id) const { return (used_[id / 8] >> (id % 8) & 1) != 0; }

    Stack& stack_;
    const uint32_t reserved_; // ids below are never chosen (ipid_reserved)
    uint16_t ring_[history] = {};
    unsigned at_ = 0;
    uint8_t used_[65536 / 8] = {};
};

} // namespace netmgr
