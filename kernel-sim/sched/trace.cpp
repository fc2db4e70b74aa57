// SPDX-License-Identifier: Apache-2.0
// The event ring. Overwrites its oldest entries; switched on by TraceEvent().
#include "sched/trace.hpp"

#include "base/bits.hpp"
#include "object/thread.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"

#include <cstring>

namespace sched {

bool trace_on;

namespace {

TraceEntry ring[trace_size];
uint64_t written, taken; // entries since the ring was cleared
uint64_t kept = ~uint64_t{0};

void put(TraceKind kind, int pid, int tid, uint32_t data, uint64_t value)
{
    if (!(kept & base::bit(static_cast<unsigned>(kind))))
        return;
    ring[written++ % trace_size] = {
        now_ns(), static_cast<uint16_t>(kind), static_cast<uint16_t>(per_cpu().id), pid, tid, data,
        value};
}

} // namespace

void trace_record(TraceKind kind, const object::Thread& thread, uint32_t data, uint64_t value)
{
    put(kind, thread.process.pid, thread.tid, data, value);
}

void trace_name(const object::Process& process)
{
    if (!trace_on)
        return;
    const size_t length = strlen(process.name);
    for (size_t at = 0; at < length; at += 8) {
        uint64_t piece = 0;
        memcpy(&piece, process.name + at, base::min_of(length - at, size_t{8}));
        put(TraceKind::name, process.pid, 0, static_cast<uint32_t>(at / 8), piece);
    }
}

void trace_names()
{
    for (object::Process* p = object::next_process(nullptr); p; p = object::next_process(p))
        trace_name(*p);
}

const TraceEntry* trace_latest(uint32_t back)
{
    return back < trace_size && back < written ? &ring[(written - 1 - back) % trace_size] : nullptr;
}

const TraceEntry* trace_oldest(uint64_t& lost)
{
    if (written - taken > trace_size) {
        lost += written - taken - trace_size;
        taken = written - trace_size;
    }
    return taken == written ? nullptr : &ring[taken % trace_size];
}

void trace_taken()
{
    ++taken;
}

void trace_clear()
{
    written = taken = 0;
}

void trace_keep(uint64_t kinds)
{
    kept = kinds;
}

} // namespace sched
