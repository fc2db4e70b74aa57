/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix of raw images: whoever has put the file at its image= address jumps to its first byte, in 32-bit protected mode with
   flat segments and paging off. A multiboot loader (qemu -kernel) does that by the header below; EAX and EBX go to startup. */
    .code32
start:
    jmp entry
    .align 4
multiboot:
    .set FLAGS, 0x10002             /* memory map wanted, addresses given */
    .long 0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
    .long multiboot, start, 0, 0, start
    .ascii "@PREFIX@"
slot:
    .skip 16
entry:
    cli
    movl $0x7c00, %esp
    call 1f
1:  popl %ebp
    addl $slot - 1b, %ebp
    .include "place.inc"
