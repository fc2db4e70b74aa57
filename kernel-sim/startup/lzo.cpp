// SPDX-License-Identifier: Apache-2.0
// Unpacks blocks of LZO1X data (include/abi/image.h). An instruction byte says how long a match is and how far back, its
// two lowest bits (or those of the distance) how many literals follow. Every read and write is checked.
#include "startup/startup.hpp"

namespace startup {

namespace {

struct Block {
    const uint8_t* data;
    const uint8_t* data_end;
    uint8_t* out_start;
    uint8_t* out;
    uint8_t* out_end;
    bool bad;

    uint32_t byte()
    {
        if (data == data_end) {
            bad = true;
            return 0;
        }
        return *data++;
    }
    uint32_t word()
    {
        const uint32_t low = byte();
        return low | byte() << 8;
    }
    /// A length whose field is 0 goes on in bytes: each zero is 255, the first other one is added.
    uint64_t long_length(uint32_t base)
    {
        uint64_t length = base;
        uint32_t next = byte();
        while (next == 0 && !bad) {
            length += 255;
            next = byte();
        }
        return length + next;
    }
    void literals(uint64_t count)
    {
        if (count > static_cast<uint64_t>(data_end - data) ||
            count > static_cast<uint64_t>(out_end - out)) {
            bad = true;
            return;
        }
        memcpy(out, data, count);
        out += count;
        data += count;
    }
    void match(uint64_t length, uint64_t distance)
    {
        if (distance > static_cast<uint64_t>(out - out_start) ||
            length > static_cast<uint64_t>(out_end - out)) {
            bad = true;
            return;
        }
        copy_upwards(out, out - distance, length);
        out += length;
    }
};

constexpr uint32_t near_end = 0x4000, after_literals = 0x801;

/// One instruction of 16 and more; gives the literals that follow, or 4 at the end of the block.
uint32_t long_match(Block& block, uint32_t code)
{
    if (code >= 64) { // 3..8 bytes, 11 bits of distance
        const uint32_t distance = (code >> 2 & 7) + (block.byte() << 3) + 1;
        block.match((code >> 5) + 1, distance);
        return code & 3;
    }
    if (code >= 32) { // 14 bits of distance
        const uint64_t length = (code & 31 ? code & 31 : block.long_length(31)) + 2;
        const uint32_t tail = block.word();
        block.match(length, (tail >> 2) + 1);
        return tail & 3;
    }
    const uint64_t length = (code & 7 ? code & 7 : block.long_length(7)) + 2;
    const uint32_t tail = block.word();
    const uint32_t distance = near_end + ((code & 8) << 11) + (tail >> 2);
    if (distance == near_end)
        return 4;
    block.match(length, distance);
    return tail & 3;
}

/// False when the block is damaged.
bool unpack_block(Block& block)
{
    uint32_t follow = 0; // literals copied after the last instruction; 4: a run of 4 and more
    if (block.data != block.data_end && *block.data > 17) {
        const uint32_t count = block.byte() - 17;
        block.literals(count);
        follow = count < 4 ? count : 4;
    }
    while (!block.bad) {
        const uint32_t code = block.byte();
        if (code >= 16) {
            follow = long_match(block, code);
            if (follow == 4)
                return !block.bad && block.data == block.data_end;
        } else if (follow == 0) { // a run of literals
            block.literals((code ? code : block.long_length(15)) + 3);
            follow = 4;
            continue;
        } else { // a short match: 2 bytes near, or 3 bytes behind a run
            const uint32_t distance = (code >> 2) + (block.byte() << 2);
            block.match(follow == 4 ? 3 : 2, distance + (follow == 4 ? after_literals : 1));
            follow = code & 3;
        }
        block.literals(follow);
    }
    return false;
}

} // namespace

bool unpack_lzo(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t size)
{
    const uint8_t* const end = data + length;
    uint8_t* const out_end = out + size;
    while (end - data >= 2) {
        const uint32_t packed = uint32_t{data[0]} << 8 | data[1];
        data += 2;
        if (packed == 0)
            return out == out_end;
        if (packed > static_cast<uint64_t>(end - data))
            return false;
        Block block{data, data + packed, out, out, out_end, false};
        if (!unpack_block(block))
            return false;
        data += packed;
        out = block.out;
    }
    return false;
}

} // namespace startup
