// SPDX-License-Identifier: Apache-2.0
// The kernel's event ring: the last few thousand state changes, calls, messages and interrupts.
#pragma once

#include <cstdint>

namespace object {
struct Thread;
}

namespace sched {

enum class TraceKind : uint16_t {
    run = 1,
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
    denied, // an ability was missing: data = its id, value = the lowest value asked for
};

struct TraceEntry {
    uint64_t ns;
    uint16_t kind, cpu;
    int32_t pid, tid;
    uint32_t data;
    uint64_t value;
};

inline constexpr uint32_t trace_size = 4096; // entries

extern bool trace_on;
void trace_record(TraceKind kind, const object::Thread& thread, uint32_t data, uint64_t value);

inline void trace(TraceKind kind, const object::Thread& thread, uint32_t data, uint64_t value = 0)
{
    if (trace_on)
        trace_record(kind, thread, data, value);
}

/// Newest entries first into `out`; how many.
uint32_t trace_read(TraceEntry* out, uint32_t count);
void trace_clear();

} // namespace sched
