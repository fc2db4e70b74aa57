// SPDX-License-Identifier: Apache-2.0
// Debug registers DR0-DR3, DR6 and DR7 (Intel SDM vol. 3 ch. 18.2).
#include "arch/watch.hpp"

#include "arch/x86_64/cpu.hpp"
#include "mm/address_space.hpp"
#include "object/process.hpp"
#include "object/thread.hpp"

namespace arch {

namespace {

constexpr uint64_t dr6_idle = 0xffff0ff0, dr6_hits = 15, dr6_step = 1 << 14, dr7_idle = 0x400;
constexpr uint64_t rflags_resume = 0x10000;

uint32_t last_id; // of a process' set of watches

uint64_t control_bits(const Watch& watch, uint32_t index)
{
    const uint64_t kind = watch.kind == WatchKind::execute ? 0
                          : watch.kind == WatchKind::write ? 1
                                                           : 3;
    const uint64_t length = watch.size == 8 ? 2 : uint64_t{watch.size} - 1;
    return uint64_t{1} << (2 * index) | (kind | length << 2) << (16 + 4 * index);
}

uint64_t read_dr6()
{
    uint64_t value;
    asm volatile("mov %%dr6, %0" : "=r"(value));
    return value;
}

void write_dr6(uint64_t value)
{
    asm volatile("mov %0, %%dr6" : : "r"(value));
}

void write_dr7(uint64_t value)
{
    asm volatile("mov %0, %%dr7" : : "r"(value));
}

void write_address(uint32_t index, uint64_t address)
{
    switch (index) {
    case 0:
        asm volatile("mov %0, %%dr0" : : "r"(address));
        return;
    case 1:
        asm volatile("mov %0, %%dr1" : : "r"(address));
        return;
    case 2:
        asm volatile("mov %0, %%dr2" : : "r"(address));
        return;
    default:
        asm volatile("mov %0, %%dr3" : : "r"(address));
    }
}

} // namespace

void load_watches(Cpu& cpu, const object::Process& process)
{
    cpu.watch_id = process.watch_id;
    write_dr7(dr7_idle);
    uint64_t control = dr7_idle;
    for (uint32_t i = 0; process.watches && i < watch_count; ++i) {
        const Watch& watch = process.watches[i];
        if (watch.kind == WatchKind::none)
            continue;
        write_address(i, watch.address);
        control |= control_bits(watch, i);
    }
    write_dr7(control);
}

void pause_watches()
{
    write_dr7(dr7_idle);
}

bool can_watch(const Watch& watch)
{
    if (watch.kind == WatchKind::execute && watch.size != 1)
        return false;
    return (watch.size == 1 || watch.size == 2 || watch.size == 4 || watch.size == 8) &&
           watch.address % watch.size == 0 && watch.address < mm::user_top;
}

void set_watches(object::Process& process, const Watch* watches)
{
    process.watches = watches;
    process.watch_id = watches ? ++last_id : 0;
}

bool is_watch_trap(Cpu& cpu)
{
    const uint64_t status = read_dr6();
    write_dr6(dr6_idle);
    cpu.watch_hits = static_cast<uint32_t>(status & dr6_hits);
    return cpu.watch_hits != 0 && !(status & dr6_step);
}

uint32_t take_watch_hits()
{
    Cpu& cpu = this_cpu();
    const uint32_t hits = cpu.watch_hits;
    cpu.watch_hits = 0;
    return hits;
}

void pass_watched_instruction(object::Thread& thread)
{
    thread.frame->rflags |= rflags_resume;
    thread.frame->vector = 0; // IRET: SYSRET does not know the flag
}

} // namespace arch
