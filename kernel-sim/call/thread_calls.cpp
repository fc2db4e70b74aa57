// SPDX-License-Identifier: Apache-2.0
// Thread and scheduling calls.
#include "arch/context.hpp"
#include "arch/machine.hpp"
#include "call/call.hpp"
#include "ipc/event.hpp"
#include "ipc/exit_event.hpp"
#include "mm/address_space.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "object/life.hpp"
#include "object/signal.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"
#include "sched/sporadic.hpp"
#include "sched/tick.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Policy;
using object::Process;
using object::Thread;
using object::ThreadState;

namespace {

constexpr int policy_unchanged = 0, policy_sporadic = 4;
constexpr int priority_max = 255;

enum ThreadCommand {
    tctl_io_priv = 1,
    tctl_threads_hold = 2,
    tctl_threads_cont = 3,
    tctl_runmask = 4,
    tctl_align_fault = 5,
    tctl_runmask_get_and_set = 6,
    tctl_one_hold = 8,
    tctl_one_cont = 9,
    tctl_runmask_inherit = 10,
    tctl_name = 11,
    tctl_io = 14,
    tctl_add_exit_event = 17,
    tctl_del_exit_event = 18,
    tctl_io_level = 19,
    tctl_last = tctl_io_level,
};
constexpr uint64_t io_level_none = 1, io_level_1 = 2, io_level_2 = 3, io_level_mask = 0xff;

base::Result<void> check_priority(Process& process, int priority)
{
    if (priority < 1 || priority > priority_max)
        return Err(Errno::einval);
    if (priority > proc::max_unprivileged_priority &&
        !proc::able(process, proc::Ability::priority, static_cast<uint64_t>(priority)))
        return Err(Errno::eperm);
    return {};
}

bool valid_policy(int policy)
{
    return policy >= 1 && policy <= 3;
}

Outcome thread_create(Thread& self, Arguments arg)
{
    nto_thread_create request;
    if (!mm::get_user(self.process, request, arg[0]))
        return Err(Errno::efault);
    if (request.flags & ~7u || request.entry >= mm::user_top || request.sp >= mm::user_top ||
        request.tls >= mm::user_top)
        return Err(Errno::einval);
    if (request.flags & 2) {
        if (!valid_policy(request.policy))
            return Err(Errno::einval);
        TRY(check_priority(self.process, request.priority));
    }
    if (request.tid_word && !mm::user_writable(self.process, request.tid_word, 4))
        return Err(Errno::efault);
    Thread* thread = TRY(object::create_user_thread(self.process, request));
    const int tid = thread->tid;
    if (request.tid_word)
        (void)mm::put_user(self.process, request.tid_word, tid); // checked above
    sched::make_ready(*thread);
    return tid;
}

Outcome thread_exit(Thread& self, Arguments arg)
{
    if (arg[1])
        self.clear_word = arg[1];
    object::exit_thread(arg[0]);
}

Outcome thread_detach(Thread& self, Arguments arg)
{
    const int tid = to_int(arg[0]);
    return done(object::detach_thread(self.process, tid == 0 ? self.tid : tid));
}

Outcome thread_join(Thread& self, Arguments arg)
{
    if (arg[1] && !mm::user_writable(self.process, arg[1], 8))
        return Err(Errno::efault);
    const uint64_t status = TRY(object::join_thread(self.process, to_int(arg[0])));
    if (arg[1] && !mm::put_user(self.process, arg[1], status))
        return Err(Errno::efault);
    return 0;
}

Outcome thread_cancel(Thread&, Arguments)
{
    return Err(Errno::enotsup);
}

Outcome set_io(Thread& self, bool on, uint64_t level)
{
    if (on && !proc::able(self.process, proc::Ability::io, level))
        return Err(Errno::eperm);
    arch::set_io_privilege(self, on);
    return 0;
}

/// A thread without a CPU could not even be killed.
bool has_cpu(uint32_t mask)
{
    return (mask & (~uint32_t{0} >> (32 - arch::cpu_count()))) != 0;
}

Outcome set_runmask(Thread& target, uint64_t mask_value)
{
    const auto mask = static_cast<uint32_t>(mask_value);
    if (!has_cpu(mask))
        return Err(Errno::einval);
    target.own_runmask = mask;
    sched::set_runmask(target, mask);
    return 0;
}

Outcome runmask_get_and_set(Thread& self, Thread& target, uint64_t address)
{
    uint32_t mask;
    const uint32_t old = target.own_runmask;
    if (!mm::get_user(self.process, mask, address) || !mm::user_writable(self.process, address, 4))
        return Err(Errno::efault);
    if (mask != 0)
        TRY(set_runmask(target, mask));
    if (!mm::put_user(self.process, address, old))
        return Err(Errno::efault);
    return 0;
}

/// struct _thread_runmask: int size; unsigned runmask[size], inherit_mask[size]. Zero leaves a mask; the old ones come back.
Outcome runmask_and_inherit(Thread& self, Thread& target, uint64_t address)
{
    struct {
        int32_t size;
        uint32_t runmask, inherit_mask;
    } masks;
    const uint32_t old_run = target.own_runmask, old_inherit = target.inherit_mask;
    if (!mm::get_user(self.process, masks, address) ||
        !mm::user_writable(self.process, address, sizeof masks))
        return Err(Errno::efault);
    if (masks.size != 1 || (masks.inherit_mask != 0 && !has_cpu(masks.inherit_mask)))
        return Err(Errno::einval);
    if (masks.runmask != 0)
        TRY(set_runmask(target, masks.runmask));
    if (masks.inherit_mask != 0)
        target.inherit_mask = masks.inherit_mask;
    masks.runmask = old_run;
    masks.inherit_mask = old_inherit;
    if (!mm::put_user(self.process, address, masks))
        return Err(Errno::efault);
    return 0;
}

/// struct _thread_name: int new_name_len (< 0 = only read), name_buf_len, char name_buf[]. The old name comes back.
Outcome thread_name(Thread& self, Thread& target, uint64_t address)
{
    struct {
        int32_t new_length, buffer_length;
    } head;
    char name[sizeof target.name]{};
    if (!mm::get_user(self.process, head, address))
        return Err(Errno::efault);
    if (head.buffer_length < 0)
        return Err(Errno::einval);
    if (head.new_length > 0) {
        const auto length = static_cast<uint64_t>(head.new_length);
        if (length >= sizeof name)
            return Err(Errno::e2big);
        if (!mm::copy_from_user(self.process, name, address + sizeof head, length))
            return Err(Errno::efault);
    }
    uint64_t old_length = 0;
    while (old_length < sizeof target.name - 1 && target.name[old_length])
        ++old_length;
    if (head.buffer_length > 0) {
        const auto room = static_cast<uint64_t>(head.buffer_length);
        const uint64_t give = old_length + 1 < room ? old_length + 1 : room;
        if (!mm::copy_to_user(self.process, address + sizeof head, target.name, give))
            return Err(Errno::efault);
    }
    if (head.new_length >= 0) {
        for (uint64_t i = 0; i < sizeof name; ++i)
            target.name[i] = name[i];
    }
    return static_cast<int64_t>(old_length);
}

/// The processor itself does what other ones need emulation for (< 0); faults instead (> 0) it cannot be told without breaking
/// compiled code, which relies on that. 0 asks. The state before comes back.
Outcome align_fault(Thread& self, uint64_t address)
{
    int32_t wanted;
    constexpr int32_t emulated = -1;
    if (!mm::get_user(self.process, wanted, address))
        return Err(Errno::efault);
    if (wanted > 0)
        return Err(Errno::enotsup);
    if (!mm::put_user(self.process, address, emulated))
        return Err(Errno::efault);
    return 0;
}

void hold(Thread& thread, bool on)
{
    thread.held = on;
    if (on)
        sched::poke(thread);
    else if (thread.state == ThreadState::stopped && !thread.process.stopped)
        sched::wake(thread);
}

Outcome hold_others(Thread& self, bool on)
{
    for (uint32_t tid = 1; tid < self.process.threads.size(); ++tid) {
        Thread* thread = self.process.threads.get(tid);
        if (thread && thread != &self && thread->state != ThreadState::dead)
            hold(*thread, on);
    }
    return 0;
}

Outcome hold_one(Thread& self, uint64_t tid, bool on)
{
    Thread* thread = self.process.threads.get(static_cast<int>(tid));
    if (!thread || thread->state == ThreadState::dead)
        return Err(Errno::esrch);
    hold(*thread, on);
    return 0;
}

Outcome exit_event(Thread& self, Thread& target, bool add, uint64_t address)
{
    nto_sigevent event;
    if (!mm::get_user(self.process, event, address))
        return Err(Errno::efault);
    return done(add ? ipc::add_exit_event(target, event) : ipc::remove_exit_event(target, event));
}

bool stops_others(uint64_t command)
{
    return command == tctl_threads_hold || command == tctl_threads_cont ||
           command == tctl_one_hold || command == tctl_one_cont;
}

Outcome thread_ctl(Thread& self, Arguments arg)
{
    if (stops_others(arg[0]) && !proc::able(self.process, proc::Ability::xthread_threadctl, arg[0]))
        return Err(Errno::eperm);
    switch (arg[0]) {
    case tctl_io:
        return set_io(self, true, io_level_1);
    case tctl_io_priv:
        return set_io(self, true, io_level_2);
    case tctl_io_level:
        return set_io(self, (arg[1] & io_level_mask) != io_level_none, arg[1] & io_level_mask);
    case tctl_threads_hold:
        return hold_others(self, true);
    case tctl_threads_cont:
        return hold_others(self, false);
    case tctl_one_hold:
        return hold_one(self, arg[1], true);
    case tctl_one_cont:
        return hold_one(self, arg[1], false);
    case tctl_runmask:
        return set_runmask(self, arg[1]);
    case tctl_runmask_get_and_set:
        return runmask_get_and_set(self, self, arg[1]);
    case tctl_runmask_inherit:
        return runmask_and_inherit(self, self, arg[1]);
    case tctl_name:
        return thread_name(self, self, arg[1]);
    case tctl_add_exit_event:
    case tctl_del_exit_event:
        return exit_event(self, self, arg[0] == tctl_add_exit_event, arg[1]);
    case tctl_align_fault:
        return align_fault(self, arg[1]);
    default: // commands of parts that are not here, and numbers that are none
        return Err(arg[0] >= 1 && arg[0] <= tctl_last ? Errno::enotsup : Errno::einval);
    }
}

Outcome thread_tls(Thread& self, Arguments arg)
{
    if (arg[0] >= mm::user_top)
        return Err(Errno::einval);
    arch::set_tls(self, arg[0]);
    return 0;
}

Outcome thread_event(Thread& self, Arguments arg)
{
    if (!arg[0]) // no wait: from now on events are kept
        return done(ipc::keep_thread_events(self.process));
    if (!mm::user_writable(self.process, arg[0], sizeof(nto_sigevent)))
        return Err(Errno::efault);
    const nto_sigevent event = TRY(ipc::wait_thread_event(self));
    if (!mm::put_user(self.process, arg[0], event))
        return Err(Errno::efault);
    return 0;
}

Outcome thread_self(Thread& self, Arguments)
{
    return self.tid;
}

Outcome thread_cleartid(Thread& self, Arguments arg)
{
    self.clear_word = arg[0];
    return self.tid;
}

base::Result<Thread*> target(Thread& self, int pid, int tid)
{
    if (pid == 0 && tid == 0)
        return &self;
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    Thread* thread = process ? object::find_thread(*process, tid) : nullptr;
    if (!thread)
        return Err(Errno::esrch);
    return thread;
}

Outcome sched_get(Thread& self, Arguments arg)
{
    const Thread* thread = TRY(target(self, to_int(arg[0]), to_int(arg[1])));
    nto_sched_param param{};
    param.priority = thread->base_priority;
    param.curpriority = thread->priority;
    if (thread->sporadic)
        sched::sporadic_param(*thread, param);
    if (arg[2] && !mm::put_user(self.process, arg[2], param))
        return Err(Errno::efault);
    return static_cast<int64_t>(thread->policy);
}

/// Its own threads and those of its user; others need SCHEDULE, whose ranges are user ids.
bool may_schedule(Process& from, const Process& to)
{
    return &from == &to || from.cred.euid == to.cred.ruid || from.cred.ruid == to.cred.ruid ||
           proc::able(from, proc::Ability::schedule, static_cast<uint32_t>(to.cred.ruid));
}

Outcome sched_set(Thread& self, Arguments arg)
{
    nto_sched_param param;
    if (!mm::get_user(self.process, param, arg[3]))
        return Err(Errno::efault);
    Thread* thread = TRY(target(self, to_int(arg[0]), to_int(arg[1])));
    const int policy = to_int(arg[2]);
    const bool sporadic = policy == policy_sporadic;
    if (policy != policy_unchanged && !sporadic && !valid_policy(policy))
        return Err(Errno::einval);
    TRY(check_priority(self.process, param.priority));
    if (!may_schedule(self.process, thread->process))
        return Err(Errno::eperm);
    if (sporadic)
        return done(sched::make_sporadic(*thread, param));
    object::set_priority(*thread,
                         policy == policy_unchanged ? thread->policy : static_cast<Policy>(policy),
                         param.priority);
    return 0;
}

Outcome sched_info(Thread& self, Arguments arg)
{
    if (!valid_policy(to_int(arg[1])) && to_int(arg[1]) != policy_sporadic)
        return Err(Errno::einval);
    if (to_int(arg[0]) != 0 && !object::find_process(to_int(arg[0])))
        return Err(Errno::esrch);
    const nto_sched_info info{1, priority_max, sched::slice_ns(),
                              proc::max_unprivileged_priority + 1, 0};
    if (!mm::put_user(self.process, arg[2], info))
        return Err(Errno::efault);
    return 0;
}

Outcome sched_cpu(Thread&, Arguments)
{
    return static_cast<int64_t>(sched::per_cpu().id);
}

Outcome sched_yield(Thread&, Arguments)
{
    sched::yield();
    return 0;
}

/// ThreadCtlExt(): what can be done to another thread; the rest works on the caller only.
Outcome thread_ctl_ext(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]), tid = to_int(arg[1]);
    if (pid != 0 && tid == 0)
        return Err(Errno::einval);
    Thread* thread = TRY(target(self, pid, tid));
    if (thread == &self)
        return thread_ctl(self, {arg[2], arg[3], 0, 0, 0, 0});
    if (!proc::able(self.process, proc::Ability::xthread_threadctl, arg[2]) ||
        (&thread->process != &self.process &&
         !object::may_signal(self.process, thread->process, 0)))
        return Err(Errno::eperm);
    switch (arg[2]) {
    case tctl_runmask:
        return set_runmask(*thread, arg[3]);
    case tctl_runmask_get_and_set:
        return runmask_get_and_set(self, *thread, arg[3]);
    case tctl_runmask_inherit:
        return runmask_and_inherit(self, *thread, arg[3]);
    case tctl_name:
        return thread_name(self, *thread, arg[3]);
    case tctl_add_exit_event:
    case tctl_del_exit_event: // the event's numbers are the thread's process'
        if (&thread->process != &self.process)
            return Err(Errno::einval);
        return exit_event(self, *thread, arg[2] == tctl_add_exit_event, arg[3]);
    default:
        return Err(Errno::einval);
    }
}

} // namespace

void add_thread_calls(Handler* table)
{
    table[KER_THREAD_CREATE] = thread_create;
    table[KER_THREAD_EXIT] = thread_exit;
    table[KER_THREAD_DETACH] = thread_detach;
    table[KER_THREAD_JOIN] = thread_join;
    table[KER_THREAD_CANCEL] = thread_cancel;
    table[KER_THREAD_CTL] = thread_ctl;
    table[KER_THREAD_TLS] = thread_tls;
    table[KER_THREAD_SELF] = thread_self;
    table[KER_THREAD_CLEARTID] = thread_cleartid;
    table[KER_SCHED_GET] = sched_get;
    table[KER_SCHED_SET] = sched_set;
    table[KER_SCHED_INFO] = sched_info;
    table[KER_SCHED_YIELD] = sched_yield;
    table[KER_SCHED_CPU] = sched_cpu;
    table[KER_THREAD_EVENT] = thread_event;
    table[KER_THREAD_CTL_EXT] = thread_ctl_ext;
}

} // namespace call
