/* SPDX-License-Identifier: Apache-2.0 */
/* Entry in 32-bit protected mode, to long mode with the first 4 GiB mapped one to one. EBX is PVH's hvm_start_info; or EAX is
   multiboot's magic number and EBX its information (boot kinds multiboot, bios, raw). */
    .section .note.pvh, "a", @note
    .align 4
    .long 4, 4, 18              /* namesz, descsz, XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long startup_entry

    .section .boot, "ax"
    .code32
    .globl startup_entry
startup_entry:
    cld
    movl $stack_top, %esp
    movl %ebx, start_info_address
    movl %eax, start_magic
    /* page tables: pml4[0] -> pdpt[0..3] -> 2 MiB pages */
    movl $startup_pml4, %eax
    movl $pdpt + 3, (%eax)
    movl $pdpt, %eax
    movl $directories + 3, %ecx
    movl $4, %edx
1:  movl %ecx, (%eax)
    addl $8, %eax
    addl $4096, %ecx
    decl %edx
    jnz 1b
    movl $directories, %eax
    movl $0x83, %ecx            /* present, writable, 2 MiB */
    movl $2048, %edx
2:  movl %ecx, (%eax)
    addl $8, %eax
    addl $0x200000, %ecx
    decl %edx
    jnz 2b
    movl $startup_pml4, %eax
    movl %eax, %cr3
    movl %cr4, %eax
    orl $0x20, %eax             /* PAE */
    movl %eax, %cr4
    movl $0xc0000080, %ecx      /* EFER: LME, NXE */
    rdmsr
    orl $0x900, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80010000, %eax       /* PG, WP */
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $long_mode

    .code64
long_mode:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movl start_info_address, %edi
    movl start_magic, %esi
    xorl %ebp, %ebp
    call startup_main
3:  hlt
    jmp 3b

    /* void enter_kernel(uint64_t root, uint64_t entry, uint64_t syspage): the kernel sets its own stack first thing */
    .globl enter_kernel
enter_kernel:
    movq %rdi, %cr3
    movq %rdx, %rdi
    jmp *%rsi

    .align 16
gdt: .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
    .word 23
    .long gdt

    .bss
    .align 4096
startup_pml4: .skip 4096
pdpt: .skip 4096
directories: .skip 4096 * 4
    .skip 16384
stack_top:
start_info_address: .skip 8
start_magic: .skip 8
    .section .note.GNU-stack, "", @progbits
