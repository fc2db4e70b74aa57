// SPDX-License-Identifier: Apache-2.0
// What the processes of the stress test share: one life for each process that ever was, with what it was sent and what it got.
#pragma once

#include <atomic>
#include <cstdint>

namespace stress {

inline constexpr unsigned slots = 8, servers = 3,
                          clients = 4; // with the main thread, 8 threads in 8 processes
inline constexpr unsigned max_lives = 16384;
inline constexpr int pulse_code = 17, timer_code = 18;

/// Of each kind of thing: meant to be sent (counted before), known to be delivered (after), received.
struct Traffic {
    std::atomic<uint64_t> meant, sent, received;
};

enum class State : uint32_t { starting, serving, dead };

struct Life {
    std::atomic<int> pid, chid;
    std::atomic<State> state;
    std::atomic<uint32_t> idle_clients; // those that have seen `stop`
    std::atomic<uint64_t> steps;        // of its clients: a life that stands still is stuck
    Traffic messages, pulses, signals;
};

struct Shared {
    std::atomic<bool> stop;    // clients end; servers go on
    std::atomic<bool> finish;  // processes end
    std::atomic<bool> failing; // allocations of procnto fail: ENOMEM and EAGAIN are right answers
    std::atomic<uint32_t> current[slots]; // the life in a slot
    std::atomic<uint64_t> wrong;          // things that must not happen; each is printed
    std::atomic<uint64_t> refused;        // ENOMEM and EAGAIN
    std::atomic<uint64_t>
        ended_early; // EINTR, ESRCH, EBADF, ETIMEDOUT: the other one went, or we were interrupted
    std::atomic<uint64_t> bytes, spawned, mapped;
    Life lives[max_lives];
};

extern Shared* shared;

/// The body of one process: life number `life` in slot `slot`. Never returns.
[[noreturn]] void live(uint32_t life, unsigned slot, uint64_t seed, const char* program);
/// Counts and prints something that must not happen.
void wrong(const char* what, long value);

} // namespace stress
