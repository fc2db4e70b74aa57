// SPDX-License-Identifier: Apache-2.0
// Signal calls.
#include "call/call.hpp"
#include "mm/user_copy.hpp"
#include "object/signal.hpp"
#include "sched/scheduler.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Process;
using object::signal_bit;
using object::Thread;
using object::ThreadState;

namespace {

constexpr uint64_t unmaskable = object::unmaskable_signals;
constexpr int everybody = INT32_MIN; // the pid of kill(-1)
enum How { how_block = 0, how_unblock = 1, how_set = 2 };

/// A group, or everybody but the sender's own process (kill(-1)).
Outcome kill_group(Thread& self, int group, const nto_siginfo& info)
{
    bool found = false, allowed = false;
    for (Process* p = object::next_process(nullptr); p; p = object::next_process(p)) {
        if (p->pid == 1 || p->exiting ||
            (group == everybody ? p == &self.process : p->pgrp != group))
            continue;
        found = true;
        if (!object::may_signal(self.process, *p, info.signo))
            continue;
        allowed = true;
        if (info.signo != 0)
            object::post_signal(*p, nullptr, info);
    }
    if (!found)
        return Err(Errno::esrch);
    if (!allowed)
        return Err(Errno::eperm);
    return 0;
}

Outcome signal_kill(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[1]), tid = to_int(arg[2]), signo = to_int(arg[3]);
    if (arg[0] != 0)
        return Err(Errno::eremote);
    if (signo < 0 || signo > object::signal_max)
        return Err(Errno::einval);
    nto_siginfo info{};
    info.signo = signo;
    info.code = to_int(arg[4]);
    info.u.p.pid = self.process.pid;
    info.u.p.uid = static_cast<uint32_t>(self.process.cred.ruid);
    info.u.p.value.ptr = arg[5];
    if (pid < 0)
        return kill_group(self,
                          pid == everybody ? everybody
                          : pid == -1      ? self.process.pgrp
                                           : -pid,
                          info);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process || process->exiting)
        return Err(Errno::esrch);
    if (process != &self.process && !object::may_signal(self.process, *process, signo))
        return Err(Errno::eperm);
    Thread* thread = tid != 0 ? object::find_thread(*process, tid) : nullptr;
    if (tid != 0 && !thread)
        return Err(Errno::esrch);
    if (signo != 0 && !object::post_signal(*process, thread, info))
        return Err(Errno::eagain);
    return 0;
}

Outcome signal_action(Thread& self, Arguments arg)
{
    const int signo = to_int(arg[0]);
    nto_sigaction action;
    if (signo < 1 || signo > object::signal_max)
        return Err(Errno::einval);
    if (arg[1]) {
        if ((signal_bit(signo) & unmaskable) || signo >= object::first_special)
            return Err(Errno::einval);
        if (!mm::get_user(self.process, action, arg[1]))
            return Err(Errno::efault);
    }
    nto_sigaction& current = self.process.actions[signo - 1];
    if (arg[2] && !mm::put_user(self.process, arg[2], current))
        return Err(Errno::efault);
    if (arg[1]) {
        current = action;
        current.mask &= ~unmaskable;
        if (object::ignored(self.process, signo)) // that discards what is pending (POSIX 2.4.3)
            object::discard_signals(self.process, signal_bit(signo));
    }
    return 0;
}

/// The thread whose mask is meant; another process' needs the right to signal it.
base::Result<Thread*> masked_thread(Thread& self, uint64_t how, int pid, int tid)
{
    if (!(how & NTO_PROCMASK_OF))
        return &self;
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process || process->exiting)
        return Err(Errno::esrch);
    if (process != &self.process && !object::may_signal(self.process, *process, 0))
        return Err(Errno::eperm);
    if (tid == 0 && process == &self.process)
        return &self;
    Thread* thread = object::find_thread(*process, tid);
    if (!thread || thread->kernel)
        return Err(Errno::esrch);
    return thread;
}

Outcome signal_procmask(Thread& self, Arguments arg)
{
    uint64_t set = 0;
    Thread* thread = TRY(masked_thread(self, arg[0], to_int(arg[3]), to_int(arg[4])));
    const uint64_t how = arg[0] & ~uint64_t{NTO_PROCMASK_OF};
    const uint64_t old = thread->signal_mask;
    if (arg[1] && !mm::get_user(self.process, set, arg[1]))
        return Err(Errno::efault);
    if (arg[1] && how > how_set)
        return Err(Errno::einval);
    if (arg[2] && !mm::put_user(self.process, arg[2], old))
        return Err(Errno::efault);
    if (!arg[1])
        return 0;
    set &= ~unmaskable;
    if (how == how_block)
        thread->signal_mask |= set;
    else if (how == how_unblock)
        thread->signal_mask &= ~set;
    else
        thread->signal_mask = set;
    if (thread != &self)
        object::mask_changed(*thread);
    return 0;
}

