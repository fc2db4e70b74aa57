// SPDX-License-Identifier: Apache-2.0
// Managed mutexes: every lock and unlock is a call, so the kernel knows the owner, whatever its process writes into the words, and can
// act when it dies.
#include "sched/mutex.hpp"

#include "ipc/message.hpp"
#include "mm/user_copy.hpp"
#include "object/counters.hpp"
#include "object/hooks.hpp"
#include "sched/scheduler.hpp"
#include "sched/sync.hpp"

#include <new>

namespace sched {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;
using object::ThreadState;

namespace {

constexpr uint32_t bucket_count = 64;
HeldMutex* buckets[bucket_count];
constexpr int type_recursive = 2;
constexpr uint32_t unprivileged_ceiling = 63;

/// SyncMutexEvent(): who wants to hear of the owner's death.
struct DeathEvent {
    DeathEvent* next;
    Process* process;
    uint64_t paddr, address;
    nto_sigevent event;
};
DeathEvent* death_events;

HeldMutex** bucket_of(uint64_t paddr)
{
    return &buckets[((paddr >> 3) * 0x9e3779b97f4a7c15) >> 58];
}

HeldMutex* find(uint64_t paddr)
{
    for (HeldMutex* held = *bucket_of(paddr); held; held = held->next_in_bucket) {
        if (held->paddr == paddr)
            return held;
    }
    return nullptr;
}

uint32_t owner_id(const Thread& thread)
{
    constexpr uint32_t index_mask = 0xfff;
    return (static_cast<uint32_t>(thread.process.pid) & index_mask) << 10 |
           static_cast<uint32_t>(thread.tid);
}

void link_to_owner(HeldMutex& held, Thread& owner)
{
    held.owner = &owner;
    held.next_of_owner = owner.held_mutexes;
    owner.held_mutexes = &held;
}

void unlink_from_owner(HeldMutex& held)
{
    HeldMutex** at = &held.owner->held_mutexes;
    while (*at != &held)
        at = &(*at)->next_of_owner;
    *at = held.next_of_owner;
}

void discard(HeldMutex* held)
{
    HeldMutex** at = bucket_of(held->paddr);
    while (*at != held)
        at = &(*at)->next_in_bucket;
    *at = held->next_in_bucket;
    --object::counters.sync_waiters;
    delete held;
}

/// The ceiling in force: what the word says, but no more than the process may have.
uint8_t ceiling_of(Process& process, uint32_t count)
{
    if (!(count & NTO_SYNC_PROTECT))
        return 0;
    const uint32_t ceiling = count >> NTO_SYNC_CEILING_SHIFT & 0xff;
    return static_cast<uint8_t>(
        ceiling > unprivileged_ceiling &&
                !proc::able(process, proc::Ability::priority, uint64_t{ceiling})
            ? unprivileged_ceiling
            : ceiling);
}

void raise_to_ceiling(Thread& owner, uint8_t ceiling)
{
    if (ceiling > owner.boost) {
        owner.boost = ceiling;
        update_priority(owner);
    }
}

/// A free mutex becomes the thread's. EAGAIN.
base::Result<void> take(Thread& self, const Words& mutex, uint64_t address)
{
    auto* held = new (std::nothrow) HeldMutex;
    if (!held)
        return Err(Errno::eagain);
    ++object::counters.sync_waiters;
    const uint32_t count = load(mutex.count);
    held->paddr = mutex.paddr;
    held->address = address;
    held->robust = count & NTO_SYNC_ROBUST;
    held->ceiling = ceiling_of(self.process, count);
    held->next_in_bucket = *bucket_of(mutex.paddr);
    *bucket_of(mutex.paddr) = held;
    link_to_owner(*held, self);
    store(mutex.owner, owner_id(self));
    raise_to_ceiling(self, held->ceiling);
    return {};
}

/// To the highest waiter; its lock call returns `result`. False = nobody waits.
bool hand_over(HeldMutex& held, uint32_t* owner_word, Errno result)
{
    Thread* next = first_waiter(held.paddr, WaitKind::mutex);
    if (!next)
        return false;
    held.address = next->wait_key;
    link_to_owner(held, *next);
    wake_waiter(*next, result);
    const uint32_t more =
        first_waiter(held.paddr, WaitKind::mutex) ? uint32_t{NTO_SYNC_WAITERS} : 0u;
    if (owner_word)
        store(owner_word, owner_id(*next) | more);
    raise_to_ceiling(*next, held.ceiling);
    recompute_boost(*next);
    return true;
}

void wake_all_waiters(uint64_t paddr, Errno result)
{
    while (Thread* thread = first_waiter(paddr, WaitKind::mutex))
        wake_waiter(*thread, result);
}

base::Result<void> lock_again(const Words& mutex, bool try_only)
{
    const uint32_t count = load(mutex.count);
    if ((count >> NTO_SYNC_TYPE_SHIFT & 3) != type_recursive)
        return Err(try_only ? Errno::ebusy : Errno::edeadlk);
    if ((count & NTO_SYNC_DEPTH) == NTO_SYNC_DEPTH)
        return Err(Errno::eagain);
    store(mutex.count, count + 1);
    return {};
}

void deliver_death(uint64_t paddr)
{
    for (DeathEvent* at = death_events; at; at = at->next) {
        uint64_t now = 0;
        if (at->paddr == paddr && mm::user_word(*at->process, at->address, &now) && now == paddr)
            (void)ipc::post_event(*at->process, nullptr, at->event);
    }
}

/// The owner is gone, or has unmapped the mutex. The words are still there while somebody maps them.
void owner_died(HeldMutex& held)
{
    uint64_t paddr = 0;
    uint32_t* count = mm::user_word(held.owner->process, held.address, &paddr);
    if (paddr != held.paddr)
        count = nullptr;
    uint32_t* owner_word = count ? count + 1 : nullptr;
    unlink_from_owner(held);
    if (held.robust) {
        if (count)
            store(count, (load(count) | NTO_SYNC_INCONSISTENT) & ~NTO_SYNC_DEPTH);
        if (hand_over(held, owner_word, Errno::eownerdead))
            return;
        if (owner_word)
            store(owner_word, 0);
    } else if (owner_word) {
        store(owner_word, NTO_SYNC_DEAD);
    }
    const uint64_t key = held.paddr;
    const bool robust = held.robust;
    discard(&held);
    if (!robust)
        deliver_death(key);
}

/// A record whose owner no longer maps the page tells of a mutex that is not there any more.
HeldMutex* find_valid(uint64_t key)
{
    HeldMutex* held = find(key);
    if (!held)
        return nullptr;
    uint64_t paddr = 0;
    if (mm::user_word(held->owner->process, held->address, &paddr) && paddr == key)
        return held;
    owner_died(*held);
    return find(key);
}

} // namespace

Thread* managed_owner(uint64_t paddr)
{
    const HeldMutex* held = find(paddr);
    return held ? held->owner : nullptr;
}

uint8_t highest_ceiling(const Thread& thread)
{
    uint8_t highest = 0;
    for (const HeldMutex* held = thread.held_mutexes; held; held = held->next_of_owner) {
        if (held->ceiling > highest)
            highest = held->ceiling;
    }
    return highest;
}

base::Result<void> lock_managed(Thread& self, const Words& mutex, uint64_t address, bool try_only,
                                bool interruptible)
{
    const uint32_t count = load(mutex.count);
    if (count & NTO_SYNC_NOTRECOVERABLE)
        return Err(Errno::enotrecoverable);
    if ((count & NTO_SYNC_PROTECT) && self.base_priority > (count >> NTO_SYNC_CEILING_SHIFT & 0xff))
        return Err(Errno::einval);
    const HeldMutex* held = find_valid(mutex.paddr);
    if (held && held->owner == &self)
        return lock_again(mutex, try_only);
    const bool dead = !held && load(mutex.owner) == NTO_SYNC_DEAD; // until SyncMutexRevive()
    if (!held && !dead) {
        TRY(take(self, mutex, address));
        return count & NTO_SYNC_INCONSISTENT ? base::Result<void>(Err(Errno::eownerdead))
                                             : base::Result<void>();
    }
    if (try_only)
        return Err(Errno::ebusy);
    if (!dead)
        store(mutex.owner, load(mutex.owner) | NTO_SYNC_WAITERS);
    const Errno end =
        wait_on(self, mutex.paddr, WaitKind::mutex, ThreadState::mutex, address, interruptible);
    if (end != Errno::eok)
        return Err(end);
    return {}; // handed over
}

base::Result<void> unlock_managed(Thread& self, const Words& mutex)
{
    HeldMutex* held = find(mutex.paddr);
    if (!held || held->owner != &self)
        return Err(Errno::eperm);
    const uint32_t count = load(mutex.count);
    if (count & NTO_SYNC_DEPTH) {
        store(mutex.count, count - 1);
        return {};
    }
    unlink_from_owner(*held);
    if (count & NTO_SYNC_INCONSISTENT) {
        store(mutex.count, (count & ~NTO_SYNC_INCONSISTENT) | NTO_SYNC_NOTRECOVERABLE);
        wake_all_waiters(held->paddr, Errno::enotrecoverable);
    }
    if (!hand_over(*held, mutex.owner, Errno::eok)) {
        store(mutex.owner, 0);
        discard(held);
    }
    recompute_boost(self);
    return {};
}

base::Result<void> make_consistent(Thread& self, uint64_t sync)
{
    const Words mutex = TRY(words_of(self.process, sync));
    if (managed_owner(mutex.paddr) != &self || !(load(mutex.count) & NTO_SYNC_INCONSISTENT))
        return Err(Errno::einval);
    store(mutex.count, load(mutex.count) & ~NTO_SYNC_INCONSISTENT);
    return {};
}

base::Result<void> revive_mutex(Thread& self, uint64_t sync)
{
    const Words mutex = TRY(words_of(self.process, sync));
    if (find_valid(mutex.paddr) || load(mutex.owner) != NTO_SYNC_DEAD)
        return Err(Errno::einval);
    TRY(take(self, mutex, sync));
    store(mutex.count, load(mutex.count) & ~NTO_SYNC_DEPTH);
    if (first_waiter(mutex.paddr, WaitKind::mutex))
        store(mutex.owner, load(mutex.owner) | NTO_SYNC_WAITERS);
    return {};
}

base::Result<uint32_t> set_ceiling(Thread& self, uint64_t sync, uint32_t ceiling)
{
    const Words mutex = TRY(words_of(self.process, sync));
    const uint32_t count = load(mutex.count);
    constexpr uint32_t mask = 0xffu << NTO_SYNC_CEILING_SHIFT;
    if (!(count & NTO_SYNC_PROTECT) || ceiling < 1 || ceiling > 255)
        return Err(Errno::einval);
    if (ceiling > unprivileged_ceiling &&
        !proc::able(self.process, proc::Ability::priority, uint64_t{ceiling}))
        return Err(Errno::eperm);
    store(mutex.count, (count & ~mask) | ceiling << NTO_SYNC_CEILING_SHIFT);
    return (count & mask) >> NTO_SYNC_CEILING_SHIFT;
}

base::Result<void> set_death_event(Thread& self, uint64_t sync, const nto_sigevent* event)
{
    const Words mutex = TRY(words_of(self.process, sync));
    if (load(mutex.count) & NTO_SYNC_ROBUST)
        return Err(Errno::einval); // the two mechanisms exclude each other
    for (DeathEvent** at = &death_events; *at; at = &(*at)->next) {
        DeathEvent* old = *at;
        if (old->process == &self.process && old->address == sync) {
            *at = old->next;
            delete old;
            break;
        }
    }
    if (!event)
        return {};
    auto* fresh =
        new (std::nothrow) DeathEvent{death_events, &self.process, mutex.paddr, sync, *event};
    if (!fresh)
        return Err(Errno::eagain);
    death_events = fresh;
    return {};
}

void release_mutexes(Thread& thread)
{
    while (thread.held_mutexes)
        owner_died(*thread.held_mutexes);
}

void release_mutex_events(Process& process)
{
    for (DeathEvent** at = &death_events; *at;) {
        DeathEvent* event = *at;
        if (event->process == &process) {
            *at = event->next;
            delete event;
        } else {
            at = &event->next;
        }
    }
}

} // namespace sched
