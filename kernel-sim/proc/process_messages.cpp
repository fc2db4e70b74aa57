// SPDX-License-Identifier: Apache-2.0
// PROC_GETSETID and the short process messages: ids, groups, sessions, umask, limits, times, working directory.
#include "object/thread.hpp"
#include "proc/limits.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"

#include "sched/cpu_clock.hpp"
#include <abi/proc_msg.h>

namespace proc {

namespace {

constexpr uint32_t max_groups = 16;
constexpr int32_t no_change = -1;

object::Process* target_of(Request& request, int pid)
{
    return pid == 0 ? request.client : object::find_process(pid);
}

int get_ids(Request& request, const object::Process& process)
{
    proc_ids ids{};
    ids.pid = process.pid;
    ids.ppid = process.parent == nullptr ? 0 : process.parent->pid;
    ids.pgrp = process.pgrp;
    ids.sid = process.sid;
    ids.cred = process.cred;
    ids.umask = process.umask;
    return request.answer(ids);
}

struct IdSet {
    object::Process& client;
    Ability ability; // SETUID or SETGID
    int32_t& real;
    int32_t& effective;
    int32_t& saved;

    bool privileged(int32_t id) const
    {
        return has_ability(client, ability, static_cast<uint32_t>(id));
    }
    // Counts what was missing.
    int refuse(int32_t id) const
    {
        return able(client, ability, static_cast<uint32_t>(id)) ? EOK : EPERM;
    }
};

bool one_of(const IdSet& ids, int32_t id)
{
    return id == ids.real || id == ids.effective || id == ids.saved;
}

// setuid/setgid: all three when privileged, else only the effective one to an id it has.
int set_id(IdSet ids, int32_t id)
{
    if (id < 0) {
        return EINVAL;
    }
    if (ids.privileged(id)) {
        ids.real = ids.effective = ids.saved = id;
        return EOK;
    }
    if (id != ids.real && id != ids.saved) {
        return ids.refuse(id);
    }
    ids.effective = id;
    return EOK;
}

int set_effective(IdSet ids, int32_t id)
{
    if (id < 0) {
        return EINVAL;
    }
    if (!one_of(ids, id) && !ids.privileged(id)) {
        return ids.refuse(id);
    }
    ids.effective = id;
    return EOK;
}

int set_both(IdSet ids, int32_t real, int32_t effective)
{
    if (real < no_change || effective < no_change) {
        return EINVAL;
    }
    const bool real_fits = real == no_change || real == ids.real || real == ids.effective;
    const bool effective_fits = effective == no_change || one_of(ids, effective);
    if (!real_fits && !ids.privileged(real)) {
        return ids.refuse(real);
    }
    if (!effective_fits && !ids.privileged(effective)) {
        return ids.refuse(effective);
    }
    const int32_t old_real = ids.real;
    if (real != no_change) {
        ids.real = real;
    }
    if (effective != no_change) {
        ids.effective = effective;
    }
    if (real != no_change || (effective != no_change && effective != old_real)) {
        ids.saved = ids.effective;
    }
    return EOK;
}

int set_groups(Request& request, const proc_id& message)
{
    const auto count = static_cast<uint32_t>(message.a);
    if (message.a < 0 || count > max_groups ||
        request.message<proc_id>(count * sizeof(int32_t)) == nullptr) {
        return EINVAL;
    }
    const auto* groups = reinterpret_cast<const int32_t*>(request.in + sizeof(proc_id));
    if (count == 0 && !able(*request.client, Ability::setgid)) {
        return EPERM;
    }
    for (uint32_t i = 0; i < count; ++i) {
        if (groups[i] < 0 ||
            !able(*request.client, Ability::setgid, static_cast<uint32_t>(groups[i]))) {
            return groups[i] < 0 ? EINVAL : EPERM;
        }
    }
    nto_cred& cred = request.client->cred;
    std::memcpy(cred.grouplist, groups, count * sizeof(int32_t));
    cred.ngroups = count;
    return EOK;
}

bool group_exists(int pgrp, int sid)
{
    for (const object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->pgrp == pgrp && p->sid == sid) {
            return true;
        }
    }
    return false;
}

int set_process_group(object::Process& caller, object::Process* target, int pgrp)
{
    if (target == nullptr) {
        return ESRCH;
    }
    if (pgrp < 0) {
        return EINVAL;
    }
    const auto wanted = static_cast<uint32_t>(pgrp == 0 ? target->pid : pgrp);
    if (target != &caller && target->parent != &caller && !able(caller, Ability::pgrp, wanted)) {
        return ESRCH; // as POSIX says of a process that is not a child
    }
    if (target->sid == target->pid || target->sid != caller.sid) {
        return EPERM; // a session leader stays where it is, and groups do not cross sessions
    }
    if (target != &caller && target->info != nullptr && target->info->has_run) {
        return EACCES; // the child has exec'ed: its group is its own business now
    }
    if (pgrp == 0 || pgrp == target->pid) {
        target->pgrp = target->pid;
        return EOK;
    }
    if (!group_exists(pgrp, caller.sid)) {
        return EPERM;
    }
    target->pgrp = pgrp;
    return EOK;
}

// tcsetpgrp() tells who has the session's terminal, for the hangup at the leader's end.
int set_foreground(const object::Process& caller, const proc_id& message)
{
    if (message.a <= 0) {
        return EINVAL;
    }
    if (!group_exists(message.a, caller.sid)) {
        return EPERM;
    }
    const object::Process* leader = object::find_process(caller.sid);
    if (message.b == 0 && leader != nullptr && leader->info != nullptr) {
        leader->info->foreground = message.a;
    }
    return EOK;
}

int set_session(Request& request)
{
    object::Process& client = *request.client;
    if (client.pgrp == client.pid) {
        return EPERM;
    }
    client.sid = client.pgrp = client.pid;
    return request.answer_status(client.sid);
}

int set_limit(Request& request, const proc_simple& message)
{
    if (message.a < 0 || message.a >= static_cast<int64_t>(ProcessInfo::limit_count)) {
        return EINVAL;
    }
    Limit& limit = request.client->info->limits[message.a];
    const uint64_t old[2] = {limit.soft, limit.hard};
    if (message.b == 1) {
        const Limit fresh{static_cast<uint64_t>(message.c), static_cast<uint64_t>(message.d)};
        if (fresh.soft > fresh.hard) {
            return EINVAL;
        }
        if (fresh.hard > limit.hard &&
            !able(*request.client, Ability::rlimit, static_cast<uint64_t>(message.a))) {
            return EPERM;
        }
        limit = fresh;
        apply_limit(*request.client, static_cast<LimitKind>(message.a));
    }
    return request.answer(old);
}

int times(Request& request, const proc_simple& message)
{
    object::Process* process = target_of(request, static_cast<int>(message.a));
    if (process == nullptr || process->info == nullptr) {
        return ESRCH;
    }
    if (process != request.client && process->cred.ruid != request.client->cred.euid &&
        !able(*request.client, Ability::xprocess_query,
              static_cast<uint32_t>(process->cred.ruid))) {
        return EPERM;
    }
    const sched::CpuTime used = sched::cpu_time(*process);
    const uint64_t reply[4] = {used.user_ns, used.system_ns, process->info->child_user_ns,
                               process->info->child_system_ns};
    return request.answer(reply);
}

// The path behind the message: absolute. EINVAL, ENAMETOOLONG.
int take_path(const Request& request, const proc_simple& message, std::string_view& path)
{
    if (message.a < 2 || message.a > static_cast<int64_t>(path_max) ||
        request.message<proc_simple>(static_cast<uint64_t>(message.a)) == nullptr) {
        return message.a > static_cast<int64_t>(path_max) ? ENAMETOOLONG : EINVAL;
    }
    const auto* text = reinterpret_cast<const char*>(request.in + sizeof(proc_simple));
    const auto length = static_cast<size_t>(message.a) - 1;
    if (text[0] != '/' || std::memchr(text, 0, length + 1) != text + length) {
        return EINVAL;
    }
    path = std::string_view(text, length);
    return EOK;
}

int change_directory(Request& request, const proc_simple& message)
{
    std::string_view path;
    if (const int error = take_path(request, message, path); error != EOK) {
        return error;
    }
    OwnedText cwd{path};
    if (!cwd) {
        return ENOMEM;
    }
    request.client->info->cwd = std::move(cwd);
    return EOK;
}

// libc has followed the links and seen that it is a directory. A working directory outside becomes the root.
int change_root(Request& request, const proc_simple& message)
{
    ProcessInfo& info = *request.client->info;
    std::string_view path, component;
    if (!able(*request.client, Ability::chroot)) {
        return EPERM;
    }
    if (const int error = take_path(request, message, path); error != EOK) {
        return error;
    }
    PathText below;
    for (Components walk(path); walk.next(component);) {
        if (!below.append_component(component)) {
            return ENAMETOOLONG;
        }
    }
    PathText whole;
    if (!whole.append(info.root.view()) || !whole.append(below.view())) {
        return ENAMETOOLONG;
    }
    const std::string_view old = info.cwd.view();
    const std::string_view rest = drop_front(old, below.length());
    const bool inside =
        take_front(old, below.length()) == below.view() && (!rest.empty() && rest.front() == '/');
    OwnedText root{whole.view()}, cwd{inside ? rest : std::string_view("/")};
    if (!root || !cwd) {
        return ENOMEM;
    }
    info.root = std::move(root);
    info.cwd = std::move(cwd);
    return EOK;
}

bool asks_about(uint16_t operation)
{
    return operation == PROC_ID_GETPGID || operation == PROC_ID_GETSID;
}

int set_umask(Request& request, const proc_simple& message)
{
    object::Process* process = target_of(request, static_cast<int>(message.b));
    if (process == nullptr) {
        return ESRCH;
    }
    if (process != request.client &&
        !able(*request.client, Ability::umask, static_cast<uint32_t>(process->pid))) {
        return EPERM;
    }
    const uint32_t old = process->umask;
    process->umask = static_cast<uint32_t>(message.a) & 0777u;
    return request.answer_status(old);
}

} // namespace

