// SPDX-License-Identifier: Apache-2.0
// One batch of random calls, made by a process without privileges, and what it leaves for its parent to read.
#pragma once

#include <atomic>
#include <cstdint>

inline constexpr uint32_t fuzz_uid = 1000;

/// In memory shared with the parent; one for each child.
struct Progress {
    std::atomic<uint64_t> calls, succeeded, refused;
    std::atomic<uint64_t> wrong; // results that are neither a value nor an error number
    std::atomic<int64_t> wrong_number, wrong_result;
};

struct BatchOptions {
    uint64_t seed;
    uint32_t calls;
    bool verbose; // each call is written to the debug console before it is made
};

/// Gives up root, makes the calls, ends the process.
[[noreturn]] void run_batch(const BatchOptions& options, Progress& progress);
