// SPDX-License-Identifier: Apache-2.0
// What terminal drivers and daemons ask about processes as a group: procmgr_session() and procmgr_guardian().
#include "object/hooks.hpp"
#include "object/signal.hpp"
#include "proc/events.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>

namespace proc {

namespace {

enum SessionEvent : int64_t {
    session_tcsetsid = 1,
    session_setsid,
    session_setpgrp,
    session_signal_pid,
    session_signal_pgrp,
    session_signal_leader,
};

object::Process* alive(int64_t pid)
{
    object::Process* process =
        pid > 1 && pid <= INT32_MAX ? object::find_process(static_cast<int>(pid)) : nullptr;
    return process != nullptr && process->info != nullptr && !process->exiting ? process : nullptr;
}

// The leader of a session that somebody still leads.
object::Process* leader_of(int64_t sid)
{
    object::Process* process = alive(sid);
    return process != nullptr && process->sid == process->pid ? process : nullptr;
}

bool group_in_session(int group, int sid)
{
    for (const object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->pgrp == group && p->sid == sid) {
            return true;
        }
    }
    return false;
}

nto_siginfo signal_info(const object::Process& from, int signo)
{
    nto_siginfo info{};
    info.signo = signo;
    info.u.p.pid = from.pid;
    info.u.p.uid = static_cast<uint32_t>(from.cred.ruid);
    return info;
}

int signal_group(const object::Process& leader, const nto_siginfo& info)
{
    const int group = leader.info->foreground != 0 ? leader.info->foreground : leader.pgrp;
    bool found = false;
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->pgrp == group && p->sid == leader.sid && p->pid != 1 && !p->exiting) {
            found = true;
            if (info.signo != 0) {
                object::post_signal(*p, nullptr, info);
            }
        }
    }
    return found ? EOK : ESRCH;
}

int drop_signal(Request& request, const proc_simple& message)
{
    if (message.b < 0 || message.b > object::signal_max) {
        return EINVAL;
    }
    const nto_siginfo info = signal_info(*request.client, static_cast<int>(message.b));
    object::Process* target =
        message.c == session_signal_pid ? alive(message.a) : leader_of(message.a);
    if (target == nullptr) {
        return ESRCH;
    }
    if (message.c == session_signal_pgrp) {
        return signal_group(*target, info);
    }
    if (info.signo != 0) {
        object::post_signal(*target, nullptr, info);
    }
    return EOK;
}

int set_foreground(const proc_simple& message)
{
    object::Process* leader = leader_of(message.a);
    if (leader == nullptr) {
        return ESRCH;
    }
    if (message.b <= 0 || message.b > INT32_MAX ||
        !group_in_session(static_cast<int>(message.b), leader->sid)) {
        return EPERM;
    }
    leader->info->foreground = static_cast<int>(message.b);
    return EOK;
}

int session(Request& request, const proc_simple& message)
{
    object::Process& client = *request.client;
    switch (message.c) {
    case session_setsid:
        if (client.pgrp == client.pid) {
            return EPERM;
        }
        client.sid = client.pgrp = client.pid;
        client.info->foreground = 0;
        return EOK;
    case session_setpgrp:
        return able(client, Ability::session, static_cast<uint64_t>(message.a))
                   ? set_foreground(message)
                   : EPERM;
    case session_signal_pid:
    case session_signal_pgrp:
    case session_signal_leader:
        return able(client, Ability::session, static_cast<uint64_t>(message.a))
                   ? drop_signal(request, message)
                   : EPERM;
    default: // TCSETSID is the terminal's own affair: libc asks it
        return EINVAL;
    }
}

int set_guardian(Request& request, const proc_simple& message)
{
    object::Process* child = alive(message.a);
    if (message.a != 0 && (child == nullptr || child->parent != request.client)) {
        return EINVAL;
    }
    request.client->info->guardian = static_cast<int>(message.a);
    return EOK;
}

} // namespace

void wall_clock_set()
{
    post_events(PROC_EVENT_TOD, 0);
}

int handle_session(Request& request)
{
    const auto* message = request.message<proc_simple>();
    if (message == nullptr) {
        return EINVAL;
    }
    return message->type == PROC_GUARDIAN ? set_guardian(request, *message)
                                          : session(request, *message);
}

} // namespace proc
