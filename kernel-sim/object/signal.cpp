// SPDX-License-Identifier: Apache-2.0
// Sending and delivering signals.
#include "object/signal.hpp"

#include "arch/context.hpp"
#include "object/hooks.hpp"
#include "sched/scheduler.hpp"

namespace object {

using base::Errno;

namespace {

enum Signal {
    sigkill = 9,
    sigchld = 18,
    sigpwr = 19,
    sigwinch = 20,
    sigurg = 21,
    sigstop = 23,
    sigtstp = 24,
    sigcont = 25,
    sigttin = 26,
    sigttou = 27
};
constexpr uint64_t stop_set =
    signal_bit(sigstop) | signal_bit(sigtstp) | signal_bit(sigttin) | signal_bit(sigttou);
constexpr uint64_t ignore_set = signal_bit(sigchld) | signal_bit(sigpwr) | signal_bit(sigwinch) |
                                signal_bit(sigurg) | signal_bit(sigcont);
// QUIT ILL TRAP ABRT EMT FPE BUS SEGV SYS XCPU XFSZ
constexpr uint64_t core_set = signal_bit(3) | signal_bit(4) | signal_bit(5) | signal_bit(6) |
                              signal_bit(7) | signal_bit(8) | signal_bit(10) | signal_bit(11) |
                              signal_bit(12) | signal_bit(30) | signal_bit(31);
constexpr uint64_t handler_default = 0, handler_ignore = 1;

} // namespace

bool ignored(const Process& process, int signo)
{
    const uint64_t handler = process.actions[signo - 1].handler;
    return handler == handler_ignore ||
           (handler == handler_default && (signal_bit(signo) & ignore_set));
}

void discard_signals(Process& process, uint64_t signals)
{
    process.pending.remove(signals);
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        if (Thread* thread = process.threads.get(tid))
            thread->pending.remove(signals);
    }
}

namespace {

uint64_t acting_set(const Thread& thread)
{
    uint64_t set =
        (thread.pending.set() | thread.process.pending.set()) & ~effective_mask(thread.signal_mask);
    for (uint64_t left = set; left != 0; left &= left - 1) {
        const int signo = __builtin_ctzll(left) + 1;
        if (ignored(thread.process, signo) || (signo == signal_cancel && thread.keeps_cancel))
            set &= ~signal_bit(signo);
    }
    return set;
}

bool waits_for(const Thread& thread, int signo)
{
    return thread.state == ThreadState::sigwaitinfo && (thread.wait_mask & signal_bit(signo));
}

/// A waiter in sigwaitinfo first, then a thread that does not mask it, preferably one that sleeps.
Thread* choose_thread(Process& process, int signo)
{
    Thread* best = nullptr;
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        Thread* thread = process.threads.get(tid);
        if (!thread || thread->state == ThreadState::dead || thread->kernel)
            continue;
        if (waits_for(*thread, signo))
            return thread;
        const bool masked = effective_mask(thread->signal_mask) & signal_bit(signo);
        if (!masked && !best)
            best = thread;
    }
    return best;
}

void notify_thread(Thread& thread)
{
    if (!has_deliverable_signal(thread))
        return;
    if (thread.state == ThreadState::running)
        sched::poke(thread);
    else if (thread.state != ThreadState::ready && thread.interruptible)
        sched::interrupt_wait(thread, Errno::eintr);
}

void stop_process(Process& process, int signo)
{
    if (process.stopped)
        return;
    process.stopped = true;
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        Thread* thread = process.threads.get(tid);
        if (thread && thread->state == ThreadState::running)
            sched::poke(*thread);
    }
    proc::process_stopped(process, signo);
}

/// Wakes a thread that waits in sigwaitinfo for it; true = consumed.
bool hand_to_waiter(Thread& thread, const nto_siginfo& info)
{
    if (!waits_for(thread, info.signo))
        return false;
    thread.wait_info = info;
    sched::wake(thread);
    return true;
}

void run_default(Thread& thread, int signo)
{
    if (signal_bit(signo) & stop_set)
        stop_process(thread.process, signo);
    else if ((signal_bit(signo) & core_set) && proc::dump_core(thread, signo))
        return;
    else if (!(signal_bit(signo) & ignore_set)) {
        terminate(thread.process, signo);
        thread.killed = true; // also when something else ends the process already
    }
}

} // namespace

void continue_process(Process& process)
{
    if (!process.stopped)
        return;
    process.stopped = false;
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        Thread* thread = process.threads.get(tid);
        if (thread && thread->state == ThreadState::stopped && !thread->held)
            sched::wake(*thread);
    }
    proc::process_continued(process);
}

bool post_signal(Process& process, Thread* thread, const nto_siginfo& info, const void* source)
{
    const int signo = info.signo;
    if (process.exiting || &process == &kernel_process())
        return true;
    if (signo == sigkill) {
        terminate(process, sigkill);
        return true;
    }
    if (signo == sigcont) {
        discard_signals(process, stop_set);
        continue_process(process);
    } else if (signal_bit(signo) & stop_set) {
        discard_signals(process, signal_bit(sigcont));
    }
    Thread* target = thread ? thread : choose_thread(process, signo);
    if (target && hand_to_waiter(*target, info))
        return true;
    const bool masked = !target || (effective_mask(target->signal_mask) & signal_bit(signo));
    if (ignored(process, signo) && !masked)
        return true;
    if (signo == sigstop) {
        stop_process(process, signo);
        return true;
    }
    const bool queued =
        (process.actions[signo - 1].flags & NTO_SA_SIGINFO) || signo >= first_special;
    SignalQueue& queue = thread ? thread->pending : process.pending;
    if (queued && queue.count() >= signal_queue_max)
        return false;
    if (!queue.add(info, queued, source))
        return false;
    if (target)
        notify_thread(*target);
    return true;
}

void mask_changed(Thread& thread)
{
    notify_thread(thread);
}

bool has_deliverable_signal(const Thread& thread)
{
    return !thread.kernel && acting_set(thread) != 0;
}

bool deliver_signal(Thread& thread)
{
    const uint64_t set = acting_set(thread);
    nto_siginfo info;
    if (!thread.pending.take(set, info) && !thread.process.pending.take(set, info)) {
        if (thread.restore_mask) { // sigsuspend ended by something that needs no handler
            thread.restore_mask = false;
            thread.signal_mask = thread.saved_mask;
        }
        return false;
    }
    nto_sigaction& action = thread.process.actions[info.signo - 1];
    if (action.handler == handler_default) {
        run_default(thread, info.signo);
        return true;
    }
    const uint64_t mask = thread.restore_mask ? thread.saved_mask : thread.signal_mask;
    thread.restore_mask = false;
    if (!arch::push_signal_frame(thread, action, info, mask)) {
        terminate(thread.process, 11); // SIGSEGV: no stack to run the handler on
        return true;
    }
    thread.signal_mask |= action.mask;
    if (!(action.flags & NTO_SA_NODEFER))
        thread.signal_mask |= signal_bit(info.signo);
    if (action.flags & NTO_SA_RESETHAND)
        action.handler = handler_default;
    return true;
}

bool may_signal(Process& from, const Process& to, int signo)
{
    const nto_cred& a = from.cred;
    const nto_cred& b = to.cred;
    if (a.ruid == b.ruid || a.euid == b.ruid || a.ruid == b.suid || a.euid == b.suid)
        return true;
    return proc::able(from, proc::Ability::signal, static_cast<uint64_t>(signo));
}

} // namespace object
