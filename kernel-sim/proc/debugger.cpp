// SPDX-License-Identifier: Apache-2.0
// A debugger's commands. A process is stopped by keeping its threads from user mode; blocked ones stay blocked in the kernel.
#include "proc/debugger.hpp"
#include "proc/breakpoint.hpp"

#include "arch/debug.hpp"
#include "base/bits.hpp"
#include "include/sys/procfs.h" // by its place: the host has a <sys/procfs.h> of its own
#include "ipc/message.hpp"
#include "mm/address_space.hpp"
#include "object/hooks.hpp"
#include "object/life.hpp"
#include "object/signal.hpp"
#include "proc/process_info.hpp"
#include "proc/process_view.hpp"
#include "sched/scheduler.hpp"

#include <new>

namespace proc {

/// A process' debugger and where it is with it.
struct Debugger {
    int owner = 0; // pid
    int tid = 0;   // current thread
    uint16_t why = _DEBUG_WHY_REQUESTED, what = 0;
    uint32_t flags = 0;        // _DEBUG_FLAG_KLC
    int waiter = 0;            // rcvid of DCMD_PROC_WAITSTOP
    uint32_t waiter_bytes = 0; // its room
    bool has_event = false;
    nto_sigevent event{};
    Breakpoints breakpoints;
};

namespace {

constexpr int sigtrap = 5;
constexpr uint64_t poll_ns = 1'000'000;
constexpr int one_hold = 8, one_continue = 9; // _NTO_TCTL_ONE_THREAD_*

template <typename F>
void for_each_thread(object::Process& process, F&& f)
{
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        object::Thread* thread = process.threads.get(tid);
        if (thread != nullptr && thread->state != object::ThreadState::dead) {
            f(*thread);
        }
    }
}

void wake_stopped(object::Thread& thread)
{
    if (thread.state == object::ThreadState::stopped && !thread.held && !thread.process.stopped) {
        sched::wake(thread);
    }
}

void stop_all(object::Process& process)
{
    process.debug_stopped = true;
    for_each_thread(process, [](object::Thread& thread) {
        thread.debug_go = false;
        if (thread.state == object::ThreadState::running) {
            sched::poke(thread);
        }
    });
}

void run_all(object::Process& process)
{
    process.debug_stopped = false;
    for_each_thread(process, wake_stopped);
}

object::Thread* thread_for(object::Process& process)
{
    const int tid = current_thread(process);
    return tid == 0 ? nullptr : object::find_thread(process, tid);
}

procfs_status status_of(object::Process& process)
{
    procfs_status status{};
    if (const object::Thread* thread = thread_for(process); thread != nullptr) {
        fill_status(*thread, status);
    }
    return status;
}

// The stop is told: to whoever waits for it, and by event.
void announce(object::Process& process, Debugger& debugger)
{
    if (debugger.waiter != 0) {
        struct {
            _io_devctl_reply header;
            procfs_status status;
        } answer{};
        answer.header.nbytes = base::min_of<uint32_t>(debugger.waiter_bytes, sizeof answer.status);
        answer.status = status_of(process);
        const int rcvid = debugger.waiter;
        debugger.waiter = 0;
        (void)ipc::reply(rcvid, 0, &answer, sizeof answer.header + answer.header.nbytes);
    }
    object::Process* owner = object::find_process(debugger.owner);
    if (debugger.has_event && owner != nullptr) {
        (void)ipc::post_event(*owner, nullptr, debugger.event);
    }
}

void detach(object::Process& process)
{
    Debugger* debugger = process.info->debugger;
    debugger->breakpoints.remove_all(process);
    for_each_thread(process, [](object::Thread& thread) { arch::set_single_step(thread, false); });
    const bool kill = (debugger->flags & _DEBUG_FLAG_KLC) != 0;
    process.info->debugger = nullptr;
    delete debugger;
    run_all(process);
    if (kill) {
        object::terminate(process, 9);
    }
}

// The caller's Debugger of this process, made when there is none. EOK, EBUSY, EPERM, EINVAL, ENOMEM.
int debugger_of(Request& request, object::Process& process, Debugger*& out)
{
    ProcessInfo& info = *process.info;
    if (&process == request.client || process.pid == 1) {
        return EINVAL; // it would wait for itself
    }
    if (process.exiting || process.space == nullptr) {
        return ESRCH;
    }
    if (request.client->cred.euid != process.cred.ruid &&
        !able(*request.client, Ability::xprocess_debug, static_cast<uint32_t>(process.cred.ruid))) {
        return EPERM;
    }
    if (info.debugger == nullptr) {
        info.debugger = new (std::nothrow) Debugger;
        if (info.debugger == nullptr) {
            return ENOMEM;
        }
        info.debugger->owner = request.client->pid;
    }
    out = info.debugger;
    return out->owner == request.client->pid ? EOK : EBUSY;
}

template <typename T>
const T* argument(Request& request)
{
    return request.message<_io_devctl>(sizeof(T)) == nullptr
               ? nullptr
               : reinterpret_cast<const T*>(request.in + sizeof(_io_devctl));
}

// Also waits until no thread is in user mode any more: only then are the registers what they are.
int stop(Request& request, object::Process& process, Debugger& debugger, const _io_devctl& message)
{
    const int pid = process.pid;
    if (!process.debug_stopped) {
        debugger.why = _DEBUG_WHY_REQUESTED;
        debugger.what = 0;
        stop_all(process);
    }
    for (;;) {
        bool running = false;
        for_each_thread(process, [&](const object::Thread& thread) {
            running = running || thread.state == object::ThreadState::running ||
                      thread.state == object::ThreadState::ready;
        });
        if (!running) {
            break;
        }
        sched::sleep_ns(poll_ns);
        if (object::find_process(pid) != &process || process.exiting) {
            return ESRCH;
        }
    }
    const procfs_status status = status_of(process);
    return answer_devctl(request, message, &status, sizeof status);
}

// A thread is on its way through one instruction, and stops then.
bool is_stepping(object::Process& process)
{
    bool stepping = false;
    for_each_thread(process,
                    [&](const object::Thread& thread) { stepping = stepping || thread.debug_go; });
    return stepping;
}

int wait_stop(Request& request, object::Process& process, Debugger& debugger,
              const _io_devctl& message)
{
    if (process.debug_stopped && !is_stepping(process)) {
        const procfs_status status = status_of(process);
        return answer_devctl(request, message, &status, sizeof status);
    }
    if (debugger.waiter != 0) {
        return EBUSY;
    }
    debugger.waiter = request.rcvid;
    debugger.waiter_bytes = message.nbytes;
    return reply_later;
}

// A fault nobody cleared is the program's after all.
void deliver_fault(object::Process& process, object::Thread& thread, const Debugger& debugger)
{
    nto_siginfo info{};
    info.signo = debugger.what >= _DEBUG_WHAT_BREAKPOINT ? sigtrap : debugger.what;
    info.u.f.addr = arch::program_counter(thread);
    object::post_signal(process, &thread, info);
}

int run(Request& request, object::Process& process, Debugger& debugger)
{
    const auto* wanted = argument<procfs_run>(request);
    if (wanted == nullptr) {
        return EINVAL;
    }
    if (!process.debug_stopped) {
        return EBUSY;
    }
    if ((wanted->flags & _DEBUG_RUN_CURTID) != 0) {
        if (object::find_thread(process, wanted->tid) == nullptr || wanted->tid == 0) {
            return ESRCH;
        }
        debugger.tid = wanted->tid;
    }
    object::Thread* thread = thread_for(process);
    if (thread == nullptr || thread->state == object::ThreadState::running) {
        return thread == nullptr ? ESRCH : EBUSY;
    }
    if ((wanted->flags & _DEBUG_RUN_VADDR) != 0 &&
        !arch::set_program_counter(*thread, wanted->ip)) {
        return EINVAL;
    }
    const bool faulted = debugger.why == _DEBUG_WHY_FAULTED;
    debugger.why = _DEBUG_WHY_REQUESTED;
    if (faulted && (wanted->flags & (_DEBUG_RUN_CLRFLT | _DEBUG_RUN_CLRSIG)) == 0) {
        deliver_fault(process, *thread, debugger);
    }
    const bool step = (wanted->flags & (_DEBUG_RUN_STEP | _DEBUG_RUN_STEP_ALL)) != 0;
    arch::set_single_step(*thread, step);
    if (step && (wanted->flags & _DEBUG_RUN_STEP_ALL) == 0) {
        thread->debug_go = true;
        wake_stopped(*thread);
    } else {
        run_all(process);
    }
    return EOK;
}

int change_breakpoint(Request& request, object::Process& process, Debugger& debugger)
{
    const auto* wanted = argument<procfs_break>(request);
    return wanted == nullptr ? EINVAL : debugger.breakpoints.change(process, *wanted);
}

int list_breakpoints(Request& request, const Debugger& debugger, const _io_devctl& message)
{
    procfs_break list[_DEBUG_BREAK_MAX + arch::watch_count]{};
    const uint32_t count = debugger.breakpoints.list(list);
    return answer_devctl(request, message, list, count * sizeof *list, static_cast<int32_t>(count));
}

int set_registers(Request& request, object::Process& process, bool general)
{
    object::Thread* thread = thread_for(process);
    const uint32_t size = general ? arch::general_size : arch::float_size;
    if (request.message<_io_devctl>(size) == nullptr) {
        return EINVAL;
    }
    if (thread == nullptr) {
        return ESRCH;
    }
    if (!process.debug_stopped || thread->state == object::ThreadState::running) {
        return EBUSY;
    }
    const uint8_t* data = request.in + sizeof(_io_devctl);
    return (general ? arch::write_general(*thread, data) : arch::write_float(*thread, data))
               ? EOK
               : EINVAL;
}

// Reading needs no debugger: of a thread that does not run, the registers stand still at least for the moment.
int get_registers(Request& request, object::Process& process, const _io_devctl& message,
                  bool general)
{
    alignas(16) uint8_t data[arch::float_size];
    const object::Thread* thread = thread_for(process);
    if (thread == nullptr) {
        return ESRCH;
    }
    if (thread->state == object::ThreadState::running) {
        return EBUSY;
    }
    if (!(general ? arch::read_general(*thread, data) : arch::read_float(*thread, data))) {
        return ENXIO;
    }
    const uint32_t size = general ? arch::general_size : arch::float_size;
    return answer_devctl(request, message, data, size, static_cast<int32_t>(size));
}

int send_signal(Request& request, object::Process& process)
{
    const auto* wanted = argument<procfs_signal>(request);
    if (wanted == nullptr || wanted->signo < 1 || wanted->signo > object::signal_max) {
        return EINVAL;
    }
    object::Thread* thread = nullptr;
    if (wanted->tid != 0 && (thread = object::find_thread(process, wanted->tid)) == nullptr) {
        return ESRCH;
    }
    nto_siginfo info{};
    info.signo = wanted->signo;
    info.code = wanted->code;
    info.u.p.pid = request.client->pid;
    info.u.p.uid = static_cast<uint32_t>(request.client->cred.ruid);
    info.u.p.value.i = wanted->value;
    object::post_signal(process, thread, info);
    return EOK;
}

int control_thread(Request& request, object::Process& process)
{
    const auto* wanted = argument<procfs_threadctl>(request);
    if (wanted == nullptr || (wanted->cmd != one_hold && wanted->cmd != one_continue)) {
        return EINVAL;
    }
    object::Thread* thread = wanted->tid == 0 ? nullptr : object::find_thread(process, wanted->tid);
    if (thread == nullptr) {
        return ESRCH;
    }
    thread->held = wanted->cmd == one_hold;
    if (thread->held) {
        sched::poke(*thread);
    } else if (!process.debug_stopped) {
        wake_stopped(*thread);
    }
    return EOK;
}

int choose_thread(Request& request, object::Process& process, Debugger& debugger)
{
    const auto* tid = argument<int32_t>(request);
    if (tid == nullptr || *tid <= 0) {
        return EINVAL;
    }
    if (object::find_thread(process, *tid) == nullptr) {
        return ESRCH;
    }
    debugger.tid = *tid;
    return EOK;
}

int change_flags(Request& request, Debugger& debugger, bool set)
{
    const auto* flags = argument<uint32_t>(request);
    if (flags == nullptr || (*flags & ~_DEBUG_FLAG_KLC) != 0) {
        return EINVAL;
    }
    debugger.flags = set ? debugger.flags | *flags : debugger.flags & ~*flags;
    return EOK;
}

int set_event(Request& request, Debugger& debugger)
{
    const auto* event = argument<nto_sigevent>(request);
    if (event == nullptr) {
        return EINVAL;
    }
    debugger.event = *event;
    debugger.has_event = event->notify != NTO_SIGEV_NONE;
    return EOK;
}

// The commands that make the caller the debugger. ENOTTY: none of them.
int command(Request& request, object::Process& process, Debugger& debugger,
            const _io_devctl& message)
{
    switch (static_cast<uint32_t>(message.dcmd)) {
    case static_cast<uint32_t>(DCMD_PROC_STOP):
        return stop(request, process, debugger, message);
    case static_cast<uint32_t>(DCMD_PROC_WAITSTOP):
        return wait_stop(request, process, debugger, message);
    case static_cast<uint32_t>(DCMD_PROC_RUN):
        return run(request, process, debugger);
    case static_cast<uint32_t>(DCMD_PROC_BREAK):
        return change_breakpoint(request, process, debugger);
    case static_cast<uint32_t>(DCMD_PROC_GET_BREAKLIST):
        return list_breakpoints(request, debugger, message);
    case static_cast<uint32_t>(DCMD_PROC_SETGREG):
        return set_registers(request, process, true);
    case static_cast<uint32_t>(DCMD_PROC_SETFPREG):
        return set_registers(request, process, false);
    case static_cast<uint32_t>(DCMD_PROC_CURTHREAD):
        return choose_thread(request, process, debugger);
    case static_cast<uint32_t>(DCMD_PROC_SIGNAL):
        return send_signal(request, process);
    case static_cast<uint32_t>(DCMD_PROC_SET_FLAG):
        return change_flags(request, debugger, true);
    case static_cast<uint32_t>(DCMD_PROC_CLR_FLAG):
        return change_flags(request, debugger, false);
    case static_cast<uint32_t>(DCMD_PROC_EVENT):
        return set_event(request, debugger);
    default: // DCMD_PROC_THREADCTL
        return control_thread(request, process);
    }
}

bool is_command(uint32_t dcmd)
{
    for (const int one : {DCMD_PROC_STOP, DCMD_PROC_WAITSTOP, DCMD_PROC_RUN, DCMD_PROC_BREAK,
                          DCMD_PROC_GET_BREAKLIST, DCMD_PROC_SETGREG, DCMD_PROC_SETFPREG,
                          DCMD_PROC_CURTHREAD, DCMD_PROC_SIGNAL, DCMD_PROC_SET_FLAG,
                          DCMD_PROC_CLR_FLAG, DCMD_PROC_EVENT, DCMD_PROC_THREADCTL}) {
        if (static_cast<uint32_t>(one) == dcmd) {
            return true;
        }
    }
    return false;
}

} // namespace

