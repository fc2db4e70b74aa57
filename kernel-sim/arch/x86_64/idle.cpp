// SPDX-License-Identifier: Apache-2.0
// The big kernel lock and the places where a CPU inside the kernel lets interrupts in.
#include "sched/idle.hpp"

#include "arch/console.hpp"
#include "arch/x86_64/cpu.hpp"
#include "call/call.hpp"
#include "sched/scheduler.hpp"

namespace sched {

namespace {

// Guards everything but a CPU's flush_request and the descriptor tables. Interrupts are off while it is held or waited for.
uint32_t big_lock;
uint32_t waiters;
uint32_t last_owner;

bool try_lock()
{
    return __atomic_exchange_n(&big_lock, 1, __ATOMIC_ACQUIRE) == 0;
}

void relax()
{
    arch::handle_flush_request(); // the lock's holder may be waiting for us
    asm volatile("pause");
}

/// A CPU that makes call after call would starve one that waits: it stands back once. Not a queue: the next in line may be a
/// virtual CPU that its host does not run just now.
void let_others_first(uint32_t self)
{
    constexpr int patience = 100;
    for (int i = 0; i < patience && __atomic_load_n(&waiters, __ATOMIC_RELAXED) != 0 &&
                    __atomic_load_n(&last_owner, __ATOMIC_RELAXED) == self;
         ++i)
        relax();
}

} // namespace

namespace {

[[gnu::noinline]] void lock_contended(uint32_t self)
{
    let_others_first(self);
    if (try_lock())
        return;
    __atomic_fetch_add(&waiters, 1, __ATOMIC_RELAXED);
    do {
        while (__atomic_load_n(&big_lock, __ATOMIC_RELAXED))
            relax();
    } while (!try_lock());
    __atomic_fetch_sub(&waiters, 1, __ATOMIC_RELAXED);
}

} // namespace

void lock()
{
    arch::Cpu& cpu = arch::this_cpu();
    if (__atomic_load_n(&waiters, __ATOMIC_RELAXED) != 0 || !try_lock())
        lock_contended(cpu.id);
    __atomic_store_n(&last_owner, cpu.id, __ATOMIC_RELAXED);
    if (__atomic_load_n(&cpu.flush_request, __ATOMIC_RELAXED) != 0)
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

extern "C" void arch_call_ended()
{
    call::short_call_ended(object::current());
}

} // namespace arch
