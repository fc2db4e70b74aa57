// SPDX-License-Identifier: Apache-2.0
// Interrupt and trace calls.
#include "call/call.hpp"
#include "ipc/event.hpp"
#include "ipc/interrupt.hpp"
#include "mm/address_space.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "sched/scheduler.hpp"
#include "sched/trace.hpp"

#include <abi/kercall.h>
#include <abi/trace.h>

namespace call {

using base::Err;
using base::Errno;
using object::Thread;
using object::ThreadState;

namespace {

/// A handler may keep interrupts off and use ports: it needs what its thread would need for that. The idle hook does neither.
Outcome interrupt_attach(Thread& self, Arguments arg)
{
    nto_upcall upcall;
    const uint32_t intr = to_u32(arg[0]);
    if (arg[1] == 0 || arg[1] >= mm::user_top || !mm::get_user(self.process, upcall, arg[5]) ||
        !mm::user_writable(self.process, upcall.stack_top - 8, 8))
        return Err(Errno::efault);
    if (upcall.stack_top % 16 != 0)
        return Err(Errno::einval);
    if (!proc::able(self.process, proc::Ability::interrupt, intr) ||
        (intr != ipc::idle_hook && !self.io_privilege))
        return Err(Errno::eperm);
    const ipc::HandlerCode code{arg[1], arg[2], upcall.stack_top, upcall.restorer, self.fs_base};
    return value(ipc::attach_interrupt(self, intr, {}, code, to_u32(arg[4])));
}

Outcome interrupt_info(Thread& self, Arguments arg)
{
    nto_interrupt_info info;
    if (!ipc::interrupt_info(to_u32(arg[0]), info))
        return Err(Errno::einval);
    if (!mm::put_user(self.process, arg[1], info))
        return Err(Errno::efault);
    return 0;
}

/// INTERRUPT covers what INTERRUPTEVENT does.
bool may_use(Thread& self, uint64_t interrupt)
{
    return proc::has_ability(self.process, proc::Ability::interrupt, interrupt) ||
           proc::able(self.process, proc::Ability::interruptevent, interrupt);
}

Outcome interrupt_attach_event(Thread& self, Arguments arg)
{
    nto_sigevent event;
    if (!mm::get_user(self.process, event, arg[1]))
        return Err(Errno::efault);
    if (!may_use(self, arg[0]) || !ipc::may_notify(self.process, event))
        return Err(Errno::eperm);
    return value(ipc::attach_interrupt(self, to_u32(arg[0]), event, {}, to_u32(arg[2])));
}

Outcome interrupt_detach(Thread& self, Arguments arg)
{
    return done(ipc::detach_interrupt(self.process, to_int(arg[0])));
}

Outcome interrupt_wait(Thread& self, Arguments arg)
{
    if (arg[0] != 0 || arg[1] != 0)
        return Err(Errno::enotsup);
    if (self.interrupt_pending) {
        self.interrupt_pending = false;
        return 0;
    }
    const Errno end = sched::block(ThreadState::intr, nullptr);
    if (end != Errno::eok)
        return Err(end);
    return 0;
}

/// Who has attached to a line may mask it as long as it is attached, also after it gave the ability up; the id is checked later.
bool may_mask(Thread& self, Arguments arg)
{
    return to_int(arg[1]) >= 0 || may_use(self, arg[0]);
}

Outcome interrupt_mask(Thread& self, Arguments arg)
{
    if (!may_mask(self, arg))
        return Err(Errno::eperm);
    return value(ipc::mask_interrupt(self.process, to_u32(arg[0]), to_int(arg[1])));
}

Outcome interrupt_unmask(Thread& self, Arguments arg)
{
    if (!may_mask(self, arg))
        return Err(Errno::eperm);
    return value(ipc::unmask_interrupt(self.process, to_u32(arg[0]), to_int(arg[1])));
}

Outcome latest_trace(Thread& self, uint64_t to, uint64_t count)
{
    uint32_t n = 0;
    for (; n < count; ++n) {
        const sched::TraceEntry* entry = sched::trace_latest(n);
        if (!entry)
            break;
        if (!mm::put_user(self.process, to + n * sizeof *entry, *entry))
            return Err(Errno::efault);
    }
    return n;
}

Outcome take_trace(Thread& self, uint64_t to, uint64_t count, uint64_t lost_to)
{
    constexpr uint64_t most = 512; // a call: the big lock is held
    uint64_t lost = 0, n = 0;
    for (; n < count && n < most; ++n) {
        const sched::TraceEntry* entry = sched::trace_oldest(lost);
        if (!entry)
            break;
        if (!mm::put_user(self.process, to + n * sizeof *entry, *entry))
            return Err(Errno::efault);
        sched::trace_taken();
    }
    if (lost_to != 0 && !mm::put_user(self.process, lost_to, lost))
        return Err(Errno::efault);
    return static_cast<int64_t>(n);
}

Outcome trace_event(Thread& self, Arguments arg)
{
    if (arg[0] == NTO_TRACE_INSERT) {
        sched::trace(sched::TraceKind::user, self, to_u32(arg[1]), arg[2]);
        return 0;
    }
    if (!proc::able(self.process, proc::Ability::trace, 0))
        return Err(Errno::eperm);
    switch (arg[0]) {
    case NTO_TRACE_START:
        use_short_ways(false);
        sched::trace_on = true;
        sched::trace_names();
        return 0;
    case NTO_TRACE_STOP:
        sched::trace_on = false;
        use_short_ways(true);
        return 0;
    case NTO_TRACE_LATEST:
        return latest_trace(self, arg[1], arg[2]);
    case NTO_TRACE_CLEAR:
        sched::trace_clear();
        return 0;
    case NTO_TRACE_TAKE:
        return take_trace(self, arg[1], arg[2], arg[3]);
    case NTO_TRACE_MASK:
        sched::trace_keep(arg[1], arg[2]);
        return 0;
    case NTO_TRACE_SELECT:
        if (!sched::trace_select(arg[1], arg[2], arg[3] != 0))
            return Err(Errno::einval);
        return 0;
    default:
        return Err(Errno::enosys);
    }
}

} // namespace

void add_interrupt_calls(Handler* table)
{
    table[KER_INTERRUPT_ATTACH] = interrupt_attach;
    table[KER_INTERRUPT_ATTACH_EVENT] = interrupt_attach_event;
    table[KER_INTERRUPT_DETACH] = interrupt_detach;
    table[KER_INTERRUPT_WAIT] = interrupt_wait;
    table[KER_INTERRUPT_MASK] = interrupt_mask;
    table[KER_INTERRUPT_UNMASK] = interrupt_unmask;
    table[KER_INTERRUPT_INFO] = interrupt_info;
    table[KER_TRACE_EVENT] = trace_event;
}

} // namespace call