int handle_ids(Request& request)
{
    const auto* message = request.message<proc_id>();
    if (message == nullptr) {
        return EINVAL;
    }
    object::Process& client = *request.client;
    object::Process* target = target_of(request, message->pid);
    nto_cred& cred = client.cred;
    const IdSet users{client, Ability::setuid, cred.ruid, cred.euid, cred.suid};
    const IdSet groups{client, Ability::setgid, cred.rgid, cred.egid, cred.sgid};
    if (asks_about(message->subtype) && target != nullptr && target != &client &&
        !able(client, Ability::getid, static_cast<uint32_t>(target->pid))) {
        return EPERM;
    }
    switch (message->subtype) {
    case PROC_ID_GET:
        return target == nullptr ? ESRCH : get_ids(request, *target);
    case PROC_ID_SETUID:
        return set_id(users, message->a);
    case PROC_ID_SETGID:
        return set_id(groups, message->a);
    case PROC_ID_SETEUID:
        return set_effective(users, message->a);
    case PROC_ID_SETEGID:
        return set_effective(groups, message->a);
    case PROC_ID_SETREUID:
        return set_both(users, message->a, message->b);
    case PROC_ID_SETREGID:
        return set_both(groups, message->a, message->b);
    case PROC_ID_SETGROUPS:
        return set_groups(request, *message);
    case PROC_ID_SETPGID:
        return set_process_group(client, target, message->a);
    case PROC_ID_FOREGROUND:
        return set_foreground(client, *message);
    case PROC_ID_SETSID:
        return set_session(request);
    case PROC_ID_GETPGID:
        return target == nullptr ? ESRCH : request.answer_status(target->pgrp);
    case PROC_ID_GETSID:
        return target == nullptr ? ESRCH : request.answer_status(target->sid);
    default:
        return EINVAL;
    }
}

int handle_process_simple(Request& request)
{
    const auto* message = request.message<proc_simple>();
    if (message == nullptr) {
        return EINVAL;
    }
    object::Process& client = *request.client;
    switch (message->type) {
    case PROC_UMASK:
        return set_umask(request, *message);
    case PROC_RLIMIT:
        return set_limit(request, *message);
    case PROC_TIMES:
        return times(request, *message);
    case PROC_CHDIR:
        return change_directory(request, *message);
    case PROC_CHROOT:
        return change_root(request, *message);
    default: { // PROC_GETCWD
        const OwnedText& wanted = message->a == 1 ? client.info->root : client.info->cwd;
        const std::string_view cwd = wanted ? wanted.view() : std::string_view("/");
        return request.put(cwd.data(), cwd.size()) && request.put("", 1) ? EOK : ERANGE;
    }
    }
}

} // namespace proc
