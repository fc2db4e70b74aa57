// SPDX-License-Identifier: Apache-2.0
// Signals: sending, choosing a thread, default actions, delivery on the way to user mode.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <abi/kercall.h>

namespace object {

inline constexpr int signal_max = 64;

/// A signal to a process (thread == nullptr: to whichever thread takes it) or to one thread. No permission check.
/// `source`: the timer that sends it, if one does. False: no memory to remember it.
bool post_signal(Process& process, Thread* thread, const nto_siginfo& info,
                 const void* source = nullptr);
/// Would the thread do something about a signal now: handler, or a default action that is not to ignore it?
bool has_deliverable_signal(const Thread& thread);
/// On the way to user mode: takes one signal and acts. True = the thread's state may have changed, look again.
bool deliver_signal(Thread& thread);
bool may_signal(Process& from, const Process& to, int signo);
void continue_process(Process& process);

} // namespace object
