/* SPDX-License-Identifier: Apache-2.0 */
/* Every way into and out of the kernel: boot, system call, interrupts, thread switch, and the start of further CPUs. */

    .section .text.boot, "ax"
    .code64
    .globl kernel_entry
kernel_entry:                       /* rdi = system page */
    cli
    lea boot_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call kernel_main
1:  hlt
    jmp 1b

    .text
    /* What a C function keeps for its caller. */
.macro PUSH_CALLEES
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm
.macro POP_CALLEES
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
.endm
.macro PUSH_REGISTERS
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    PUSH_CALLEES
.endm
.macro POP_REGISTERS
    POP_CALLEES
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
.endm

.macro RETURN_TO_USER              /* by the frame at rsp */
    POP_REGISTERS
    addq $16, %rsp                  /* vector and error */
    swapgs
    iretq
.endm

    /* STAC allows access to user memory, CLAC ends that; both are unknown to CPUs without SMAP. */
.macro IF_SMAP instruction
    cmpb $0, arch_has_smap(%rip)
    je 1f
    \instruction
1:
.endm

    .globl arch_syscall_entry
arch_syscall_entry:                 /* rcx = user rip, r11 = rflags, interrupts off */
    swapgs
    movq %rsp, %gs:16
    movq %gs:8, %rsp
    pushq $0x1b
    pushq %gs:16
    orl $0x200, %r11d               /* a kernel call ends InterruptDisable() */
    pushq %r11
    pushq $0x23
    pushq %rcx
    pushq %rax                      /* error slot: the call's number */
    pushq $256
    PUSH_REGISTERS
    movq %gs:56, %r11               /* Cpu::ways: short_send() and its like, by number */
    movq %r10, %rcx                 /* C's fourth argument */
    cmpq $256, %rax
    jae 1f
    call *(%r11,%rax,8)             /* takes the lock and drops it */
arch_restore:
    movq %rsp, %rdi
    .globl arch_restore_frame
arch_restore_frame:                 /* rdi = frame: this stack is left for good, the lock is dropped, nothing is to be looked at */
    cmpq $256, 120(%rdi)            /* vector: a system call whose frame is as it was goes the short way */
    jne 2f
    movq (%rdi), %r15
    movq 8(%rdi), %r14
    movq 16(%rdi), %r13
    movq 24(%rdi), %r12
    movq 32(%rdi), %rbp
    movq 40(%rdi), %rbx
    movq 56(%rdi), %r10
    movq 64(%rdi), %r9
    movq 72(%rdi), %r8
    movq 80(%rdi), %rax
    movq 96(%rdi), %rdx
    movq 104(%rdi), %rsi
    movq 136(%rdi), %rcx            /* rip */
    movq 152(%rdi), %r11            /* rflags */
    movq 160(%rdi), %rsp
    movq 112(%rdi), %rdi
    swapgs
    sysretq
1:  call *(%r11)                    /* the general way, which finds no such number */
    jmp arch_restore
2:  movq %rdi, %rsp
    RETURN_TO_USER

    .globl arch_return_to_user
arch_return_to_user:                /* rsp = frame at the top of the kernel stack, big lock held */
    movq %rsp, %rdi
    call arch_prepare_return        /* drops the lock */
    jmp arch_restore

interrupt_common:
    testb $3, 24(%rsp)              /* cs */
    jz 1f
    swapgs
1:  PUSH_REGISTERS
    cld
    movq %rsp, %rdi
    testb $3, 144(%rsp)
    jz 2f
    xorl %ebp, %ebp
    call arch_trap
    jmp arch_return_to_user
2:  movq %rsp, %rbp                 /* align for the call; rbp is saved in the frame */
    andq $-16, %rsp
    call arch_trap
    movq %rbp, %rsp
    POP_REGISTERS
    addq $16, %rsp
    iretq

    .altmacro
.macro STUB n
    .balign 16
    .if (\n == 8) || ((\n >= 10) && (\n <= 14)) || (\n == 17) || (\n == 21) || (\n == 29) || (\n == 30)
    .else
    pushq $0
    .endif
    pushq $\n
    jmp interrupt_common
.endm
    .balign 16
    .globl arch_interrupt_stubs
