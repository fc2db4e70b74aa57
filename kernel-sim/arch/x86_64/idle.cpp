// SPDX-License-Identifier: Apache-2.0
// The big kernel lock and the places where a CPU inside the kernel lets interrupts in.
#include "sched/idle.hpp"

#include "arch/console.hpp"
#include "arch/x86_64/cpu.hpp"
#include "sched/scheduler.hpp"

namespace sched {

namespace {

// Guards everything but a CPU's flush_request and the descriptor tables. Interrupts are off while it is held or waited for.
uint32_t big_lock;

} // namespace

void lock()
{
    while (__atomic_exchange_n(&big_lock, 1, __ATOMIC_ACQUIRE)) {
        while (__atomic_load_n(&big_lock, __ATOMIC_RELAXED)) {
            arch::handle_flush_request(); // its holder may be waiting for us
            asm volatile("pause");
        }
    }
    arch::handle_flush_request();
}

void unlock()
{
    __atomic_store_n(&big_lock, 0, __ATOMIC_RELEASE);
}

void wait_for_interrupt()
{
    asm volatile("sti; hlt; cli" ::: "memory");
}

void let_interrupts_in()
{
    asm volatile("sti; nop; nop; cli" ::: "memory");
}

void cpu_is_online()
{
    arch::this_cpu().online = true;
}

} // namespace sched

namespace arch {

extern "C" void arch_first_switch()
{
    sched::finish_switch();
}

} // namespace arch
