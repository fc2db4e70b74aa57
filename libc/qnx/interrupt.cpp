// SPDX-License-Identifier: Apache-2.0
// Interrupts: InterruptAttach() with the stack its handler runs on, InterruptAttachEvent(), InterruptWait(), masking.
#include "dispatch.hpp"
#include "result.hpp"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/neutrino.h>

namespace {

constexpr int ids_max = 256;
constexpr size_t stack_size = 16384, guard_size = 4096;

char* stacks[ids_max]; // of the handlers, by id
pthread_mutex_t stacks_lock = PTHREAD_MUTEX_INITIALIZER;

// Where a handler returns to.
__attribute__((naked)) void handler_return()
{
    __asm__("mov %%rax, %%rdi\n\tmov %0, %%eax\n\tsyscall\n\tud2" : : "i"(KER_INTERRUPT_RETURN));
}

void give_back(char* stack)
{
    if (stack != nullptr)
        munmap(stack, guard_size + stack_size);
}

long remember(long id, char* stack)
{
    if (id < 0 || id >= ids_max) {
        give_back(stack);
        return id;
    }
    qnx::MutexGuard guard(stacks_lock);
    stacks[id] = stack;
    return id;
}

long attach(int intr, uint64_t entry, uint64_t area, int size, unsigned flags)
{
    void* stack = mmap(nullptr, guard_size + stack_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANON, -1, 0);
    if (stack == MAP_FAILED)
        return -EAGAIN;
    auto* bottom = static_cast<char*>(stack);
    mprotect(bottom, guard_size, PROT_NONE);
    const nto_upcall upcall = {reinterpret_cast<uint64_t>(bottom + guard_size + stack_size),
                               reinterpret_cast<uint64_t>(handler_return)};
    const long id = __kercall6(KER_INTERRUPT_ATTACH, intr, static_cast<long>(entry),
                               static_cast<long>(area), size, flags, qnx::arg(&upcall));
    return remember(id, bottom);
}

// InterruptHookIdle()'s handlers take other arguments than the kernel passes.
const struct sigevent* run_idle_hook(void* area, uint64_t next_timer_ns)
{
    auto handler = reinterpret_cast<void (*)(uint64_t*, struct qtime_entry*)>(area);
    handler(&next_timer_ns, SYSPAGE_ENTRY(qtime));
    return nullptr;
}

} // namespace

int InterruptAttachEvent_r(int intr, const struct sigevent* event, unsigned flags)
{
    if (event != nullptr && SIGEV_GET_TYPE(event) == SIGEV_THREAD) {
        const int error = __nto_thread_events();
        if (error != EOK)
            return -error;
    }
    return static_cast<int>(__kercall3(KER_INTERRUPT_ATTACH_EVENT, intr, qnx::arg(event), flags));
}

int InterruptAttachEvent(int intr, const struct sigevent* event, unsigned flags)
{
    return qnx::errno_of<int>(InterruptAttachEvent_r(intr, event, flags));
}

int InterruptDetach_r(int id)
{
    const long result = __kercall1(KER_INTERRUPT_DETACH, id);
    if (result < 0 || id < 0 || id >= ids_max)
        return static_cast<int>(result);
    char* held;
    {
        qnx::MutexGuard guard(stacks_lock);
        held = stacks[id];
        stacks[id] = nullptr;
    }
    give_back(held);
    return static_cast<int>(result);
}

int InterruptDetach(int id)
{
    return qnx::errno_of<int>(InterruptDetach_r(id));
}

int InterruptWait_r(int flags, const uint64_t* timeout)
{
    return static_cast<int>(
        __nto_call_cp(KER_INTERRUPT_WAIT, flags, qnx::arg(timeout), 0, 0, 0, 0));
}

int InterruptWait(int flags, const uint64_t* timeout)
{
    return qnx::errno_of<int>(InterruptWait_r(flags, timeout));
}

int InterruptAttach_r(int intr, const struct sigevent* (*handler)(void*, int), const void* area,
                      int size, unsigned flags)
{
    return static_cast<int>(attach(intr, reinterpret_cast<uint64_t>(handler),
                                   reinterpret_cast<uint64_t>(area), size, flags));
}

int InterruptAttach(int intr, const struct sigevent* (*handler)(void*, int), const void* area,
                    int size, unsigned flags)
{
    return qnx::errno_of(InterruptAttach_r(intr, handler, area, size, flags));
}

int InterruptHookIdle(void (*handler)(uint64_t*, struct qtime_entry*), unsigned flags)
{
    return qnx::errno_of(
        static_cast<int>(attach(_NTO_HOOK_IDLE, reinterpret_cast<uint64_t>(run_idle_hook),
                                reinterpret_cast<uint64_t>(handler), 0, flags)));
}

int InterruptMask(int intr, int id)
{
    return qnx::errno_of(__kercall2(KER_INTERRUPT_MASK, intr, id));
}

int InterruptUnmask(int intr, int id)
{
    return qnx::errno_of(__kercall2(KER_INTERRUPT_UNMASK, intr, id));
}
