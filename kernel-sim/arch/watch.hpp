// SPDX-License-Identifier: Apache-2.0
// Addresses the processor itself watches for a debugger: of each process up to four, loaded with its address space.
#pragma once

#include <cstdint>

namespace object {
struct Process;
struct Thread;
} // namespace object

namespace arch {

inline constexpr uint32_t watch_count = 4;

enum class WatchKind : uint8_t { none, execute, write, access }; // access: read or write

struct Watch {
    uint64_t address;
    uint8_t size; // 1, 2, 4 or 8 bytes, the address a multiple of it
    WatchKind kind;
};

/// Can the processor do it? (An instruction has size 1.)
bool can_watch(const Watch& watch);
/// `watches` (watch_count of them; nullptr = none) are the process' from now on; it keeps them. None of its threads runs, so that each loads
/// them with its next turn.
void set_watches(object::Process& process, const Watch* watches);
/// Which of them stopped the thread just now, bit by bit: after a trap, before anything else runs on this CPU. Clears what was there.
uint32_t take_watch_hits();
/// It stopped before an instruction that is watched: it may do that one now.
void pass_watched_instruction(object::Thread& thread);

} // namespace arch
