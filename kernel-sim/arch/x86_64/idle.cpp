// SPDX-License-Identifier: Apache-2.0
// The big kernel lock and the places where a CPU inside the kernel lets interrupts in.
#include "sched/idle.hpp"

#include "arch/console.hpp"
#include "arch/x86_64/cpu.hpp"
#include "call/call.hpp"
#include "sched/scheduler.hpp"

namespace sched {

BigLock big_lock;

namespace {

bool take(uint32_t self)
{
    if (__atomic_exchange_n(&big_lock.taken, 1, __ATOMIC_ACQUIRE) != 0)
        return false;
    __atomic_store_n(&big_lock.last_owner, self, __ATOMIC_RELAXED);
    return true;
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
    for (int i = 0; i < patience && __atomic_load_n(&big_lock.waiters, __ATOMIC_RELAXED) != 0 &&
                    __atomic_load_n(&big_lock.last_owner, __ATOMIC_RELAXED) == self;
         ++i)
        relax();
}

} // namespace

void lock_contended(uint32_t self)
{
    let_others_first(self);
    if (take(self))
        return;
    __atomic_fetch_add(&big_lock.waiters, 1, __ATOMIC_RELAXED);
    do {
        while (__atomic_load_n(&big_lock.taken, __ATOMIC_RELAXED))
            relax();
    } while (!take(self));
    __atomic_fetch_sub(&big_lock.waiters, 1, __ATOMIC_RELAXED);
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
