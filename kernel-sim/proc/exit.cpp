// SPDX-License-Identifier: Apache-2.0
// Exit, wait, zombies and orphans; what is left of a process when its last thread has gone.
#include "proc/exit.hpp"

#include "ipc/message.hpp"
#include "mm/address_space.hpp"
#include "object/hooks.hpp"
#include "object/signal.hpp"
#include "object/thread.hpp"
#include "proc/configuration.hpp"
#include "proc/debugger.hpp"
#include "proc/events.hpp"
#include "proc/file_locks.hpp"
#include "proc/job_control.hpp"
#include "proc/process_info.hpp"
#include "proc/quarantine.hpp"
#include "proc/resource_database.hpp"
#include "proc/server.hpp"
#include "proc/spawn.hpp"
#include "sched/scheduler.hpp"

#include <abi/proc_msg.h>
#include <boost/intrusive/list.hpp>
#include <new>

namespace proc {

namespace {

constexpr int sigchld = 18, sigstop = 23;
constexpr int daemon_session = 1; // where procmgr_daemon() puts its caller
constexpr uint64_t sig_ign = 1;
constexpr int16_t cld_exited = 1, cld_killed = 2, cld_dumped = 3, cld_stopped = 5,
                  cld_continued = 6;
constexpr uint32_t wait_untraced = 2, wait_exited = 4, wait_continued = 8, wait_nohang = 0x41,
                   wait_nowait = 0x1000000;
enum : int32_t { which_all, which_pid, which_group };

/// A thread in waitpid().
struct Waiter : boost::intrusive::list_base_hook<> {
    object::Process* process = nullptr;
    int rcvid = 0;
    int which = 0, pid = 0;
    uint32_t options = 0;
};
/// A daemon's farewell to its parent, to be waited for although the process lives on.
struct Farewell : boost::intrusive::list_base_hook<> {
    object::Process* parent = nullptr;
    int pid = 0, pgrp = 0, status = 0;
};

template <typename T>
using List = boost::intrusive::list<T, boost::intrusive::constant_time_size<false>>;

List<Waiter>& waiters()
{
    alignas(List<Waiter>) static unsigned char storage[sizeof(List<Waiter>)];
    static auto* list = new (storage) List<Waiter>;
    return *list;
}
List<Farewell>& farewells()
{
    alignas(List<Farewell>) static unsigned char storage[sizeof(List<Farewell>)];
    static auto* list = new (storage) List<Farewell>;
    return *list;
}

sched::WaitQueue script_queue;

bool wanted(const Waiter& waiter, int pid, int pgrp)
{
    switch (waiter.which) {
    case which_pid:
        return pid == waiter.pid;
    case which_group:
        return pgrp == (waiter.pid == 0 ? waiter.process->pgrp : waiter.pid);
    default:
        return true;
    }
}

void discard_zombie(object::Process& zombie)
{
    if (zombie.parent != nullptr && zombie.parent->info != nullptr) {
        ProcessInfo& parent = *zombie.parent->info;
        parent.child_user_ns += zombie.user_ns + zombie.info->child_user_ns;
        parent.child_system_ns += zombie.system_ns + zombie.info->child_system_ns;
    }
    discard_process(zombie);
}

// What wait() can tell about this child now; false = nothing. Takes it (unless WNOWAIT).
bool report_child(ProcessInfo& child, const Waiter& waiter, proc_wait_reply& reply)
{
    object::Process& process = child.process;
    if (child.silent || !wanted(waiter, process.pid, process.pgrp)) {
        return false;
    }
    const bool keep = (waiter.options & wait_nowait) != 0;
    reply = {process.pid, process.exit_status, static_cast<uint32_t>(process.cred.ruid),
             0,           process.user_ns,     process.system_ns};
    if (child.life == Life::zombie && (waiter.options & wait_exited) != 0) {
        if (!keep) {
            discard_zombie(process);
        }
        return true;
    }
    if (child.life != Life::zombie && child.stop_pending && (waiter.options & wait_untraced) != 0) {
        reply.status = child.stop_signal << 8 | 0x7f;
        child.stop_pending = keep;
        return true;
    }
    if (child.life != Life::zombie && child.continue_pending &&
        (waiter.options & wait_continued) != 0) {
        reply.status = 0xffff;
        child.continue_pending = keep;
        return true;
    }
    return false;
}

// Looks for a child to report; `any` tells whether one could come later.
bool find_report(const Waiter& waiter, proc_wait_reply& reply, bool& any)
{
    any = false;
    for (Farewell& farewell : farewells()) {
        if (farewell.parent == waiter.process && (waiter.options & wait_exited) != 0 &&
            wanted(waiter, farewell.pid, farewell.pgrp)) {
            reply = {farewell.pid, farewell.status, 0, 0, 0, 0};
            farewells().erase_and_dispose(farewells().iterator_to(farewell),
                                          [](Farewell* f) { delete f; });
            return true;
        }
    }
    auto& children = waiter.process->info->children;
    for (auto at = children.begin(); at != children.end();) {
        ProcessInfo& child = *at++;
        any = any || (!child.silent && wanted(waiter, child.process.pid, child.process.pgrp));
        if (report_child(child, waiter, reply)) {
            return true;
        }
    }
    return false;
}

// Something happened to a child of `parent`: threads in wait() that can go on, do.
void serve_waiters(object::Process& parent)
{
    for (auto at = waiters().begin(); at != waiters().end();) {
        Waiter& waiter = *at++;
        proc_wait_reply reply;
        bool any = true;
        if (waiter.process != &parent) {
            continue;
        }
        const bool found = find_report(waiter, reply, any);
        if (!found && any) {
            continue;
        }
        const int rcvid = waiter.rcvid;
        waiters().erase_and_dispose(waiters().iterator_to(waiter), [](Waiter* w) { delete w; });
        if (found) {
            (void)ipc::reply(rcvid, reply.pid, &reply, sizeof reply);
        } else {
            (void)ipc::error(rcvid, ECHILD);
        }
    }
}

// si_status: the exit code or the signal, not the word that wait() takes apart.
int exit_code(int status)
{
    return (status & 0x7f) == 0 ? (status >> 8) & 0xff : status & 0x7f;
}

void signal_parent(object::Process& child, int16_t code, int status)
{
    if (child.parent == nullptr || child.parent->pid == 1) {
        return;
    }
    nto_siginfo info{};
    info.signo = sigchld;
    info.code = code;
    info.u.p.pid = child.pid;
    info.u.p.uid = static_cast<uint32_t>(child.cred.ruid);
    info.u.p.value.i = status;
    object::post_signal(*child.parent, nullptr, info);
}

void forget_waiters(const object::Process& process)
{
    waiters().remove_and_dispose_if([&](const Waiter& w) { return w.process == &process; },
                                    [](Waiter* w) { delete w; });
    farewells().remove_and_dispose_if([&](const Farewell& f) { return f.parent == &process; },
                                      [](Farewell* f) { delete f; });
}

// Who gets the children of a process that is gone: the guardian among them, or pid 1, which waits for nobody.
object::Process& heir_of(object::Process& process)
{
    object::Process* guardian = object::find_process(process.info->guardian);
    const bool fit = guardian != nullptr && guardian->parent == &process && !guardian->exiting &&
                     guardian->info->life == Life::alive;
    return fit ? *guardian : object::kernel_process();
}

void orphan_children(object::Process& process)
{
    auto& children = process.info->children;
    object::Process& heir = heir_of(process);
    if (&heir != &object::kernel_process()) {
        adopt(object::kernel_process(), heir);
    }
    while (!children.empty()) {
        object::Process& child = children.front().process;
        if (child.info->job != nullptr && child.info->job->parent == &process) {
            child.info->job->parent = nullptr;
        }
        if (child.info->life == Life::zombie && heir.pid == 1) {
            discard_process(child);
        } else {
            adopt(heir, child);
        }
    }
}

// In pieces: other threads run in between, and see a process without memory that is neither alive nor a zombie yet.
void give_back_memory(object::Process& process)
{
    mm::AddressSpace* space = process.space;
    if (space != nullptr) {
        quarantine_dma(*space);
        process.space = nullptr;
        while (space->give_back_some()) {
            sched::preempt_point();
        }
        space->destroy();
    }
}

bool nobody_waits(const object::Process& process)
{
    const nto_sigaction& action = process.parent->actions[sigchld - 1];
    return process.parent->pid == 1 || process.info->no_zombie || action.handler == sig_ign ||
           (action.flags & NTO_SA_NOCLDWAIT) != 0;
}

} // namespace

void process_terminated(object::Process& process)
{
    ProcessInfo& info = info_of(process);
    give_back_memory(process);
    const bool had_names = path_tree().detach_process(process.pid) != 0;
    drop_events(process);
    release_msi(process);
    forget_waiters(process);
    forget_resources(process);
    leave_groups(process);
    end_debugging(process);
    end_dumper(process);
    orphan_children(process);
    if (info.job !=
        nullptr) { // killed before its program was there; the loader did not get to tell
        report_spawn(process, info.job, EINTR);
        info.job = nullptr;
        info.silent = true;
    }
    if (info.silent) {
        object::Process* parent = process.parent;
        discard_process(process);
        serve_waiters(*parent);
        return;
    }
    post_events(PROC_EVENT_PROCESS_DEATH, process.pid);
    if (process.sid == daemon_session) {
        post_events(PROC_EVENT_DAEMON_DEATH, process.pid);
    }
    if (had_names) {
        post_events(PROC_EVENT_PATHSPACE, 0);
    }
    object::Process& parent = *process.parent;
    const int status = process.exit_status;
    const int16_t code = (status & 0x7f) == 0   ? cld_exited
                         : (status & 0x80) != 0 ? cld_dumped
                                                : cld_killed;
    info.life = Life::zombie;
    if (nobody_waits(process)) {
        wake_script_runner();
        signal_parent(process, code, exit_code(status));
        discard_zombie(process);
        serve_waiters(parent); // the last child may be gone: ECHILD
        return;
    }
    signal_parent(process, code, exit_code(status));
    serve_waiters(parent); // may discard the process
}

void process_stopped(object::Process& process, int signo)
{
    ProcessInfo& info = info_of(process);
    info.stop_pending = true;
    info.continue_pending = false;
    info.stop_signal = signo;
    if (process.parent != nullptr &&
        (process.parent->actions[sigchld - 1].flags & NTO_SA_NOCLDSTOP) == 0) {
        signal_parent(process, cld_stopped, signo);
    }
    if (process.parent != nullptr) {
        serve_waiters(*process.parent);
    }
}

void process_continued(object::Process& process)
{
    ProcessInfo& info = info_of(process);
    info.stop_pending = false;
    info.continue_pending = true;
    if (process.parent != nullptr) {
        signal_parent(process, cld_continued, 0);
        serve_waiters(*process.parent);
    }
}

void channel_destroyed(object::Process& process, int chid)
{
    if (path_tree().detach_channel(process.pid, chid) != 0) {
        post_events(PROC_EVENT_PATHSPACE, 0);
    }
}

void hold_process(object::Process& process)
{
    nto_siginfo info{};
    info.signo = sigstop;
    info.u.p.pid = object::kernel_process().pid;
    object::post_signal(process, nullptr, info);
}

int handle_exit(Request& request)
{
    const auto* message = request.message<proc_exit>();
    object::terminate(*request.client, message == nullptr ? 0 : message->status & 0xffff);
    return EINTR; // the thread never sees it: it ends on its way out
}

int handle_wait(Request& request)
{
    const auto* message = request.message<proc_wait>();
    if (message == nullptr || message->which < which_all || message->which > which_group ||
        message->pid < 0) {
        return EINVAL;
    }
    Waiter probe;
    probe.process = request.client;
    probe.rcvid = request.rcvid;
    probe.which = message->which;
    probe.pid = message->pid;
    probe.options = message->options;
    proc_wait_reply reply{};
    bool any = false;
    if (find_report(probe, reply, any)) {
        return request.answer(reply, reply.pid);
    }
    if (!any) {
        return ECHILD;
    }
    if ((message->options & wait_nohang) != 0) {
        return request.answer(proc_wait_reply{}, 0);
    }
    auto* waiter = new (std::nothrow) Waiter;
    if (waiter == nullptr) {
        return ENOMEM;
    }
    waiter->process = probe.process;
    waiter->rcvid = probe.rcvid;
    waiter->which = probe.which;
    waiter->pid = probe.pid;
    waiter->options = probe.options;
    waiters().push_back(*waiter);
    return reply_later;
}

int handle_daemon(Request& request)
{
    constexpr uint32_t no_chdir = 1, keep_umask = 8; // PROCMGR_DAEMON_*
    const auto* message = request.message<proc_daemon>();
    if (message == nullptr) {
        return EINVAL;
    }
    object::Process& process = *request.client;
    object::Process* parent = process.parent;
    Farewell* farewell = nullptr;
    if (parent != nullptr && parent->pid != 1 && !nobody_waits(process)) {
        farewell = new (std::nothrow) Farewell;
        if (farewell == nullptr) {
            return ENOMEM;
        }
        farewell->parent = parent;
        farewell->pid = process.pid;
        farewell->pgrp = process.pgrp;
        farewell->status = (message->status & 0xff) << 8;
    }
    adopt(object::kernel_process(), process);
    process.info->detached = true;
    process.sid = daemon_session;
    process.pgrp = process.pid;
    if ((message->flags & no_chdir) == 0) {
        process.info->cwd.reset();
    }
    if ((message->flags & keep_umask) == 0) {
        process.umask = 0;
    }
    if (farewell != nullptr) {
        farewells().push_back(*farewell);
        nto_siginfo info{};
        info.signo = sigchld;
        info.code = cld_exited;
        info.u.p.pid = process.pid;
        info.u.p.value.i = exit_code(farewell->status);
        object::post_signal(*parent, nullptr, info);
        serve_waiters(*parent);
    }
    wake_script_runner(); // a foreground command of the script that became a daemon is done
    return request.answer_status(0);
}

void unblock(int rcvid)
{
    if (unblock_debugger(rcvid) || unblock_lock(rcvid)) {
        return;
    }
    for (Waiter& waiter : waiters()) {
        if (waiter.rcvid == rcvid) {
            waiters().erase_and_dispose(waiters().iterator_to(waiter), [](Waiter* w) { delete w; });
            (void)ipc::error(rcvid, EINTR);
            return;
        }
    }
    // spawn: a signal waits until the child is loaded, but nobody waits for a client that is being killed
    object::Thread* client = ipc::client_of(object::kernel_process(), rcvid);
    if (client == nullptr || !(client->killed || client->process.exiting)) {
        return;
    }
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->info != nullptr && p->info->job != nullptr && p->info->job->rcvid == rcvid) {
            p->info->silent = true;
            object::terminate(*p, 0);
        }
    }
    (void)ipc::error(rcvid, EINTR);
}

bool script_child_done(int pid)
{
    const object::Process* process = object::find_process(pid);
    return process == nullptr || process->info == nullptr || process->info->life == Life::zombie ||
           process->info->detached;
}

void wake_script_runner()
{
    sched::wake_all(script_queue);
}

void wait_for_script_event()
{
    (void)sched::block(object::ThreadState::condvar, &script_queue, false);
}

} // namespace proc