Outcome signal_altstack(Thread& self, Arguments arg)
{
    nto_stack fresh, old = self.alternate_stack;
    const uint64_t sp = arch::user_sp(*self.frame);
    const bool on_it = !(old.flags & NTO_SS_DISABLE) && sp - old.sp < old.size;
    if (on_it)
        old.flags |= NTO_SS_ONSTACK;
    if (arg[0]) {
        if (!mm::get_user(self.process, fresh, arg[0]))
            return Err(Errno::efault);
        if (on_it)
            return Err(Errno::eperm);
        if (fresh.flags & ~NTO_SS_DISABLE)
            return Err(Errno::einval);
        if (!(fresh.flags & NTO_SS_DISABLE) && fresh.size < NTO_STACK_MIN)
            return Err(Errno::enomem);
    }
    if (arg[1] && !mm::put_user(self.process, arg[1], old))
        return Err(Errno::efault);
    if (arg[0])
        self.alternate_stack = fresh;
    return 0;
}

/// The mask changes together with the wait: no signal can come between. It is as before when the call has returned.
void mask_while_waiting(Thread& self, uint64_t mask)
{
    self.saved_mask = self.signal_mask;
    self.restore_mask = true;
    self.signal_mask = mask & ~unmaskable;
}

Outcome signal_wait_pulse(Thread& self, Arguments arg)
{
    uint64_t mask;
    if (!mm::get_user(self.process, mask, arg[4]))
        return Err(Errno::efault);
    mask_while_waiting(self, mask);
    return receive_pulse(self, arg);
}

Outcome signal_suspend(Thread& self, Arguments arg)
{
    uint64_t mask;
    if (!mm::get_user(self.process, mask, arg[0]))
        return Err(Errno::efault);
    mask_while_waiting(self, mask);
    return Err(sched::block(ThreadState::sigsuspend, nullptr));
}

Outcome signal_waitinfo(Thread& self, Arguments arg)
{
    uint64_t set, mask;
    nto_siginfo info;
    if (!mm::get_user(self.process, set, arg[0]) ||
        (arg[2] && !mm::get_user(self.process, mask, arg[2])))
        return Err(Errno::efault);
    if (arg[1] && !mm::user_writable(self.process, arg[1], sizeof info))
        return Err(Errno::efault);
    set &= ~unmaskable;
    if (!self.pending.take(set, info) && !self.process.pending.take(set, info)) {
        self.wait_mask = set;
        if (arg[2])
            mask_while_waiting(self, mask);
        const Errno end = sched::block(ThreadState::sigwaitinfo, nullptr);
        self.wait_mask = 0;
        if (end != Errno::eok)
            return Err(end);
        info = self.wait_info;
    }
    if (arg[1] && !mm::put_user(self.process, arg[1], info))
        return Err(Errno::efault);
    return info.signo;
}

Outcome signal_return(Thread& self, Arguments)
{
    uint64_t mask;
    if (!arch::pop_signal_frame(self, mask)) {
        object::terminate(self.process, 11); // SIGSEGV: there is nothing to go back to
        return Err(Errno::efault);
    }
    self.signal_mask = mask & ~unmaskable;
    return 0;
}

Outcome signal_pending(Thread& self, Arguments arg)
{
    const uint64_t set = (self.pending.set() | self.process.pending.set()) &
                         object::effective_mask(self.signal_mask);
    if (!mm::put_user(self.process, arg[0], set))
        return Err(Errno::efault);
    return 0;
}

} // namespace

void add_signal_calls(Handler* table)
{
    table[KER_SIGNAL_KILL] = signal_kill;
    table[KER_SIGNAL_ACTION] = signal_action;
    table[KER_SIGNAL_PROCMASK] = signal_procmask;
    table[KER_SIGNAL_SUSPEND] = signal_suspend;
    table[KER_SIGNAL_WAITINFO] = signal_waitinfo;
    table[KER_SIGNAL_RETURN] = signal_return;
    table[KER_SIGNAL_PENDING] = signal_pending;
    table[KER_SIGNAL_ALTSTACK] = signal_altstack;
    table[KER_SIGNAL_WAIT_PULSE] = signal_wait_pulse;
}

} // namespace call
