// SPDX-License-Identifier: Apache-2.0
// PROC_DUMP: a crashed process waits, stopped, until the dumper has looked at it.
#include "ipc/message.hpp"
#include "object/hooks.hpp"
#include "object/thread.hpp"
#include "proc/debugger.hpp"
#include "proc/limits.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"
#include "sched/scheduler.hpp"

#include <abi/proc_msg.h>

namespace proc {

namespace {

constexpr int core_flag = 0x80; // of the wait status

int dumper_pid; // 0 = there is none
nto_sigevent dumper_event;

object::Process* dumper()
{
    object::Process* process = object::find_process(dumper_pid);
    return process == nullptr || process->exiting ? nullptr : process;
}

int enrol(Request& request, const proc_dump& message)
{
    if (dumper() != nullptr) {
        return EBUSY;
    }
    dumper_pid = request.client->pid;
    dumper_event = message.event;
    return EOK;
}

object::Process* crashed(int pid)
{
    object::Process* process = object::find_process(pid);
    return process != nullptr && process->info != nullptr && process->info->dump_signo != 0
               ? process
               : nullptr;
}

} // namespace

bool dump_core(object::Thread& thread, int signo)
{
    object::Process& process = thread.process;
    object::Process* to = dumper();
    if (to == nullptr || to == &process || process.info == nullptr || process.exiting ||
        process.info->soft_limit(LimitKind::core) == 0) {
        return false;
    }
    if (process.info->dump_signo != 0) {
        return true; // another thread of it crashed before
    }
    nto_sigevent event = dumper_event;
    event.value.i = process.pid;
    if (!ipc::post_event(*to, nullptr, event).ok()) {
        return false;
    }
    process.info->dump_signo = signo;
    process.info->dump_tid = thread.tid;
    process.debug_stopped = true;
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        object::Thread* other = process.threads.get(tid);
        if (other != nullptr && other->state == object::ThreadState::running) {
            sched::poke(*other);
        }
    }
    return true;
}

void end_dumper(const object::Process& process)
{
    if (process.pid != dumper_pid) {
        return;
    }
    dumper_pid = 0;
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->info != nullptr && p->info->dump_signo != 0) {
            object::terminate(*p, p->info->dump_signo);
        }
    }
}

int handle_dump(Request& request)
{
    const auto* message = request.message<proc_dump>();
    if (message == nullptr) {
        return EINVAL;
    }
    if (!able(*request.client, Ability::xprocess_debug)) {
        return EPERM;
    }
    if (message->subtype == PROC_DUMP_REGISTER) {
        return enrol(request, *message);
    }
    object::Process* process = crashed(message->pid);
    if (process == nullptr) {
        return ESRCH;
    }
    if (message->subtype == PROC_DUMP_QUERY) {
        proc_dump reply = *message;
        reply.tid = process->info->dump_tid;
        reply.signo = process->info->dump_signo;
        return request.answer(reply);
    }
    if (message->subtype != PROC_DUMP_DONE || request.client->pid != dumper_pid) {
        return EINVAL;
    }
    object::terminate(*process,
                      process->info->dump_signo | (message->written != 0 ? core_flag : 0));
    return EOK;
}

} // namespace proc
