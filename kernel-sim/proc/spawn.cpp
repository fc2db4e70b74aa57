// SPDX-License-Identifier: Apache-2.0
// PROC_SPAWN: checks the message, makes the child with what it inherits, starts its loader thread.
#include "proc/spawn.hpp"

#include "arch/context.hpp"
#include "arch/machine.hpp"
#include "ipc/message.hpp"
#include "mm/address_space.hpp"
#include "object/thread.hpp"
#include "proc/limits.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"
#include "sched/scheduler.hpp"

#include <new>
#include <utility>

namespace proc {

namespace {

constexpr uint32_t cof_cloexec = 1;
constexpr uint32_t max_strings = 8192;
constexpr int max_priority = 255;
constexpr uint64_t sig_ign = 1;
constexpr uint32_t known_flags =
    PROC_SPAWN_SETGROUP | PROC_SPAWN_SETSIGMASK | PROC_SPAWN_SETSIGDEF | PROC_SPAWN_SETSIGIGN |
    PROC_SPAWN_EXPLICIT_SCHED | PROC_SPAWN_NOZOMBIE | PROC_SPAWN_HOLD | PROC_SPAWN_SETSID |
    PROC_SPAWN_RUNMASK | PROC_SPAWN_EXEC | PROC_SPAWN_SETCRED;

// `count` strings with their NULs at the start of `text`: how many bytes they are, or false.
bool measure_strings(const char* text, uint64_t size, uint32_t count, uint64_t& length)
{
    length = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const void* nul = length < size ? std::memchr(text + length, 0, size - length) : nullptr;
        if (nul == nullptr) {
            return false;
        }
        length = static_cast<uint64_t>(static_cast<const char*>(nul) - text) + 1;
    }
    return true;
}

// One NUL, at the end, and a slash at the start.
bool is_absolute(const char* text, uint32_t length)
{
    return std::memchr(text, 0, length) == text + length - 1 && text[0] == '/';
}

// Copies what follows the header into the job. EOK, EINVAL, E2BIG, EFAULT, ENOMEM.
int take_message(Request& request, SpawnJob& job)
{
    const auto* header = request.message<proc_spawn>();
    if (header == nullptr || (header->flags & ~known_flags) != 0) {
        return EINVAL;
    }
    job.request = *header;
    const proc_spawn& wanted = job.request;
    if (wanted.nfds > object::max_fds || wanted.path_len < 2 || wanted.path_len > path_max) {
        return wanted.path_len > path_max ? ENAMETOOLONG : EINVAL;
    }
    if (wanted.cwd_len > path_max) {
        return ENAMETOOLONG;
    }
    if (wanted.strings_len > PROC_SPAWN_MAX || wanted.argc > max_strings ||
        wanted.envc > max_strings) {
        return E2BIG;
    }
    const uint64_t fds = uint64_t{wanted.nfds} * sizeof(int32_t);
    const uint64_t rest = fds + wanted.path_len + wanted.cwd_len + wanted.strings_len;
    if (sizeof(proc_spawn) + rest > PROC_SPAWN_MAX) {
        return E2BIG;
    }
    auto* data = new (std::nothrow) char[rest];
    job.fd_map = new (std::nothrow) int32_t[wanted.nfds + 1];
    if (data == nullptr || job.fd_map == nullptr) {
        delete[] data;
        return ENOMEM;
    }
    if (sizeof(proc_spawn) + rest > request.total_size() ||
        !request.read(data, rest, sizeof(proc_spawn))) {
        delete[] data;
        return EINVAL;
    }
    std::memcpy(job.fd_map, data, fds);
    job.nfds = wanted.nfds;
    const char* path = data + fds;
    const char* cwd = path + wanted.path_len;
    const char* strings = cwd + wanted.cwd_len;
    uint64_t arguments = 0, environment = 0;
    int error = EINVAL;
    if (is_absolute(path, wanted.path_len) &&
        (wanted.cwd_len == 0 || is_absolute(cwd, wanted.cwd_len)) &&
        measure_strings(strings, wanted.strings_len, wanted.argc, arguments) &&
        measure_strings(strings + arguments, wanted.strings_len - arguments, wanted.envc,
                        environment)) {
        job.path = OwnedText(std::string_view(path, wanted.path_len - 1u));
        job.arguments = OwnedText(std::string_view(strings, arguments));
        job.environment = OwnedText(std::string_view(strings + arguments, environment));
        if (wanted.cwd_len != 0) {
            job.cwd = OwnedText(std::string_view(cwd, wanted.cwd_len - 1u));
        }
        job.argc = wanted.argc;
        job.envc = wanted.envc;
        const bool sound =
            job.path && job.arguments && job.environment && (wanted.cwd_len == 0 || job.cwd);
        error = sound ? EOK : ENOMEM;
    }
    delete[] data;
    return error;
}

// Who may ask for what. EOK, EPERM, EINVAL.
int check_rights(object::Process& parent, const proc_spawn& wanted)
{
    if (!able(parent, Ability::spawn)) {
        return EPERM;
    }
    if ((wanted.flags & PROC_SPAWN_SETCRED) != 0 &&
        ((wanted.uid != parent.cred.euid &&
          !able(parent, Ability::spawn_setuid, static_cast<uint32_t>(wanted.uid))) ||
         (wanted.gid != parent.cred.egid &&
          !able(parent, Ability::spawn_setgid, static_cast<uint32_t>(wanted.gid))))) {
        return EPERM;
    }
    if ((wanted.flags & PROC_SPAWN_EXPLICIT_SCHED) != 0) {
        if (wanted.priority < 1 || wanted.priority > max_priority || wanted.policy < 0 ||
            wanted.policy > 3) {
            return EINVAL;
        }
        if (wanted.priority > max_unprivileged_priority &&
            !able(parent, Ability::priority, static_cast<uint64_t>(wanted.priority))) {
            return EPERM;
        }
    }
    if ((wanted.flags & PROC_SPAWN_SETGROUP) != 0 && wanted.pgroup != 0) {
        bool found = false;
        for (object::Process* p = object::next_process(nullptr); p != nullptr;
             p = object::next_process(p)) {
            found = found || (p->pgrp == wanted.pgroup && p->sid == parent.sid);
        }
        return found ? EOK : EPERM;
    }
    return EOK;
}

void inherit_signals(const object::Process& parent, object::Process& child, const SpawnJob& job)
{
    if (job.forks()) {
        std::memcpy(child.actions, parent.actions, sizeof child.actions);
        return;
    }
    const proc_spawn& wanted = job.request;
    for (int signo = 1; signo <= 64; ++signo) {
        const uint64_t bit = uint64_t{1} << (signo - 1);
        const bool ignored = parent.actions[signo - 1].handler == sig_ign;
        const bool set_default =
            (wanted.flags & PROC_SPAWN_SETSIGDEF) != 0 && (wanted.sigdefault & bit) != 0;
        const bool set_ignore =
            (wanted.flags & PROC_SPAWN_SETSIGIGN) != 0 && (wanted.sigignore & bit) != 0;
        child.actions[signo - 1].handler = (ignored && !set_default) || set_ignore ? sig_ign : 0;
    }
}

// One fd of the child: the same server connection, to be duplicated there by the loader.
int inherit_fd(object::Process& parent, int from, object::Process& child, int to, SpawnJob& job)
{
    auto info = ipc::server_info(parent, from);
    if (!info.ok() || info.value().coid != from) {
        return EBADF;
    }
    if (auto cloned = ipc::clone_connection(parent, from, child, to); !cloned.ok()) {
        return base::to_int(cloned.error());
    }
    job.inherited[job.inherited_count++] = {to, info.value().scoid, from};
    return EOK;
}

int inherit_fds(object::Process& parent, object::Process& child, SpawnJob& job)
{
    const uint32_t limit = job.nfds != 0 ? job.nfds : parent.fds.size();
    job.inherited = new (std::nothrow) SpawnJob::ParentFd[limit + 1];
    if (job.inherited == nullptr) {
        return ENOMEM;
    }
    for (uint32_t fd = 0; fd < limit; ++fd) {
        const auto index = static_cast<int>(fd);
        int from = index;
        if (job.nfds != 0) {
            from = job.fd_map[fd];
            if (from < 0) {
                continue;
            }
            if (from >= object::side_channel) {
                return EBADF;
            }
        } else {
            auto flags = parent.fds.get(index) != nullptr
                             ? ipc::connection_flags(parent, index, 0, 0)
                             : base::Result<uint32_t>(cof_cloexec);
            if (!flags.ok() || (!job.forks() && (flags.value() & cof_cloexec) != 0)) {
                continue;
            }
        }
        const int error = inherit_fd(parent, from, child, index, job);
        if (error != EOK && (job.nfds != 0 || error != EBADF)) {
            return error;
        }
    }
    return EOK;
}

uint32_t all_cpus()
{
    const uint32_t count = arch::cpu_count();
    return count >= 32 ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
}

} // namespace

