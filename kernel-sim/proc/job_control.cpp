// SPDX-License-Identifier: Apache-2.0
// Hangup at the end of a session leader, orphaned process groups.
#include "proc/job_control.hpp"

#include "object/signal.hpp"
#include "proc/process_info.hpp"

namespace proc {

namespace {

constexpr int sighup = 1, sigcont = 25;

template <typename F>
void for_each_member(int pgrp, int sid, F&& f)
{
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->pgrp == pgrp && p->sid == sid && p->info != nullptr &&
            p->info->life != Life::zombie) {
            f(*p);
        }
    }
}

void send_group(int pgrp, int sid, int signo)
{
    for_each_member(pgrp, sid, [signo](object::Process& member) {
        nto_siginfo info{};
        info.signo = signo;
        info.u.p.pid = object::kernel_process().pid;
        object::post_signal(member, nullptr, info);
    });
}

// Does somebody in the session, outside the group, look after a member? `without` counts neither way.
bool has_guardian(int pgrp, int sid, const object::Process* without)
{
    bool found = false;
    for_each_member(pgrp, sid, [&](const object::Process& member) {
        const object::Process* parent = member.parent;
        found = found || (&member != without && parent != nullptr && parent != without &&
                          parent->sid == sid && parent->pgrp != pgrp && !parent->exiting);
    });
    return found;
}

bool has_stopped(int pgrp, int sid)
{
    bool found = false;
    for_each_member(pgrp, sid, [&](const object::Process& member) { found |= member.stopped; });
    return found;
}

// `process` was the last to look after the group?
void check_group(const object::Process& process, int pgrp)
{
    if (!has_stopped(pgrp, process.sid) || has_guardian(pgrp, process.sid, &process)) {
        return;
    }
    send_group(pgrp, process.sid, sighup);
    send_group(pgrp, process.sid, sigcont);
}

} // namespace

void leave_groups(object::Process& process)
{
    const ProcessInfo& info = *process.info;
    if (process.sid == process.pid && info.foreground != 0) {
        send_group(info.foreground, process.sid, sighup);
    }
    if (process.parent != nullptr && process.parent->sid == process.sid &&
        process.parent->pgrp != process.pgrp) {
        check_group(process, process.pgrp);
    }
    for (const ProcessInfo& child : info.children) {
        if (child.process.sid == process.sid && child.process.pgrp != process.pgrp) {
            check_group(process, child.process.pgrp);
        }
    }
}

} // namespace proc
