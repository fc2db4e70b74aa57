// SPDX-License-Identifier: Apache-2.0
// Handlers of InterruptAttach(): run one, do what it returned, and what it may ask the kernel for.
#include "arch/console.hpp"
#include "arch/upcall.hpp"
#include "ipc/interrupt.hpp"
#include "ipc/message.hpp"
#include "mm/user_copy.hpp"
#include "object/signal.hpp"
#include "sched/per_cpu.hpp"
#include "sched/trace.hpp"

namespace ipc {

using object::Process;

namespace {

constexpr int sigsegv = 11, sigxcpu = 30;
constexpr uint64_t trace_insert = 4;
uint32_t failed;

/// The process may have a handler for it; by default it ends.
void report(InterruptHandler& handler, const arch::UpcallResult& result)
{
    const bool fault = result.end == arch::UpcallEnd::faulted;
    ++failed;
    kernel::print("procnto: interrupt handler %lx of pid %d (%s) for %u %s %lx: detached\n",
                  handler.code.entry, handler.process->pid, handler.process->name, handler.intr,
                  fault ? "faulted at" : "did not come back", result.value);
    nto_siginfo info{};
    info.signo = fault ? sigsegv : sigxcpu;
    info.code = fault ? 1 : 0;
    info.u.f.addr = result.value;
    object::post_signal(*handler.process, nullptr, info);
}

int64_t result_of(const base::Result<uint32_t>& count)
{
    return count.ok() ? static_cast<int64_t>(count.value()) : -base::to_int(count.error());
}

} // namespace

bool run_handler(InterruptHandler& handler)
{
    const HandlerCode& code = handler.code;
    const auto second =
        handler.intr == idle_hook
            ? (sched::per_cpu().timers.empty() ? ~uint64_t{0}
                                               : sched::per_cpu().timers.begin()->deadline_ns)
            : static_cast<uint64_t>(handler.id);
    const arch::UpcallResult result = arch::run_upcall({*handler.process,
                                                        code.entry,
                                                        code.stack_top,
                                                        code.restorer,
                                                        code.tls,
                                                        {code.area, second}});
    if (result.end != arch::UpcallEnd::returned) {
        report(handler, result);
        return false;
    }
    nto_sigevent event;
    if (result.value != 0 && mm::get_user(*handler.process, event, result.value))
        (void)post_event(*handler.process, handler.thread, event);
    return true;
}

int64_t handler_call(Process& owner, uint64_t number, const uint64_t (&arg)[6])
{
    switch (number) {
    case KER_NOP:
        return 0;
    case KER_INTERRUPT_MASK:
        return result_of(
            mask_interrupt(owner, static_cast<uint32_t>(arg[0]), static_cast<int>(arg[1])));
    case KER_INTERRUPT_UNMASK:
        return result_of(
            unmask_interrupt(owner, static_cast<uint32_t>(arg[0]), static_cast<int>(arg[1])));
    case KER_TRACE_EVENT:
        if (arg[0] != trace_insert)
            break;
        sched::trace(sched::TraceKind::user, object::current(), static_cast<uint32_t>(arg[1]),
                     arg[2]);
        return 0;
    default:
        break;
    }
    return -ENOTSUP;
}

uint32_t failed_handlers()
{
    return failed;
}

} // namespace ipc