SpawnJob::~SpawnJob()
{
    delete[] fd_map;
    delete[] inherited;
    arch::free_user_context(context);
}

int make_child(object::Process& parent, SpawnJob& job, object::Process*& out)
{
    const bool other_user = (job.request.flags & PROC_SPAWN_SETCRED) != 0;
    object::Process* child = may_have_child(parent, other_user ? job.request.uid : parent.cred.ruid)
                                 ? object::create_process(job.path.c_str())
                                 : nullptr;
    if (child == nullptr) {
        return EAGAIN;
    }
    if (!create_info(*child, &parent)) {
        object::destroy_process(child);
        return ENOMEM;
    }
    out = child;
    if (job.cwd) {
        child->info->cwd = std::move(job.cwd);
    }
    const proc_spawn& wanted = job.request;
    child->cred = parent.cred;
    child->umask = parent.umask;
    child->sid = parent.sid;
    child->pgrp = parent.pgrp;
    if ((wanted.flags & PROC_SPAWN_SETCRED) != 0) {
        child->cred.ruid = child->cred.euid = child->cred.suid = wanted.uid;
        child->cred.rgid = child->cred.egid = child->cred.sgid = wanted.gid;
    }
    if ((wanted.flags & PROC_SPAWN_SETGROUP) != 0) {
        child->pgrp = wanted.pgroup == 0 ? child->pid : wanted.pgroup;
    }
    if ((wanted.flags & PROC_SPAWN_SETSID) != 0) {
        child->sid = child->pgrp = child->pid;
    }
    inherit_signals(parent, *child, job);
    child->info->no_zombie = (wanted.flags & PROC_SPAWN_NOZOMBIE) != 0;
    adopt(parent, *child);
    child->space = mm::AddressSpace::create();
    if (child->space == nullptr) {
        return ENOMEM;
    }
    if (child->side.get(0) == nullptr) {
        if (auto attached = ipc::attach(*child, 1, 1, object::side_channel, 0); !attached.ok()) {
            return base::to_int(attached.error());
        }
    }
    return inherit_fds(parent, *child, job);
}

