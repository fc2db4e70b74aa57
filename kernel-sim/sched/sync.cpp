// SPDX-License-Identifier: Apache-2.0
// Synchronisation objects. The user's word says free/owned/count; the kernel keeps only the waiters.
#include "sched/sync.hpp"

#include "mm/user_copy.hpp"
#include "object/counters.hpp"
#include "sched/mutex.hpp"
#include "sched/scheduler.hpp"
#include "sched/timeout.hpp"

#include <abi/kercall.h>

namespace sched {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;
using object::ThreadState;

namespace {

constexpr uint32_t waiters_bit = NTO_SYNC_WAITERS;
constexpr uint32_t buckets = 128;
WaitQueue waiting[buckets];

WaitQueue& bucket(uint64_t paddr)
{
    return waiting[((paddr >> 2) * 0x9e3779b97f4a7c15) >> 57];
}

void no_longer_waits(Thread& thread)
{
    if (thread.wait_kind == 0)
        return;
    thread.wait_kind = 0;
    --object::counters.sync_waiters;
}

bool replace(uint32_t* word, uint32_t expected, uint32_t value)
{
    return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/// Who owns the mutex a thread waits for; nullptr = nobody that inherits.
Thread* owner_waited_for(Thread& waiter)
{
    uint32_t count = 0;
    Thread* owner = mutex_owner(waiter, count);
    return count & NTO_SYNC_NO_INHERIT ? nullptr : owner;
}

/// Hands a mutex the caller owns to its highest waiter, or frees it.
void pass_on(Thread& self, const Words& mutex)
{
    Thread* next = first_waiter(mutex.paddr, WaitKind::mutex);
    if (!next) {
        store(mutex.owner, 0);
    } else {
        wake_waiter(*next);
        const uint32_t more = first_waiter(mutex.paddr, WaitKind::mutex) ? waiters_bit : 0;
        store(mutex.owner, static_cast<uint32_t>(next->tid) | more);
    }
    recompute_boost(self);
}

/// The words of a mutex that is the thread's alone to give up: EPERM when it is not.
base::Result<void> release(Thread& self, const Words& mutex)
{
    if (load(mutex.count) & NTO_SYNC_MANAGED)
        return unlock_managed(self, mutex);
    if ((load(mutex.owner) & ~waiters_bit) != static_cast<uint32_t>(self.tid))
        return Err(Errno::eperm);
    pass_on(self, mutex);
    return {};
}

} // namespace

base::Result<Words> words_of(Process& process, uint64_t sync)
{
    if (sync & 7)
        return Err(mm::user_writable(process, sync, sizeof(nto_sync)) ? Errno::einval
                                                                      : Errno::efault);
    Words words; // both are in one page
    words.count = mm::user_word(process, sync, &words.paddr);
    if (!words.count)
        return Err(Errno::efault);
    words.owner = words.count + 1;
    return words;
}

Thread* first_waiter(uint64_t paddr, WaitKind kind)
{
    for (Thread& thread : bucket(paddr).list()) {
        if (thread.wait_phys == paddr && thread.wait_kind == static_cast<uint8_t>(kind))
            return &thread;
    }
    return nullptr;
}

Errno wait_on(Thread& self, uint64_t paddr, WaitKind kind, ThreadState state, uint64_t address,
              bool interruptible)
{
    self.wait_phys = paddr;
    self.wait_key = address;
    self.wait_kind = static_cast<uint8_t>(kind);
    ++object::counters.sync_waiters;
    if (kind == WaitKind::mutex)
        boost_owner(self);
    const Errno end = block(state, &bucket(paddr), interruptible);
    no_longer_waits(self);
    return end;
}

void wake_waiter(Thread& thread, Errno result)
{
    no_longer_waits(thread);
    wake(thread, result);
}

Thread* mutex_owner(Thread& waiter, uint32_t& count)
{
    const auto words = words_of(waiter.process, waiter.wait_key);
    if (!words.ok())
        return nullptr;
    count = load(words.value().count);
    if (count & NTO_SYNC_MANAGED)
        return managed_owner(waiter.wait_phys);
    return waiter.process.threads.get(load(words.value().owner) & ~waiters_bit);
}

void boost_owner(Thread& waiter)
{
    constexpr int longest_chain = 32;
    static bool under_way; // a thread of the chain is requeued, which asks for this again
    if (under_way)
        return;
    under_way = true;
    Thread* blocked = &waiter;
    for (int i = 0; i < longest_chain; ++i) {
        Thread* owner = owner_waited_for(*blocked);
        if (!owner || owner->priority >= blocked->priority)
            break;
        owner->boost = blocked->priority;
        update_priority(*owner);
        if (owner->state != ThreadState::mutex)
            break;
        blocked = owner;
    }
    under_way = false;
}

void recompute_boost(Thread& owner)
{
    if (owner.boost == 0)
        return;
    uint8_t boost = highest_ceiling(owner);
    for (WaitQueue& queue : waiting) {
        for (Thread& thread : queue.list()) {
            if (thread.state == ThreadState::mutex && thread.priority > boost &&
                owner_waited_for(thread) == &owner)
                boost = thread.priority;
        }
    }
    owner.boost = boost;
    update_priority(owner);
}

base::Result<void> mutex_lock(Thread& self, uint64_t sync, bool try_only, bool interruptible)
{
    for (;;) {
        const Words mutex = TRY(words_of(self.process, sync));
        if (load(mutex.count) & NTO_SYNC_MANAGED)
            return lock_managed(self, mutex, sync, try_only, interruptible);
        const uint32_t owner = load(mutex.owner);
        const uint32_t tid = owner & ~waiters_bit;
        if (tid == static_cast<uint32_t>(self.tid))
            return Err(Errno::edeadlk);
        if (tid == 0) {
            const uint32_t more = first_waiter(mutex.paddr, WaitKind::mutex) ? waiters_bit : 0;
            if (replace(mutex.owner, owner, static_cast<uint32_t>(self.tid) | more))
                return {};
            continue;
        }
        if (try_only)
            return Err(Errno::ebusy);
        if (!(owner & waiters_bit) && !replace(mutex.owner, owner, owner | waiters_bit))
            continue;
        const Errno end =
            wait_on(self, mutex.paddr, WaitKind::mutex, ThreadState::mutex, sync, interruptible);
        if (end != Errno::eok)
            return Err(end);
        return {}; // handed over
    }
}

base::Result<void> mutex_unlock(Thread& self, uint64_t sync)
{
    return release(self, TRY(words_of(self.process, sync)));
}

base::Result<void> cond_wait(Thread& self, uint64_t cond, uint64_t mutex_address)
{
    const Words words = TRY(words_of(self.process, cond));
    const Words mutex = TRY(words_of(self.process, mutex_address));
    TRY(release(self, mutex));
    const Errno end = wait_on(self, words.paddr, WaitKind::cond, ThreadState::condvar, cond);
    if (self.killed)
        return Err(Errno::eintr);
    clear_timeout(self); // it has done its work: the mutex is waited for without limit
    TRY(mutex_lock(self, mutex_address, false, false)); // the caller must hold it whatever happened
    if (end != Errno::eok)
        return Err(end);
    return {};
}

base::Result<void> cond_signal(Process& process, uint64_t cond, bool all)
{
    const Words words = TRY(words_of(process, cond));
    while (Thread* thread = first_waiter(words.paddr, WaitKind::cond)) {
        wake_waiter(*thread);
        if (!all)
            break;
    }
    return {};
}

base::Result<void> sem_wait(Thread& self, uint64_t sync, bool try_only)
{
    const Words words = TRY(words_of(self.process, sync));
    for (;;) {
        const uint32_t count = load(words.count);
        if (count == 0)
            break;
        if (replace(words.count, count, count - 1))
            return {};
    }
    if (try_only)
        return Err(Errno::eagain);
    const Errno end = wait_on(self, words.paddr, WaitKind::sem, ThreadState::sem, sync);
    if (end != Errno::eok)
        return Err(end);
    return {}; // the post was given to us directly
}

base::Result<void> sem_post(Process& process, uint64_t sync)
{
    const Words words = TRY(words_of(process, sync));
    if (Thread* thread = first_waiter(words.paddr, WaitKind::sem)) {
        wake_waiter(*thread);
        return {};
    }
    for (;;) {
        const uint32_t count = load(words.count);
        if (count == 0x7fffffff)
            return Err(Errno::eagain);
        if (replace(words.count, count, count + 1))
            return {};
    }
}

base::Result<void> futex_wait(Thread& self, uint64_t address, uint32_t expected,
                              uint64_t deadline_ns, uint64_t wall_ns, int joined_tid)
{
    const ThreadState state = joined_tid > 0 ? ThreadState::join : ThreadState::condvar;
    uint64_t paddr;
    const uint32_t* word = mm::user_word(self.process, address, &paddr);
    if (!word)
        return Err(Errno::efault);
    if (load(word) != expected)
        return Err(Errno::eagain);
    if (deadline_ns != 0) {
        if (deadline_ns <= now_ns())
            return Err(Errno::etimedout);
        set_deadline(self, state, deadline_ns, wall_ns);
    }
    const uint64_t shown = joined_tid > 0 ? static_cast<uint64_t>(joined_tid) : address;
    const Errno end = wait_on(self, paddr, WaitKind::futex, state, shown);
    if (end != Errno::eok)
        return Err(end);
    return {};
}

uint32_t futex_wake(Process& process, uint64_t address, uint32_t count)
{
    uint64_t paddr;
    uint32_t woken = 0;
    if (!mm::user_word(process, address, &paddr))
        return 0;
    for (; woken < count; ++woken) {
        Thread* thread = first_waiter(paddr, WaitKind::futex);
        if (!thread)
            break;
        wake_waiter(*thread);
    }
    return woken;
}

base::Result<uint32_t> futex_requeue(Process& process, uint64_t address, uint32_t wake_count,
                                     uint32_t move_count, uint64_t address2)
{
    uint64_t from, to;
    if (!mm::user_word(process, address, &from) || !mm::user_word(process, address2, &to))
        return Err(Errno::efault);
    uint32_t done = futex_wake(process, address, wake_count);
    if (from == to)
        return done;
    for (uint32_t i = 0; i < move_count; ++i, ++done) {
        Thread* thread = first_waiter(from, WaitKind::futex);
        if (!thread)
            break;
        thread->queue_hook.unlink();
        thread->wait_phys = to;
        thread->wait_key = address2;
        bucket(to).insert(*thread);
    }
    return done;
}

void sync_wait_ended(Thread& thread)
{
    no_longer_waits(thread);
}

void requeue_sync(Thread& thread)
{
    if (thread.wait_kind == 0)
        return;
    thread.queue_hook.unlink();
    bucket(thread.wait_phys).insert(thread);
    if (thread.wait_kind == static_cast<uint8_t>(WaitKind::mutex))
        boost_owner(thread);
}

uint32_t sync_waiters()
{
    return object::counters.sync_waiters;
}

} // namespace sched
