// SPDX-License-Identifier: Apache-2.0
// Interrupt sources: who listens, how often masked, and one interrupt remembered while masked or while a handler runs.
#include "ipc/interrupt.hpp"

#include "arch/console.hpp"
#include "arch/interrupt.hpp"
#include "arch/upcall.hpp"
#include "ipc/message.hpp"
#include "ipc/release.hpp"
#include "object/counters.hpp"
#include "sched/tick.hpp"
#include "sched/trace.hpp"

#include <new>

namespace ipc {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

namespace {

constexpr uint32_t max_handlers = 256;
constexpr uint32_t com1_line = 4, timer_line = 0;

struct Source {
    boost::intrusive::list<InterruptHandler> handlers;
    uint32_t masks = 0;
    bool pending =
        false; // fired while masked (edges and messages; a level line shows again by itself)
};
constexpr uint32_t idle_source = arch::line_count + arch::msi_count;
Source sources[idle_source + 1];

bool valid(uint32_t intr)
{
    return intr == idle_hook || arch::valid_interrupt(intr);
}

uint32_t number_of(uint32_t source)
{
    if (source == idle_source)
        return idle_hook;
    return source < arch::line_count ? source : arch::msi_first + source - arch::line_count;
}

Source& source_of(uint32_t intr)
{
    if (intr == idle_hook)
        return sources[idle_source];
    return sources[intr < arch::line_count ? intr : arch::line_count + (intr - arch::msi_first)];
}

void mask(Source& source, uint32_t intr)
{
    if (source.masks++ == 0 && arch::is_level(intr))
        arch::mask_line(intr);
}

void remove(InterruptHandler* handler);

void deliver_once(Source& source, uint32_t intr)
{
    for (auto at = source.handlers.begin(); at != source.handlers.end();) {
        InterruptHandler& handler = *at++;
        ++handler.count;
        if (handler.code.entry != 0) {
            if (!run_handler(handler))
                remove(&handler);
            continue;
        }
        mask(source, intr);
        ++handler.masks;
        (void)post_event(*handler.process, handler.thread, handler.event);
    }
}

/// Again while an interrupt was remembered that nothing masks: a handler may have unmasked its source.
void deliver(Source& source, uint32_t intr)
{
    if (arch::in_upcall()) {
        source.pending = true; // one handler at a time: whoever runs it comes back here
        return;
    }
    do {
        source.pending = false;
        deliver_once(source, intr);
    } while (source.pending && source.masks == 0 && !source.handlers.empty());
}

void unmask(Source& source, uint32_t intr)
{
    if (--source.masks != 0)
        return;
    if (arch::is_level(intr))
        arch::unmask_line(intr);
    if (source.pending)
        deliver(source, intr);
}

void remove(InterruptHandler* handler)
{
    Source& source = source_of(handler->intr);
    source.handlers.erase(source.handlers.iterator_to(*handler));
    handler->process->interrupts.remove(handler->id);
    if (source.handlers.empty()) {
        if (handler->intr != idle_hook)
            arch::mask_line(handler->intr);
        if (handler->intr == timer_line)
            arch::stop_legacy_timer();
        source.masks = 0;
        source.pending = false;
    } else if (handler->flags & intr_trk_msk) {
        for (; handler->masks > 0 && source.masks > 0; --handler->masks)
            unmask(source, handler->intr);
    }
    --object::counters.interrupts;
    delete handler;
}

} // namespace

void line_interrupt(uint32_t intr)
{
    Source& source = source_of(intr);
    sched::trace(sched::TraceKind::interrupt, object::current(), intr);
    if (source.handlers.empty()) {
        arch::mask_line(intr);
        return;
    }
    if (source.masks > 0) {
        source.pending = !arch::is_level(intr);
        return;
    }
    deliver(source, intr);
}

bool run_idle_hooks()
{
    Source& source = sources[idle_source];
    if (source.handlers.empty() || source.masks > 0)
        return false;
    deliver(source, idle_hook);
    return true;
}

base::Result<int> attach_interrupt(Thread& thread, uint32_t intr, const nto_sigevent& event,
                                   const HandlerCode& code, uint32_t flags)
{
    if (!valid(intr) || (flags & ~uint32_t{intr_flags}))
        return Err(Errno::einval);
    Source& source = source_of(intr);
    if (!source.handlers.empty() &&
        ((flags & intr_exclusive) || (source.handlers.front().flags & intr_exclusive)))
        return Err(Errno::ebusy);
    auto* handler = new (std::nothrow) InterruptHandler;
    if (!handler)
        return Err(Errno::eagain);
    handler->id = thread.process.interrupts.insert(handler, 1, max_handlers);
    if (handler->id < 0) {
        delete handler;
        return Err(Errno::eagain);
    }
    const int kind = event.notify & NTO_SIGEV_MASK;
    const bool to_process =
        code.entry == 0 &&
        (kind == NTO_SIGEV_PULSE || kind == NTO_SIGEV_SIGNAL || kind == NTO_SIGEV_SIGNAL_CODE);
    handler->process = &thread.process;
    handler->thread =
        to_process || ((flags & intr_process) && (code.entry != 0 || kind != NTO_SIGEV_INTR))
            ? nullptr
            : &thread;
    handler->code = code;
    handler->intr = intr;
    handler->flags = flags;
    handler->event = event;
    const bool first = source.handlers.empty();
    if (flags & intr_end)
        source.handlers.push_back(*handler);
    else
        source.handlers.push_front(*handler);
    ++object::counters.interrupts;
    if (first && (flags & intr_no_unmask))
        source.masks = 1;
    if (first && intr != idle_hook) {
        arch::steer_line(intr, thread.runmask);
        if (source.masks == 0 || !arch::is_level(intr))
            arch::unmask_line(intr);
    }
    if (first && intr == timer_line)
        arch::start_legacy_timer(sched::tick_ns());
    if (intr == com1_line)
        arch::console_release_com1();
    return handler->id;
}

base::Result<void> detach_interrupt(Process& process, int id)
{
    InterruptHandler* handler = process.interrupts.get(id);
    if (!handler)
        return Err(Errno::einval);
    remove(handler);
    return {};
}

base::Result<uint32_t> mask_interrupt(Process& process, uint32_t intr, int id)
{
    if (!valid(intr))
        return Err(Errno::einval);
    InterruptHandler* handler = id >= 0 ? process.interrupts.get(id) : nullptr;
    if (id >= 0 && (!handler || handler->intr != intr))
        return Err(Errno::einval);
    Source& source = source_of(intr);
    mask(source, intr);
    if (handler)
        ++handler->masks;
    return source.masks;
}

base::Result<uint32_t> unmask_interrupt(Process& process, uint32_t intr, int id)
{
    if (!valid(intr))
        return Err(Errno::einval);
    InterruptHandler* handler = id >= 0 ? process.interrupts.get(id) : nullptr;
    if (id >= 0 && (!handler || handler->intr != intr))
        return Err(Errno::einval);
    Source& source = source_of(intr);
    if (source.masks == 0)
        return 0u;
    if (handler && handler->masks > 0)
        --handler->masks;
    unmask(source, intr);
    return source.masks;
}

bool interrupt_info(uint32_t index, nto_interrupt_info& out)
{
    for (uint32_t i = 0; i <= idle_source; ++i) {
        for (const InterruptHandler& handler : sources[i].handlers) {
            if (index-- > 0)
                continue;
            out = {};
            out.intr = number_of(i);
            out.flags = handler.flags;
            out.pid = handler.process->pid;
            out.tid = handler.thread ? handler.thread->tid : 0;
            out.id = handler.id;
            out.masks = sources[i].masks;
            out.cpu = arch::interrupt_cpu(number_of(i));
            out.notify = handler.code.entry != 0 ? -1 : handler.event.notify;
            out.handler = handler.code.entry;
            out.area = handler.code.area;
            out.count = handler.count;
            return true;
        }
    }
    return false;
}

void release_interrupts(Process& process)
{
    for (uint32_t i = 0; i < process.interrupts.size(); ++i) {
        if (InterruptHandler* handler = process.interrupts.get(i)) {
            handler->flags |= intr_trk_msk; // nobody is left to unmask
            remove(handler);
        }
    }
}

void release_thread_interrupts(Thread& thread)
{
    Process& process = thread.process;
    for (uint32_t i = 0; i < process.interrupts.size(); ++i) {
        InterruptHandler* handler = process.interrupts.get(i);
        if (handler && handler->thread == &thread)
            remove(handler);
    }
}

} // namespace ipc