int launch(object::Process& parent, SpawnJob* job, const Inherited& from, int& pid)
{
    object::Process* child = nullptr;
    int error = make_child(parent, *job, child);
    object::Thread* thread = nullptr;
    const proc_spawn& wanted = job->request;
    if (error == EOK && (wanted.flags & PROC_SPAWN_RUNMASK) != 0 && wanted.runmask != 0 &&
        (wanted.runmask & all_cpus()) == 0) {
        error = EINVAL;
    }
    const bool explicit_sched = (wanted.flags & PROC_SPAWN_EXPLICIT_SCHED) != 0;
    const int priority = explicit_sched ? wanted.priority : from.priority;
    if (error == EOK) {
        child->info->job = job;
        job->parent = &parent;
        job->parent_pid = parent.pid;
        thread = object::create_kernel_thread(*child, loader_thread, job, priority, "");
        error = thread == nullptr ? EAGAIN : EOK;
    }
    if (error != EOK) {
        if (child != nullptr) {
            discard_process(*child); // gives its connections back, too
        }
        delete job;
        return error;
    }
    const int policy = explicit_sched && wanted.policy != 0 ? wanted.policy : from.policy;
    object::set_priority(*thread, static_cast<object::Policy>(policy), priority);
    thread->signal_mask =
        (wanted.flags & PROC_SPAWN_SETSIGMASK) != 0 ? wanted.sigmask : from.signal_mask;
    if ((wanted.flags & PROC_SPAWN_RUNMASK) != 0 && wanted.runmask != 0) {
        sched::set_runmask(*thread, wanted.runmask);
    }
    pid = child->pid;
    return EOK;
}

int handle_spawn(Request& request)
{
    auto* job = new (std::nothrow) SpawnJob;
    if (job == nullptr) {
        return ENOMEM;
    }
    object::Process& parent = *request.client;
    int error = take_message(request, *job);
    if (error == EOK) {
        error = check_rights(parent, job->request);
    }
    if (error != EOK) {
        delete job;
        return error;
    }
    job->rcvid = request.rcvid;
    if ((job->request.flags & PROC_SPAWN_EXEC) != 0) {
        return start_overlay(parent, job);
    }
    const object::Thread* caller = ipc::client_of(object::kernel_process(), request.rcvid);
    Inherited from{10, static_cast<uint8_t>(object::Policy::rr), 0};
    if (caller != nullptr) {
        from = {caller->base_priority, static_cast<uint8_t>(caller->policy), caller->signal_mask};
    }
    int pid = 0;
    error = launch(parent, job, from, pid);
    return error == EOK ? reply_later : error;
}

} // namespace proc
