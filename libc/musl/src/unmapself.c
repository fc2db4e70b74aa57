// SPDX-License-Identifier: Apache-2.0
// The end of a detached thread: unmaps its own stack, then exits. Called with the thread-list lock held (so the static message is
// this thread's alone) and all signals blocked; after the message there is no stack, so nothing here may push.
#include "pthread_impl.h"
#include "sys.h"

static struct mem_range message;

hidden void __unmapself(void *base, size_t size)
{
    message = (struct mem_range){.type = MEM_UNMAP, .addr = (uintptr_t)base, .len = size};
    __asm__ __volatile__("xor %%r10d, %%r10d\n\t" /* no reply area */
                         "xor %%r8d, %%r8d\n\t"
                         "mov $1, %%r9d\n\t"
                         "syscall\n\t"
                         "xor %%edi, %%edi\n\t"
                         "xor %%esi, %%esi\n\t"
                         "mov %[exit], %%eax\n\t"
                         "syscall\n\t"
                         "ud2"
                         :
                         : "a"(KER_MSG_SEND), "D"(SYSMGR_COID), "S"(&message), "d"(-(long)sizeof message),
                           [exit] "i"(KER_THREAD_EXIT)
                         : "memory");
    __builtin_unreachable();
}