int debug_devctl(Request& request, object::Process& process, const _io_devctl& message)
{
    const auto dcmd = static_cast<uint32_t>(message.dcmd);
    if (dcmd == static_cast<uint32_t>(DCMD_PROC_GETGREG) ||
        dcmd == static_cast<uint32_t>(DCMD_PROC_GETFPREG)) {
        return get_registers(request, process, message,
                             dcmd == static_cast<uint32_t>(DCMD_PROC_GETGREG));
    }
    if (!is_command(dcmd)) {
        return ENOTTY;
    }
    Debugger* debugger = nullptr;
    if (const int error = debugger_of(request, process, debugger); error != EOK) {
        return error;
    }
    request.out_size = 0;
    const int result = command(request, process, *debugger, message);
    if (result == EOK && request.out_size == 0) {
        return request.answer(_io_devctl_reply{});
    }
    return result;
}

bool debug_fault(object::Thread& thread, int signo)
{
    object::Process& process = thread.process;
    Debugger* debugger = process.info == nullptr ? nullptr : process.info->debugger;
    if (debugger == nullptr || process.exiting) {
        return false;
    }
    debugger->tid = thread.tid, debugger->why = _DEBUG_WHY_FAULTED;
    debugger->what = static_cast<uint16_t>(signo);
    if (signo == sigtrap && arch::single_steps(thread)) {
        arch::set_single_step(thread, false);
        (void)arch::take_watch_hits(); // the step tells enough
        debugger->what = _DEBUG_WHAT_TRACE;
    } else if (const uint16_t met = signo == sigtrap ? debugger->breakpoints.met(thread) : 0) {
        debugger->what = met;
    }
    stop_all(process);
    announce(process, *debugger);
    return true;
}

