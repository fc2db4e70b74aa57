// SPDX-License-Identifier: Apache-2.0
// The table of processes; giving back what a process holds when its last thread is gone.
#include "object/process.hpp"

#include "arch/console.hpp"
#include "ipc/event.hpp"
#include "ipc/release.hpp"
#include "object/counters.hpp"
#include "object/hooks.hpp"
#include "object/life.hpp"
#include "object/release.hpp"
#include "sched/scheduler.hpp"
#include "sched/sync.hpp"
#include "sched/timer.hpp"
#include "sched/trace.hpp"

#include <abi/errno.h>
#include <cstring>
#include <new>

namespace object {

Counters counters;

namespace {

constexpr uint32_t max_processes = 4096;
constexpr int reuse_shift =
    12; // pid = reuse count << 12 | index, so that an old pid does not fit a new process
constexpr uint32_t reuse_max = 0x7fff;

IdTable<Process> table;
uint32_t next_reuse = 1;
alignas(Process) unsigned char kernel_storage[sizeof(Process)];

uint32_t index_of(int pid)
{
    return static_cast<uint32_t>(pid) & ((1u << reuse_shift) - 1);
}

int new_pid(uint32_t index)
{
    const int pid = static_cast<int>((next_reuse << reuse_shift) | index);
    next_reuse = next_reuse == reuse_max ? 1 : next_reuse + 1;
    return pid;
}

} // namespace

void init_kernel_process()
{
    auto* process = new (kernel_storage) Process(1);
    set_name(*process, "procnto-smp-instr");
    process->pgrp = process->sid = 1;
    if (!table.insert_at(process, 1))
        PANIC("no memory for pid 1");
    ++counters.processes;
}

Process& kernel_process()
{
    return *reinterpret_cast<Process*>(kernel_storage);
}

Process* create_process(const char* name)
{
    // The slot is found with a placeholder: the pid is part of the object.
    const int index = table.insert(&kernel_process(), 2, max_processes);
    if (index < 0)
        return nullptr;
    table.remove(index);
    auto* process = new (std::nothrow) Process(new_pid(static_cast<uint32_t>(index)));
    if (!process)
        return nullptr;
    if (!table.insert_at(process, static_cast<uint32_t>(index))) {
        delete process;
        return nullptr;
    }
    set_name(*process, name);
    ++counters.processes;
    return process;
}

void destroy_process(Process* process)
{
    release_resources(*process);
    for (uint32_t tid = 1; tid < process->threads.size(); ++tid) {
        Thread* thread = process->threads.get(tid);
        if (thread && thread->state == ThreadState::dead && thread->stack_top == 0)
            free_thread(thread);
    }
    table.remove(index_of(process->pid));
    --counters.processes;
    delete process;
}

Process* find_process(int pid)
{
    Process* process = pid > 0 ? table.get(index_of(pid)) : nullptr;
    return process && process->pid == pid ? process : nullptr;
}

Process* next_process(const Process* after)
{
    for (uint32_t i = after ? index_of(after->pid) + 1 : 1; i < table.size(); ++i) {
        if (Process* process = table.get(i))
            return process;
    }
    return nullptr;
}

uint32_t process_count()
{
    return table.used();
}

void set_name(Process& process, const char* name)
{
    strncpy(process.name, name, sizeof process.name - 1);
    sched::trace_name(process);
}

void terminate(Process& process, int wait_status)
{
    if (process.exiting || &process == &kernel_process())
        return;
    process.exiting = true;
    process.keep = false;
    process.exit_status = wait_status;
    kill_threads(process, nullptr);
    ipc::fail_clients(process);
}

void kill_threads(Process& process, Thread* except)
{
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        Thread* thread = process.threads.get(tid);
        if (thread && thread != except && thread->state != ThreadState::dead)
            kill_thread(*thread);
    }
}

void release_resources(Process& process)
{
    if (process.released)
        return;
    process.released = true;
    sched::release_timers(process);
    sched::release_mutex_events(process);
    ipc::release_interrupts(process);
    ipc::release_connections(process);
    ipc::release_channels(process);
    ipc::release_events(process);
    process.pending.clear();
}

void close_on_exec(Process& process)
{
    ipc::close_on_exec(process);
}

} // namespace object
