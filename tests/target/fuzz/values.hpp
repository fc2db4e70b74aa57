// SPDX-License-Identifier: Apache-2.0
// Makes arguments for the system-call fuzzer: by kind where a kind is known, boundary values and noise otherwise.
#pragma once

#include "fuzz/random.hpp"

#include <sys/types.h>

/// Memory of the fuzzed process that calls are pointed at: pages before and after it are not mapped.
struct Arena {
    static constexpr size_t size = 8 * 4096;
    unsigned char* data = nullptr;
    unsigned char* read_only = nullptr; // one page

    bool create();
};

class Values {
public:
    Values(Random& random, const Arena& arena) : random_(random), arena_(arena) {}

    /// One argument. Kinds: p pointer, b message buffer or iov array, l parts or length, n number, f flags, c coid, h chid,
    /// r rcvid, t tid, d pid, g signal, k clock, x timer, q interrupt, N nanoseconds (pointer), W: a word at a pointer.
    long argument(char kind);
    /// A 64-bit word as it could stand in a structure.
    uint64_t word();
    /// Fills a piece of the arena with words; returns its start.
    unsigned char* scribble();
    void remember_rcvid(long rcvid) { rcvid_ = rcvid; }

private:
    long pointer();
    long buffer();
    long nanoseconds();
    long coid();

    Random& random_;
    const Arena& arena_;
    long rcvid_ = 0;
};
