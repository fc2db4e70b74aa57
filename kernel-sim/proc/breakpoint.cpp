// SPDX-License-Identifier: Apache-2.0
// Breakpoints of a debugged process.
#include "proc/breakpoint.hpp"

#include "mm/address_space.hpp"
#include "object/process.hpp"
#include "object/thread.hpp"

#include <errno.h>

namespace proc {

namespace {

constexpr uint32_t data_kinds = _DEBUG_BREAK_RD | _DEBUG_BREAK_RW | _DEBUG_BREAK_RWM;

/// What only reads is watched as reads and writes: the processor cannot tell them apart.
arch::WatchKind kind_of(uint32_t type)
{
    switch (type & ~_DEBUG_BREAK_HW) {
    case _DEBUG_BREAK_EXEC:
        return arch::WatchKind::execute;
    case _DEBUG_BREAK_RD:
    case _DEBUG_BREAK_RW:
        return arch::WatchKind::access;
    case _DEBUG_BREAK_RWM:
        return arch::WatchKind::write;
    default:
        return arch::WatchKind::none;
    }
}

uint32_t type_of(arch::WatchKind kind)
{
    return _DEBUG_BREAK_HW | (kind == arch::WatchKind::execute ? _DEBUG_BREAK_EXEC
                              : kind == arch::WatchKind::write ? _DEBUG_BREAK_RWM
                                                               : _DEBUG_BREAK_RW);
}

bool some_thread_runs(object::Process& process)
{
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        const object::Thread* thread = process.threads.get(tid);
        if (thread != nullptr && thread->state == object::ThreadState::running) {
            return true;
        }
    }
    return false;
}

} // namespace

Breakpoints::Point* Breakpoints::find(uint64_t addr)
{
    for (uint32_t i = 0; i < count_; ++i) {
        if (points_[i].addr == addr) {
            return &points_[i];
        }
    }
    return nullptr;
}

void Breakpoints::remove(object::Process& process, Point& point)
{
    if (process.space != nullptr) {
        (void)process.space->write_forced(point.addr, point.code, sizeof point.code);
    }
    point = points_[--count_];
}

int Breakpoints::insert(object::Process& process, uint64_t addr)
{
    if (find(addr) != nullptr) {
        return EOK;
    }
    if (count_ == _DEBUG_BREAK_MAX) {
        return ENOMEM;
    }
    Point& fresh = points_[count_];
    fresh.addr = addr;
    if (!process.space->copy_in(fresh.code, addr, sizeof fresh.code) ||
        !process.space->write_forced(addr, arch::breakpoint_code, sizeof fresh.code)) {
        return EFAULT;
    }
    ++count_;
    return EOK;
}

void Breakpoints::tell(object::Process& process)
{
    bool any = false;
    for (const arch::Watch& watch : watches_) {
        any = any || watch.kind != arch::WatchKind::none;
    }
    arch::set_watches(process, any ? watches_ : nullptr);
}

int Breakpoints::insert_watch(object::Process& process, const procfs_break& wanted)
{
    const arch::WatchKind kind = kind_of(wanted.type);
    const int32_t size = kind == arch::WatchKind::execute ? 1 : wanted.size;
    const arch::Watch watch{wanted.addr, static_cast<uint8_t>(size), kind};
    if (size > 8 || !arch::can_watch(watch)) {
        return EINVAL;
    }
    arch::Watch* free = nullptr;
    for (arch::Watch& each : watches_) {
        if (each.kind == kind && each.address == watch.address && each.size == watch.size) {
            return EOK;
        }
        free = each.kind == arch::WatchKind::none ? &each : free;
    }
    if (free == nullptr) {
        return ENOMEM;
    }
    *free = watch;
    tell(process);
    return EOK;
}

bool Breakpoints::remove_watch(object::Process& process, uint64_t addr)
{
    bool found = false;
    for (arch::Watch& watch : watches_) {
        if (watch.kind != arch::WatchKind::none && (addr == 0 || watch.address == addr)) {
            watch = {};
            found = true;
        }
    }
    if (found) {
        tell(process);
    }
    return found;
}

int Breakpoints::change(object::Process& process, const procfs_break& wanted)
{
    if (wanted.size < 0) {
        if (wanted.addr == 0) {
            remove_all(process);
            return EOK;
        }
        Point* there = find(wanted.addr);
        if (there != nullptr) {
            remove(process, *there);
        }
        return remove_watch(process, wanted.addr) || there != nullptr ? EOK : ESRCH;
    }
    if (wanted.type == _DEBUG_BREAK_EXEC) {
        return insert(process, wanted.addr);
    }
    if ((wanted.type & (data_kinds | _DEBUG_BREAK_HW)) == 0 ||
        kind_of(wanted.type) == arch::WatchKind::none) {
        return ENOTSUP;
    }
    return some_thread_runs(process) ? EBUSY : insert_watch(process, wanted);
}

void Breakpoints::remove_all(object::Process& process)
{
    while (count_ != 0) {
        remove(process, points_[0]);
    }
    (void)remove_watch(process, 0);
}

uint32_t Breakpoints::list(procfs_break* to) const
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < count_; ++i) {
        to[count++] = {_DEBUG_BREAK_EXEC, 0, points_[i].addr, 0, 0};
    }
    for (const arch::Watch& watch : watches_) {
        if (watch.kind != arch::WatchKind::none) {
            to[count++] = {type_of(watch.kind), 0, watch.address, watch.size, 0};
        }
    }
    return count;
}

void Breakpoints::forget(object::Process& process)
{
    count_ = 0;
    (void)remove_watch(process, 0);
}

void Breakpoints::lift(mm::AddressSpace& copy) const
{
    for (uint32_t i = 0; i < count_; ++i) {
        (void)copy.write_forced(points_[i].addr, points_[i].code, sizeof points_[i].code);
    }
}

uint16_t Breakpoints::met(object::Thread& thread)
{
    const uint32_t hits = arch::take_watch_hits();
    for (uint32_t i = 0; i < arch::watch_count; ++i) {
        if ((hits & (uint32_t{1} << i)) == 0 || watches_[i].kind == arch::WatchKind::none) {
            continue;
        }
        if (watches_[i].kind != arch::WatchKind::execute) {
            return _DEBUG_WHAT_WATCHPOINT;
        }
        arch::pass_watched_instruction(thread);
        return _DEBUG_WHAT_BREAKPOINT;
    }
    if (find(arch::program_counter(thread) - sizeof arch::breakpoint_code) == nullptr) {
        return 0;
    }
    arch::back_to_breakpoint(thread);
    return _DEBUG_WHAT_BREAKPOINT;
}

} // namespace proc