arch_interrupt_stubs:
    .set vector, 0
    .rept 256
    STUB %vector
    .set vector, vector + 1
    .endr

    .globl arch_switch_stacks
arch_switch_stacks:                 /* rdi = where to save the stack pointer, rsi = the other's */
    PUSH_CALLEES
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    POP_CALLEES
    ret

    .globl arch_upcall_enter
arch_upcall_enter:                  /* rdi = where to save the stack pointer, rsi = frame, rdx = the TSS's stack for traps */
    PUSH_CALLEES
    movq %rsp, (%rdi)
    movq %rsp, %rax
    andq $-16, %rax
    movq %rax, (%rdx)
    movq %rax, %gs:8
    movq %rsi, %rsp                 /* nothing can come in before IRETQ turns interrupts on */
    RETURN_TO_USER

    .globl arch_enter_user_frame
arch_enter_user_frame:              /* rdi = frame: this stack is left for good, its thread's call is answered */
    movq %rdi, %rsp
    jmp arch_return_to_user

    .globl arch_enter_stack, arch_upcall_leave
arch_enter_stack:                   /* rdi = what arch_switch_stacks saved: this stack is left for good */
arch_upcall_leave:                  /* rdi = what arch_upcall_enter saved: returns from it */
    movq %rdi, %rsp
    POP_CALLEES
    ret

    .globl arch_resume_call
arch_resume_call:                   /* a thread that left its stack when it blocked runs again; rsp = frame */
    call arch_first_switch
    call arch_call_ended
    jmp arch_return_to_user

    /* A page fault between begin and end goes on at arch_user_fault (trap.cpp). */
    .globl arch_copy_user, arch_touch_user, arch_user_access_begin, arch_user_access_end, arch_user_fault
arch_user_access_begin:
arch_copy_user:                     /* rdi = to, rsi = from, rdx = length */
    IF_SMAP stac
    movq %rdx, %rcx
    shrq $3, %rcx
    rep movsq
    andl $7, %edx
    jz 2f
    movl %edx, %ecx
    rep movsb
2:  IF_SMAP clac
    movl $1, %eax
    ret
arch_touch_user:                    /* rdi = byte */
    IF_SMAP stac
    lock orb $0, (%rdi)
    IF_SMAP clac
    movl $1, %eax
    ret
arch_user_access_end:
arch_user_fault:
    IF_SMAP clac
    xorl %eax, %eax
    ret

    .globl arch_thread_start
arch_thread_start:                  /* first code of a kernel thread */
    xorl %ebp, %ebp
    call kernel_thread_main

    .globl arch_user_start
arch_user_start:                    /* first code of a thread that begins in user mode; rsp = frame */
    call arch_first_switch
    jmp arch_return_to_user

    /* Started CPUs begin here in real mode, copied to physical 0x8000. Page table and stack are put in the words at the end. */
    .section .rodata
    .balign 16
    .globl arch_trampoline, arch_trampoline_end, arch_trampoline_root, arch_trampoline_stack
    .code16
arch_trampoline:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl (trampoline_gdt_pointer - arch_trampoline + 0x8000)
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $0x18, $(trampoline32 - arch_trampoline + 0x8000)
    .code32
trampoline32:
    movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl (arch_trampoline_root - arch_trampoline + 0x8000), %eax
    movl %eax, %cr3
    movl %cr4, %eax
    orl $0x20, %eax
    movl %eax, %cr4
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x900, %eax
    wrmsr
    movl %cr0, %eax
    andl $0x9fffffff, %eax          /* caches on */
    orl $0x80010000, %eax
    movl %eax, %cr0
    ljmp $0x08, $(trampoline64 - arch_trampoline + 0x8000)
    .code64
trampoline64:
    movq (arch_trampoline_stack - arch_trampoline + 0x8000), %rsp
    movabsq $arch_cpu_main, %rax
    xorl %ebp, %ebp
    call *%rax
    .balign 8
trampoline_gdt: .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff, 0x00cf9a000000ffff
trampoline_gdt_pointer:
    .word 31
    .long trampoline_gdt - arch_trampoline + 0x8000
    .balign 8
arch_trampoline_root: .quad 0
arch_trampoline_stack: .quad 0
arch_trampoline_end:

    .bss
    .balign 16
    .skip 16384
boot_stack_top:
    .section .note.GNU-stack, "", @progbits
