// SPDX-License-Identifier: Apache-2.0
// int iopkt_call_on_stack(void *top, int (*fn)(void *), void *arg)
    .text
    .globl iopkt_call_on_stack
    .type iopkt_call_on_stack, @function
iopkt_call_on_stack:
    .cfi_startproc
    push %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    mov %rsp, %rbp
    .cfi_def_cfa_register %rbp
    mov %rdi, %rsp
    mov %rdx, %rdi
    call *%rsi
    mov %rbp, %rsp
    pop %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size iopkt_call_on_stack, . - iopkt_call_on_stack
    .section .note.GNU-stack, "", @progbits
