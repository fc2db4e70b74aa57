// SPDX-License-Identifier: Apache-2.0
// PROC_FORK: a child that is a copy. Like a spawned one it makes itself (docs/adr/0002): its only thread, still in the kernel,
// announces the inherited descriptors, copies the parent's memory piece by piece, and goes on as the thread that called fork().
#include "arch/context.hpp"
#include "ipc/message.hpp"
#include "mm/address_space.hpp"
#include "object/life.hpp"
#include "object/thread.hpp"
#include "proc/debugger.hpp"
#include "proc/events.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"
#include "proc/spawn.hpp"
#include "sched/scheduler.hpp"

#include <new>
#include <utility>

namespace proc {

namespace {

// EOK; ENOMEM; EINTR when the parent went away or became another program meanwhile.
int copy_memory(object::Process& child, const SpawnJob& job, const mm::AddressSpace* source)
{
    for (uint64_t cursor = 0; cursor < mm::user_top;) {
        if (child.exiting || job.parent == nullptr || job.parent->space != source) {
            return EINTR;
        }
        if (const int error = child.space->clone_step(*job.parent->space, cursor); error != EOK) {
            return error;
        }
        sched::preempt_point();
    }
    return EOK;
}

void fork_thread(void* argument)
{
    auto* job = static_cast<SpawnJob*>(argument);
    object::Process& process = object::current().process;
    const mm::AddressSpace* source = job->parent == nullptr ? nullptr : job->parent->space;
    duplicate_fds(process, *job);
    const int error = copy_memory(process, *job, source);
    if (error == EOK && job->parent != nullptr) {
        lift_breakpoints(*job->parent, *process.space);
    }
    process.info->job = nullptr;
    if (error != EOK) {
        process.info->silent = true;
        report_spawn(process, job, error);
        object::terminate(process, 0);
        object::exit_thread();
    }
    process.info->life = Life::alive;
    arch::UserContext* context = std::exchange(job->context, nullptr);
    report_spawn(process, job, EOK);
    post_events(PROC_EVENT_PROCESS_CREATE, process.pid);
    object::continue_as(context, 0);
}

bool copy_text(OwnedText& to, const OwnedText& from)
{
    if (from) {
        to = OwnedText(from.view());
    }
    return !from || to;
}

// What a copy knows about its program, and what a spawned child would get from the loader.
bool copy_info(const ProcessInfo& from, ProcessInfo& to)
{
    to.load_base = from.load_base;
    to.initial_stack = from.initial_stack;
    return to.abilities.set.copy(from.abilities.set) && copy_text(to.executable, from.executable) &&
           copy_text(to.arguments, from.arguments);
}

// The child with its thread, or why not. The job is its own from then on.
int start_copy(object::Process& parent, const object::Thread& caller, SpawnJob* job)
{
    object::Process* child = nullptr;
    object::Thread* thread = nullptr;
    int error = make_child(parent, *job, child);
    if (error == EOK && !copy_info(*parent.info, *child->info)) {
        error = ENOMEM;
    }
    if (error == EOK) {
        object::set_name(*child, parent.name);
        child->timer_tolerance_ns = parent.timer_tolerance_ns;
        child->info->job = job;
        job->parent = &parent;
        job->parent_pid = parent.pid;
        // The same tid: it is the owner's name in every mutex the thread holds.
        thread = object::create_kernel_thread(*child, fork_thread, job, caller.base_priority,
                                              caller.name, caller.tid);
        error = thread == nullptr ? EAGAIN : EOK;
    }
    if (error != EOK) {
        if (child != nullptr) {
            discard_process(*child);
        }
        return error;
    }
    object::set_priority(*thread, caller.policy, caller.base_priority);
    object::inherit_from(*thread, caller);
    return EOK;
}

} // namespace

int handle_fork(Request& request)
{
    object::Process& parent = *request.client;
    const object::Thread* caller = ipc::client_of(object::kernel_process(), request.rcvid);
    if (caller == nullptr || caller->kernel || parent.space == nullptr) {
        return EINVAL;
    }
    if (!able(parent, Ability::fork)) {
        return EPERM;
    }
    auto* job = new (std::nothrow) SpawnJob;
    if (job == nullptr) {
        return ENOMEM;
    }
    job->path = OwnedText(std::string_view(parent.name));
    job->context = arch::copy_user_context(*caller);
    job->rcvid = request.rcvid;
    int error = job->path && job->context != nullptr ? EOK : ENOMEM;
    if (error == EOK) {
        error = start_copy(parent, *caller, job);
    }
    if (error != EOK) {
        delete job;
    }
    return error == EOK ? reply_later : error;
}

} // namespace proc
