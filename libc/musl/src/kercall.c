// SPDX-License-Identifier: Apache-2.0
// The kernel-call stub for calls that may block, the cancellation-point entry, and the return from a signal handler.
//
// A cancel request must not be lost between the last look at self->cancel and the kernel: between __cp_begin and __cp_end musl's
// SIGCANCEL handler (pthread_cancel.c) moves the thread to __cp_cancel, and the call ends with -EINTR as if interrupted inside the
// kernel; __syscall_cp_c() then sees self->cancel. Only calls made at a cancellation point look at the flag: pthread_impl.h's
// timer_id, unused by our timers, marks them (1 = in a cancellation point). FS is not read before the first pthread_cancel(),
// because the dynamic linker makes kernel calls before there is a thread structure.
#include <stddef.h>
#include "pthread_impl.h"
#include "sys.h"

hidden unsigned char __nto_cancel_used;

__attribute__((naked)) hidden long __nto_call(long, long, long, long, long, long, long)
{
    __asm__("mov %%rdi, %%rax\n\t"
            "mov %%rsi, %%rdi\n\t"
            "mov %%rdx, %%rsi\n\t"
            "mov %%rcx, %%rdx\n\t"
            "mov %%r8, %%r10\n\t"
            "mov %%r9, %%r8\n\t"
            "mov 8(%%rsp), %%r9\n\t"
            "cmpb $0, __nto_cancel_used(%%rip)\n\t"
            "je 1f\n\t"
            "mov %%fs:0, %%r11\n\t"
            "cmpl $0, %c[in_point](%%r11)\n\t"
            "je 1f\n\t"
            ".global __cp_begin\n\t"
            ".hidden __cp_begin\n"
            "__cp_begin:\n\t"
            "cmpl $0, %c[cancel](%%r11)\n\t"
            "jne __cp_cancel\n"
            "1:\tsyscall\n\t"
            ".global __cp_end\n\t"
            ".hidden __cp_end\n"
            "__cp_end:\n\t"
            "ret\n\t"
            ".global __cp_cancel\n\t"
            ".hidden __cp_cancel\n"
            "__cp_cancel:\n\t"
            "mov $-%c[eintr], %%rax\n\t"
            "ret"
            :
            : [in_point] "i"(offsetof(struct pthread, timer_id)), [cancel] "i"(offsetof(struct pthread, cancel)),
              [eintr] "i"(EINTR));
}

// A kernel call at a cancellation point of the thread that makes it, number and arguments where the kernel wants them: most programs never
// cancel a thread, and these are the message calls. Between __cp_point and __cp_point_end the handler does as above; with the first
// pthread_cancel() they become __nto_call_cp()'s, whose arguments are C's.
__attribute__((naked)) hidden long __nto_point(void)
{
    __asm__(".global __cp_point\n\t"
            ".hidden __cp_point\n"
            "__cp_point:\n\t"
            "cmpb $0, __nto_cancel_used(%rip)\n\t"
            "jne 1f\n\t"
            "syscall\n\t"
            ".global __cp_point_end\n\t"
            ".hidden __cp_point_end\n"
            "__cp_point_end:\n\t"
            "ret\n"
            "1:\tpush %rbp\n\t"
            "mov %rsp, %rbp\n\t"
            "and $-16, %rsp\n\t"
            "sub $8, %rsp\n\t"
            "push %r9\n\t"
            "mov %r8, %r9\n\t"
            "mov %r10, %r8\n\t"
            "mov %rdx, %rcx\n\t"
            "mov %rsi, %rdx\n\t"
            "mov %rdi, %rsi\n\t"
            "mov %rax, %rdi\n\t"
            "call __nto_call_cp\n\t"
            "mov %rbp, %rsp\n\t"
            "pop %rbp\n\t"
            "ret");
}

__attribute__((naked)) hidden void __restore_rt(void)
{
    __asm__("mov %0, %%eax\n\tsyscall\n\tud2" : : "i"(KER_SIGNAL_RETURN));
}

__attribute__((naked)) hidden void __restore(void)
{
    __asm__("mov %0, %%eax\n\tsyscall\n\tud2" : : "i"(KER_SIGNAL_RETURN));
}
