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
// Of a kind that is kept, the data that are not.
constexpr unsigned kinds = static_cast<unsigned>(TraceKind::end) + 1;
uint64_t left_out[kinds][NTO_TRACE_SELECT_MAX / 64];
uint64_t partly; // kinds with something left out

bool is_left_out(TraceKind kind, uint32_t data)
{
    constexpr uint32_t code = (1u << NTO_TRACE_USER_PIECE_SHIFT) - 1;
    const uint32_t index = kind == TraceKind::user ? data & code : data;
    return index < NTO_TRACE_SELECT_MAX &&
           (left_out[static_cast<unsigned>(kind)][index / 64] & base::bit(index % 64));
}

void put(TraceKind kind, int pid, int tid, uint32_t data, uint64_t value)
{
    const uint64_t bit = base::bit(static_cast<unsigned>(kind));
    if (!(kept & bit) || ((partly & bit) && is_left_out(kind, data)))
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

void trace_keep(uint64_t wanted, uint64_t whole)
{
    partly &= kept & wanted & ~whole;
    kept = wanted;
}

bool trace_select(uint64_t kind, uint64_t data, bool on)
{
    if (kind >= kinds || data >= NTO_TRACE_SELECT_MAX)
        return false;
    const uint64_t bit = base::bit(static_cast<unsigned>(kind));
    if (!(kept & bit) || !(partly & bit))
        memset(left_out[kind], kept & bit ? 0 : 0xff, sizeof left_out[kind]);
    kept |= bit;
    partly |= bit;
    uint64_t& word = left_out[kind][data / 64];
    word = on ? word & ~base::bit(data % 64) : word | base::bit(data % 64);
    return true;
}

} // namespace sched
