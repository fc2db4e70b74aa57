// SPDX-License-Identifier: Apache-2.0
// One processor: what entry.S reaches through GS, its descriptor tables, and the scheduler's share.
#pragma once

#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/frame.hpp"
#include "sched/per_cpu.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace object {
struct Process;
}

namespace arch {

struct UpcallState; // upcall.cpp

struct [[gnu::packed]] Tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
};
static_assert(sizeof(Tss) == 104);

inline constexpr uint32_t max_cpus = 32;

/// All of a kernel call but the registers. It comes with the user's six arguments; they are in the frame as well.
using CallWay = void (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
/// By the call's number.
struct CallWays {
    CallWay by_number[KER_CALL_MAX];

    constexpr explicit CallWays(CallWay all) : by_number{}
    {
        for (CallWay& way : by_number)
            way = all;
    }
};
extern CallWays call_ways; // call/short_path.cpp

struct Cpu {
    Cpu* self;             // gs:0
    uint64_t kernel_stack; // gs:8, top of the running thread's kernel stack
    uint64_t user_sp;      // gs:16, scratch of the system call entry
    sched::PerCpu* local;  // gs:24, &sched
    uint32_t id, apic_id;
    uint64_t loaded_root; // CR3; changed under the big lock (or by the holder's request to leave)
    uint64_t loaded_fs;
    const CallWays* ways; // gs:56, call_ways, or a handler's
    UpcallState* upcall; // a handler runs on this CPU, inside the kernel as it were; nullptr = none
    object::Thread* fpu_owner;       // whose FPU registers these are, when it is still up to date
    volatile uint32_t flush_request; // see tlb.cpp
    volatile bool online;
    uint32_t watch_id;   // which watches the debug registers hold; 0 = none
    uint32_t watch_hits; // of the last debug trap
    bool stale;          // loaded_root's user half changed while this CPU was idle
    sched::PerCpu sched;
    uint64_t gdt[8];
    alignas(16) Tss tss;
};

inline Cpu& this_cpu()
{
    Cpu* cpu;
    asm volatile("mov %%gs:0, %0" : "=r"(cpu));
    return *cpu;
}
Cpu& cpu_at(uint32_t id);

void init_cpu(Cpu& cpu, uint32_t id,
              uint32_t apic_id); // descriptor tables, MSRs, control registers of the caller
void init_idt();
/// Of the calling CPU.
inline void load_root(Cpu& cpu, uint64_t root)
{
    write_cr3(root);
    cpu.loaded_root = root;
    cpu.stale = false;
}
inline void load_root(uint64_t root)
{
    load_root(this_cpu(), root);
}
uint64_t kernel_root();
uint64_t map_device(uint64_t paddr, uint64_t size); // kernel view, uncached
bool map_kernel_page(uint64_t vaddr, uint64_t paddr, bool device);
uint64_t unmap_kernel_pages(uint64_t vaddr, uint64_t pages); // the first one's physical address
void flush_kernel_pages(); // every CPU forgets them, before the frames go to somebody else

// --- local and I/O APIC (apic.cpp)
inline constexpr uint8_t vector_lines = 0x30, vector_msi = 0x60, vector_timer = 0xf0,
                         vector_resched = 0xf1, vector_flush = 0xf2, vector_stop = 0xf3,
                         vector_spurious = 0xff;
void init_apic();       // once
void init_local_apic(); // each CPU
void send_ipi(uint32_t apic_id, uint8_t vector);
void stop_other_cpus(); // panic: they halt
void end_of_interrupt();
void start_cpus();           // smp.cpp
void handle_flush_request(); // tlb.cpp; no lock needed

// --- upcall.cpp: traps of a handler; the big lock is held
void upcall_trap(UserFrame& frame);

// --- watch.cpp
/// The debug registers are this process' from now on.
void load_watches(Cpu& cpu, const object::Process& process);
/// A handler of another process runs: nothing is watched until load_watches().
void pause_watches();
/// After a debug trap: was it a watch alone? Remembers which.
bool is_watch_trap(Cpu& cpu);

// --- clock.cpp
void init_clock();

extern "C" {
void arch_trap(UserFrame* frame);
void arch_prepare_return(UserFrame* frame);
void arch_switch_stacks(uint64_t* save, uint64_t load);
void arch_thread_start();
void arch_return_to_user();
void arch_syscall_entry();
}

} // namespace arch