void end_debugging(object::Process& process)
{
    if (Debugger* debugger = process.info->debugger; debugger != nullptr) {
        if (debugger->waiter != 0) {
            (void)ipc::error(debugger->waiter, ESRCH);
        }
        debugger->breakpoints.forget(process);
        process.info->debugger = nullptr;
        delete debugger;
    }
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->info != nullptr && p->info->debugger != nullptr &&
            p->info->debugger->owner == process.pid) {
            detach(*p);
        }
    }
}

bool unblock_debugger(int rcvid)
{
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        if (p->info != nullptr && p->info->debugger != nullptr &&
            p->info->debugger->waiter == rcvid) {
            p->info->debugger->waiter = 0;
            (void)ipc::error(rcvid, EINTR);
            return true;
        }
    }
    return false;
}

void lift_breakpoints(const object::Process& parent, mm::AddressSpace& copy)
{
    if (const Debugger* debugger = parent.info->debugger; debugger != nullptr) {
        debugger->breakpoints.lift(copy);
    }
}

void forget_breakpoints(object::Process& process)
{
    if (process.info->debugger != nullptr) {
        process.info->debugger->breakpoints.forget(process);
    }
}

int current_thread(const object::Process& process)
{
    const Debugger* debugger = process.info == nullptr ? nullptr : process.info->debugger;
    auto& of = const_cast<object::Process&>(process);
    if (debugger != nullptr && debugger->tid != 0 &&
        object::find_thread(of, debugger->tid) != nullptr) {
        return debugger->tid;
    }
    const object::Thread* first = object::find_thread(of, 0);
    return first == nullptr ? 0 : first->tid;
}

uint32_t debug_flags(const object::Thread& thread, uint16_t& why, uint16_t& what)
{
    const object::Process& process = thread.process;
    uint32_t flags = process.debug_stopped || process.stopped ? _DEBUG_FLAG_STOPPED : 0;
    flags |= process.debug_stopped ? _DEBUG_FLAG_ISTOP : 0;
    if (current_thread(process) == thread.tid) {
        flags |= _DEBUG_FLAG_CURTID;
        if (const Debugger* debugger = process.info->debugger; debugger != nullptr) {
            why = debugger->why;
            what = debugger->what;
        }
    }
    return flags;
}

} // namespace proc
