// SPDX-License-Identifier: Apache-2.0
// exec: a thread of the process itself loads the new program beside the old one, then everything old goes.
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "ipc/message.hpp"
#include "ipc/release.hpp"
#include "mm/address_space.hpp"
#include "object/hooks.hpp"
#include "object/life.hpp"
#include "object/thread.hpp"
#include "proc/configuration.hpp"
#include "proc/debugger.hpp"
#include "proc/events.hpp"
#include "proc/file_client.hpp"
#include "proc/loader.hpp"
#include "proc/process_info.hpp"
#include "proc/quarantine.hpp"
#include "proc/server.hpp"
#include "sched/scheduler.hpp"
#include "sched/timer.hpp"

#include <abi/errno.h>

namespace proc {

namespace {

constexpr uint32_t cof_cloexec = 1;
constexpr uint64_t sig_ign = 1;
constexpr uint64_t poll_ns = 1'000'000;

struct Overlay {
    SpawnJob* job;
    uint64_t signal_mask;
    object::Policy policy;
};

// The old program's threads: killed, waited for, forgotten. False: the whole process is being killed.
bool end_other_threads(object::Process& process)
{
    object::kill_threads(process, &object::current());
    while (process.live_threads > 1) {
        sched::sleep_ns(poll_ns);
    }
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        object::Thread* thread = process.threads.get(tid);
        if (thread != nullptr && thread->state == object::ThreadState::dead) {
            object::free_thread(thread);
        }
    }
    return !process.exiting;
}

// What POSIX takes away at exec: fds marked so, and everything that is no fd.
void give_back(object::Process& process)
{
    for (uint32_t fd = 0; fd < process.fds.size(); ++fd) {
        const auto coid = static_cast<int>(fd);
        auto flags = process.fds.get(coid) != nullptr ? ipc::connection_flags(process, coid, 0, 0)
                                                      : base::Result<uint32_t>(0u);
        if (flags.ok() && (flags.value() & cof_cloexec) != 0) {
            close_connection(coid);
        }
    }
    for (uint32_t index = 1; index < process.side.size(); ++index) { // 0 is the process manager's
        (void)ipc::detach(process, object::side_channel + static_cast<int>(index));
    }
    (void)path_tree().detach_process(process.pid);
    drop_events(process);
    release_msi(process);
    sched::release_timers(process, true);
    ipc::release_interrupts(process);
    ipc::release_channels(process);
    for (nto_sigaction& action : process.actions) {
        if (action.handler != sig_ign) {
            action = nto_sigaction{};
        }
    }
}

void overlay_thread(void* argument)
{
    auto* overlay = static_cast<Overlay*>(argument);
    const Overlay what = *overlay;
    delete overlay;
    SpawnJob* job = what.job;
    object::Process& process = object::current().process;
    ProgramStart start;
    mm::AddressSpace* space = mm::AddressSpace::create();
    int error = space == nullptr ? ENOMEM : load_program(process, *space, *job, start);
    if (error == EOK && process.exiting) {
        error = EINTR;
    }
    if (error != EOK) {
        if (space != nullptr) {
            space->destroy();
        }
        (void)ipc::error(job->rcvid, error);
        delete job;
        object::exit_thread();
    }
    // From here on there is no way back. The thread that called exec waits for a reply it will not see.
    object::kill_threads(process, &object::current());
    (void)ipc::error(job->rcvid, EINTR);
    const bool alone = end_other_threads(process);
    if (!alone) {
        space->destroy();
        delete job;
        object::exit_thread();
    }
    give_back(process);
    mm::AddressSpace* old = process.space;
    process.space = space;
    forget_breakpoints(process);
    arch::leave_address_space();
    quarantine_dma(*old);
    while (old->give_back_some()) {
        sched::preempt_point();
    }
    old->destroy();

    ProcessInfo& info = info_of(process);
    object::set_name(process, job->path.c_str());
    info.executable = std::move(job->path);
    info.arguments = std::move(job->arguments);
    info.load_base = start.load_base;
    info.initial_stack = start.stack;
    take_credentials(process, start.cred);
    info.has_run = true;
    info.abilities.set.keep_inherited();
    delete job;
    object::become_first_thread();
    object::current().signal_mask = what.signal_mask;
    object::enter_user(start.entry, start.stack, 0);
}

} // namespace

int start_overlay(object::Process& process, SpawnJob* job)
{
    object::Thread* caller = ipc::client_of(object::kernel_process(), job->rcvid);
    auto* overlay = new (std::nothrow) Overlay{job, 0, object::Policy::rr};
    object::Thread* thread = nullptr;
    if (overlay != nullptr && caller != nullptr) {
        overlay->signal_mask = caller->signal_mask;
        thread = object::create_kernel_thread(process, overlay_thread, overlay,
                                              caller->base_priority, "");
    }
    if (thread == nullptr) {
        delete overlay;
        delete job;
        return EAGAIN;
    }
    object::set_priority(*thread, caller->policy, caller->base_priority);
    return reply_later;
}

// The kernel offers to keep a process whose last thread has gone; our overlay keeps one thread instead and never asks for it.
void process_overlaid(object::Process& process)
{
    PANIC("pid %d has no thread left", process.pid);
}

} // namespace proc
