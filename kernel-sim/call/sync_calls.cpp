// SPDX-License-Identifier: Apache-2.0
// Synchronisation calls: sync objects and libc's inner futex.
#include "call/call.hpp"
#include "mm/user_copy.hpp"
#include "sched/scheduler.hpp"
#include "sched/sync.hpp"
#include "sched/timer.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Thread;

namespace {

enum SyncCommand { sync_sem_value = 6, sync_mutex_wakeup = 4, sync_mutex_consistent = 5 };

Outcome sync_type_create(Thread& self, Arguments arg)
{
    const nto_sync fresh{};
    nto_sync_attr attr{};
    if (arg[0] > NTO_SYNC_COND)
        return Err(Errno::einval);
    if (arg[2] && !mm::get_user(self.process, attr, arg[2]))
        return Err(Errno::efault);
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

Outcome sync_ctl(Thread& self, Arguments arg)
{
    nto_sync sync;
    if (!mm::get_user(self.process, sync, arg[1]))
        return Err(Errno::efault);
    if (arg[0] != sync_sem_value)
        return Err(Errno::enotsup);
    const uint32_t count = sync.count;
    if (!mm::put_user(self.process, arg[2], count))
        return Err(Errno::efault);
    return 0;
}

Outcome mutex_lock(Thread& self, Arguments arg)
{
    return done(sched::mutex_lock(self, arg[0]));
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
    return done(sched::futex_wait(self, arg[0], to_u32(arg[1]), deadline, wall));
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
    table[KER_FUTEX_WAIT] = futex_wait;
    table[KER_FUTEX_WAKE] = futex_wake;
    table[KER_FUTEX_REQUEUE] = futex_requeue;
}

} // namespace call
