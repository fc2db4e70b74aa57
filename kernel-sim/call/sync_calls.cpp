// SPDX-License-Identifier: Apache-2.0
// Synchronisation calls: sync objects and libc's inner futex.
#include "call/call.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "sched/scheduler.hpp"
#include "sched/sync.hpp"
#include "sched/timer.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Thread;

namespace {

enum SyncCommand {
    sync_set_ceiling = 1,
    sync_get_ceiling = 2,
    sync_set_event = 3,
    sync_mutex_consistent = 5,
    sync_sem_value = 6,
};
constexpr int protocol_none = 1, protocol_protect = 2;
constexpr uint32_t attr_type_mask = 3, attr_robust = 0x10, attr_shared = 1u << 31;

/// A mutex' kind from its attributes (libc keeps type, robust and shared in flags). EINVAL, EPERM.
base::Result<uint32_t> kind_of(Thread& self, const nto_sync_attr& attr)
{
    const auto flags = static_cast<uint32_t>(attr.flags);
    uint32_t kind = (flags & attr_type_mask) << NTO_SYNC_TYPE_SHIFT;
    if (flags & attr_robust)
        kind |= NTO_SYNC_ROBUST;
    if (flags & attr_shared)
        kind |= NTO_SYNC_SHARED;
    if (attr.protocol == protocol_none)
        kind |= NTO_SYNC_NO_INHERIT;
    if (attr.protocol != protocol_protect)
        return kind;
    if (attr.prioceiling < 1 || attr.prioceiling > 255)
        return Err(Errno::einval);
    if (attr.prioceiling > proc::max_unprivileged_priority &&
        !proc::able(self.process, proc::Ability::priority, static_cast<uint64_t>(attr.prioceiling)))
        return Err(Errno::eperm);
    return kind | NTO_SYNC_PROTECT |
           static_cast<uint32_t>(attr.prioceiling) << NTO_SYNC_CEILING_SHIFT;
}

Outcome sync_type_create(Thread& self, Arguments arg)
{
    nto_sync fresh{};
    nto_sync_attr attr{};
    if (arg[0] > NTO_SYNC_COND)
        return Err(Errno::einval);
    if (arg[2] && !mm::get_user(self.process, attr, arg[2]))
        return Err(Errno::efault);
    if (arg[0] == NTO_SYNC_MUTEX)
        fresh.count = TRY(kind_of(self, attr));
    if (!mm::put_user(self.process, arg[1], fresh))
        return Err(Errno::efault);
    return 0;
}

/// The kernel keeps nothing for an object without waiters.
Outcome sync_destroy(Thread& self, Arguments arg)
{
    nto_sync sync;
    if (!mm::get_user(self.process, sync, arg[0]))
        return Err(Errno::efault);
    if ((sync.owner & 0x7fffffff) != 0)
        return Err(Errno::ebusy);
    return 0;
}

Outcome set_event(Thread& self, uint64_t sync, uint64_t event_at)
{
    nto_sigevent event;
    if (event_at && !mm::get_user(self.process, event, event_at))
        return Err(Errno::efault);
    return done(sched::set_death_event(self, sync, event_at ? &event : nullptr));
}

Outcome mutex_event(Thread& self, Arguments arg)
{
    return set_event(self, arg[0], arg[1]);
}

Outcome mutex_revive(Thread& self, Arguments arg)
{
    return done(sched::revive_mutex(self, arg[0]));
}

Outcome sync_ctl(Thread& self, Arguments arg)
{
    nto_sync sync;
    if (!mm::get_user(self.process, sync, arg[1]))
        return Err(Errno::efault);
    uint32_t answer = sync.count;
    switch (arg[0]) {
    case sync_sem_value:
        break;
    case sync_get_ceiling:
        if (!(sync.count & NTO_SYNC_PROTECT))
            return Err(Errno::einval);
        answer = sync.count >> NTO_SYNC_CEILING_SHIFT & 0xff;
        break;
    case sync_set_ceiling: {
        uint32_t wanted;
        if (!mm::get_user(self.process, wanted, arg[2]) ||
            !mm::user_writable(self.process, arg[2], sizeof wanted))
            return Err(Errno::efault);
        answer = TRY(sched::set_ceiling(self, arg[1], wanted));
        break;
    }
    case sync_set_event:
        return set_event(self, arg[1], arg[2]);
    case sync_mutex_consistent:
        return done(sched::make_consistent(self, arg[1]));
    default:
        return Err(Errno::enotsup);
    }
    if (!mm::put_user(self.process, arg[2], answer))
        return Err(Errno::efault);
    return 0;
}

Outcome mutex_lock(Thread& self, Arguments arg)
{
    return done(sched::mutex_lock(self, arg[0], arg[1] != 0));
}

Outcome mutex_unlock(Thread& self, Arguments arg)
{
    return done(sched::mutex_unlock(self, arg[0]));
}

Outcome cond_wait(Thread& self, Arguments arg)
{
    return done(sched::cond_wait(self, arg[0], arg[1]));
}

Outcome cond_signal(Thread& self, Arguments arg)
{
    return done(sched::cond_signal(self.process, arg[0], arg[1] != 0));
}

Outcome sem_post(Thread& self, Arguments arg)
{
    return done(sched::sem_post(self.process, arg[0]));
}

Outcome sem_wait(Thread& self, Arguments arg)
{
    return done(sched::sem_wait(self, arg[0], arg[1] != 0));
}

Outcome futex_wait(Thread& self, Arguments arg)
{
    uint64_t deadline = 0, wall = 0;
    if (arg[2]) {
        nto_timespec time;
        if (!mm::get_user(self.process, time, arg[2]))
            return Err(Errno::efault);
        if (time.nsec < 0 || time.nsec >= 1000000000)
            return Err(Errno::einval);
        if (time.sec < 0)
            return Err(Errno::etimedout);
        constexpr int64_t longest = 9000000000;
        const int64_t sec = time.sec < longest ? time.sec : longest;
        const uint64_t until =
            static_cast<uint64_t>(sec) * 1000000000 + static_cast<uint64_t>(time.nsec);
        deadline = sched::to_boot_ns(to_int(arg[3]), until);
        wall = sched::follows_wall(to_int(arg[3])) ? until : 0;
        if (deadline == 0)
            deadline = 1;
    }
    return done(sched::futex_wait(self, arg[0], to_u32(arg[1]), deadline, wall, to_int(arg[4])));
}

Outcome futex_wake(Thread& self, Arguments arg)
{
    if (!mm::user_word(self.process, arg[0], nullptr))
        return Err(mm::user_writable(self.process, arg[0], 4) ? Errno::einval : Errno::efault);
    return static_cast<int64_t>(sched::futex_wake(self.process, arg[0], to_u32(arg[1])));
}

Outcome futex_requeue(Thread& self, Arguments arg)
{
    return value(
        sched::futex_requeue(self.process, arg[0], to_u32(arg[1]), to_u32(arg[2]), arg[3]));
}

} // namespace

void add_sync_calls(Handler* table)
{
    table[KER_SYNC_TYPE_CREATE] = sync_type_create;
    table[KER_SYNC_DESTROY] = sync_destroy;
    table[KER_SYNC_CTL] = sync_ctl;
    table[KER_SYNC_MUTEX_LOCK] = mutex_lock;
    table[KER_SYNC_MUTEX_UNLOCK] = mutex_unlock;
    table[KER_SYNC_COND_WAIT] = cond_wait;
    table[KER_SYNC_COND_SIGNAL] = cond_signal;
    table[KER_SYNC_SEM_POST] = sem_post;
    table[KER_SYNC_SEM_WAIT] = sem_wait;
    table[KER_SYNC_MUTEX_EVENT] = mutex_event;
    table[KER_SYNC_MUTEX_REVIVE] = mutex_revive;
    table[KER_FUTEX_WAIT] = futex_wait;
    table[KER_FUTEX_WAKE] = futex_wake;
    table[KER_FUTEX_REQUEUE] = futex_requeue;
}

} // namespace call
