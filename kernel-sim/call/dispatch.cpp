// SPDX-License-Identifier: Apache-2.0
// From call number to handler, and the way back to user mode.
#include "arch/clock.hpp"
#include "arch/console.hpp"
#include "call/call.hpp"
#include "call/enter.hpp"
#include "call/leave.hpp"
#include "mm/user_copy.hpp"
#include "object/signal.hpp"
#include "sched/idle.hpp"
#include "sched/scheduler.hpp"
#include "sched/timeout.hpp"
#include "sched/trace.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Thread;
using object::ThreadState;

namespace {

Handler table[KER_CALL_MAX];
constexpr uint64_t debug_write_max = 1024;

Outcome nop(Thread&, Arguments)
{
    return 0;
}

Outcome debug_write(Thread& self, Arguments arg)
{
    static char text[debug_write_max]; // guarded by the big lock
    const uint64_t length = arg[1] < debug_write_max ? arg[1] : debug_write_max;
    if (!mm::copy_from_user(self.process, text, arg[0], length))
        return Err(Errno::efault);
    arch::console_write(text, length);
    return static_cast<int64_t>(length);
}

[[gnu::noinline]] void fail(Thread& self, arch::UserFrame& frame, uint64_t number, Errno error)
{
    if (number == KER_SYNC_MUTEX_LOCK && error == Errno::eintr) {
        arch::restart_call(frame); // a signal handler does not end the wait for a mutex
    } else {
        if (self.timeout.flags != 0 && number != KER_TIMER_TIMEOUT)
            sched::clear_timeout(self);
        arch::set_call_result(frame, -base::to_int(error));
    }
    sched::trace(sched::TraceKind::call_exit, self, static_cast<uint32_t>(number));
}

[[gnu::always_inline]] inline void perform(Thread& self, arch::UserFrame& frame, uint64_t number,
                                           Arguments arg)
{
    sched::trace(sched::TraceKind::call, self, static_cast<uint32_t>(number), arg[0]);
    if (self.killed) [[unlikely]]
        return; // it came in while another CPU killed it: no new objects
    Handler handler = number < KER_CALL_MAX ? table[number] : nullptr;
    if (!handler) [[unlikely]] {
        arch::set_call_result(frame, -ENOSYS);
        return;
    }
    const Outcome outcome = handler(self, arg);
    if (!outcome.ok()) [[unlikely]] {
        fail(self, frame, number, outcome.error());
        return;
    }
    if (number == KER_SIGNAL_RETURN)
        return; // every register was restored
    if (self.timeout.flags != 0 && number != KER_TIMER_TIMEOUT) [[unlikely]]
        sched::clear_timeout(self);
    arch::set_call_result(frame, outcome.value());
    sched::trace(sched::TraceKind::call_exit, self, static_cast<uint32_t>(number),
                 static_cast<uint64_t>(outcome.value()));
}

[[gnu::always_inline]] inline void any_call(sched::PerCpu&, Thread& self, Arguments arg)
{
    arch::UserFrame& frame = *self.frame;
    perform(self, frame, arch::call_arguments(frame).number, arg);
    finish_call(self);
}

} // namespace

void init_calls()
{
    table[KER_NOP] = nop;
    table[KER_DEBUG_WRITE] = debug_write;
    add_thread_calls(table);
    add_channel_calls(table);
    add_message_calls(table);
    add_sync_calls(table);
    add_signal_calls(table);
    add_clock_calls(table);
    add_timer_calls(table);
    add_interrupt_calls(table);
}

void dispatch(Thread& self, arch::UserFrame& frame)
{
    const arch::CallArguments call = arch::call_arguments(frame);
    perform(self, frame, call.number, call.arg);
}

void enter_general(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    enter<any_call>(a, b, c, d, e, f);
}

void return_to_user(Thread& self)
{
    while (__builtin_expect(!may_leave(sched::per_cpu(), self), 0)) {
        if (sched::per_cpu().need_resched)
            sched::reschedule_if_needed();
        if (self.killed)
            object::exit_thread();
        if (self.held || self.process.stopped || (self.process.debug_stopped && !self.debug_go)) {
            (void)sched::block(ThreadState::stopped, nullptr, false);
            continue;
        }
        if ((self.pending.set() | self.process.pending.set()) == 0 && !self.restore_mask)
            break;
        if (!object::deliver_signal(self))
            break;
    }
    leave_kernel(sched::per_cpu(), self);
}

} // namespace call
