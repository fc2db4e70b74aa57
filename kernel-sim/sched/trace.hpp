// SPDX-License-Identifier: Apache-2.0
// The kernel's event ring: the last few thousand state changes, calls, messages and interrupts.
#pragma once

#include <abi/trace.h>
#include <cstdint>

namespace object {
struct Thread;
struct Process;
} // namespace object

namespace sched {

enum class TraceKind : uint16_t {
    run = NTO_TRACE_RUN,
    ready,
    block,
    wake,
    call,
    call_exit,
    send,
    receive,
    reply,
    pulse,
    interrupt,
    user,
    denied,
    timer,
    name,
    begin,
    end,
};
static_assert(static_cast<int>(TraceKind::end) == NTO_TRACE_END);

using TraceEntry = nto_trace_record;

inline constexpr uint32_t trace_size = 16384; // entries

extern bool trace_on;
void trace_record(TraceKind kind, const object::Thread& thread, uint32_t data, uint64_t value);

/// Off, it is one load and a branch. Big kernel lock held.
inline void trace(TraceKind kind, const object::Thread& thread, uint32_t data, uint64_t value = 0)
{
    if (__builtin_expect(trace_on, 0))
        trace_record(kind, thread, data, value);
}
/// The process' name, in pieces of eight characters.
void trace_name(const object::Process& process);
/// The names of all processes: a trace that starts now can tell who is who.
void trace_names();

/// What a record of a message pairs by: the rcvid, and how long it was.
inline uint64_t trace_message(int rcvid, uint64_t bytes)
{
    return uint64_t{static_cast<uint32_t>(rcvid)} << 32 | (bytes & 0xffffffff);
}

/// Newest entry first: number `back`, 0 = the latest. nullptr: there is none.
const TraceEntry* trace_latest(uint32_t back);
/// The oldest entry not yet taken, nullptr when there is none; `lost` grows by what was overwritten before it.
const TraceEntry* trace_oldest(uint64_t& lost);
/// The entry trace_oldest() showed has been taken.
void trace_taken();
void trace_clear();
/// Bit n: kind n is recorded; those of `whole` without selection.
void trace_keep(uint64_t kinds, uint64_t whole);
/// Of a kind, what has this data; false: no such kind or data.
bool trace_select(uint64_t kind, uint64_t data, bool on);

} // namespace sched
