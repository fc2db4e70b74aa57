// SPDX-License-Identifier: Apache-2.0
// Signals: sending, choosing a thread, default actions, delivery on the way to user mode.
#pragma once

#include "base/result.hpp"
#include "object/signal_queue.hpp"
#include "object/thread.hpp"

#include <abi/kercall.h>
#include <abi/limits.h>

namespace object {

inline constexpr int signal_max = 64;

inline constexpr int signal_kill = 9, signal_stop = 23, first_special = 57;
inline constexpr int signal_cancel = 33; // what the C library cancels threads with
/// Never blocked; and QNX's eight special signals, which always are, cannot be caught and are queued.
inline constexpr uint64_t unmaskable_signals = signal_bit(signal_kill) | signal_bit(signal_stop);
inline constexpr uint64_t special_signals = ~uint64_t{0} << (first_special - 1);
/// Signals queued for one process or thread at most (_SC_SIGQUEUE_MAX).
inline constexpr uint32_t signal_queue_max = ABI_SIGQUEUE_MAX;

/// What the thread's mask amounts to.
constexpr uint64_t effective_mask(uint64_t mask)
{
    return (mask & ~unmaskable_signals) | special_signals;
}

/// A signal to a process (thread == nullptr: to whichever thread takes it) or to one thread. No permission check.
/// `source`: the timer that sends it, if one does.
/// False: it would have to be queued, and the queue is full or there is no memory (EAGAIN).
bool post_signal(Process& process, Thread* thread, const nto_siginfo& info,
                 const void* source = nullptr);
/// The thread's mask was changed: what it blocked may act now.
void mask_changed(Thread& thread);
/// Would the thread do something about a signal now: handler, or a default action that is not to ignore it?
bool has_deliverable_signal(const Thread& thread);
/// On the way to user mode: takes one signal and acts. True = the thread's state may have changed, look again.
bool deliver_signal(Thread& thread);
bool may_signal(Process& from, const Process& to, int signo);
void continue_process(Process& process);
/// Would a signal that comes now be ignored, by action or by default?
bool ignored(const Process& process, int signo);
/// Pending ones of the process and of its threads are gone.
void discard_signals(Process& process, uint64_t signals);

} // namespace object
