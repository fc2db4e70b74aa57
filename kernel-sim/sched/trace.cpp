// SPDX-License-Identifier: Apache-2.0
// The event ring. Overwrites its oldest entries; switched on by TraceEvent().
#include "sched/trace.hpp"

#include "object/thread.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"

namespace sched {

bool trace_on;

namespace {

TraceEntry ring[trace_size];
uint64_t written;

} // namespace

void trace_record(TraceKind kind, const object::Thread& thread, uint32_t data, uint64_t value)
{
    ring[written++ % trace_size] = {now_ns(),
                                    static_cast<uint16_t>(kind),
                                    static_cast<uint16_t>(per_cpu().id),
                                    thread.process.pid,
                                    thread.tid,
                                    data,
                                    value};
}

uint32_t trace_read(TraceEntry* out, uint32_t count)
{
    uint32_t n = 0;
    for (; n < count && n < trace_size && n < written; ++n)
        out[n] = ring[(written - 1 - n) % trace_size];
    return n;
}

void trace_clear()
{
    written = 0;
}

} // namespace sched
