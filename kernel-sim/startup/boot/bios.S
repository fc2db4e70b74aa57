/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix of bios images: a boot sector and, in the seven sectors behind it, a loader that brings the whole file to its image=
   address by INT 13h, makes a multiboot memory map of what INT 15h E820 says, and enters startup in protected mode.
   The image begins at sector 0 of its disk. With the multiboot header it starts by qemu -kernel too. */
    .set BASE, 0x7c00
    .set SECTORS, 8                 /* of this prefix */
    .set BUFFER, 0x10000            /* of one read */
    .set CHUNK, 64                  /* sectors a read */
    .set INFORMATION, 0x8d00        /* multiboot information, then the memory map */
    .set MAP, 0x9000
    .set MAP_LIMIT, 60
    .code16
start:
    cli
    xorw %ax, %ax
    movw %ax, %ss
    movw $BASE, %sp
    ljmp $BASE >> 4, $1f
1:  movw %cs, %ax
    movw %ax, %ds
    movw %ax, %es
    sti
    cld
    movb %dl, drive
    movb $0x41, %ah                 /* are there reads by block number? */
    movw $0x55aa, %bx
    int $0x13
    movw $no_extensions, %si
    jc fail
    cmpw $0xaa55, %bx
    jne fail
    movw $packet, %si
    call read
    jmp load

read:                               /* the packet at SI */
    movb drive, %dl
    movb $0x42, %ah
    int $0x13
    movw $read_failed, %si
    jc fail
    ret

fail:                               /* prints the text at SI */
    lodsb
    testb %al, %al
    jz 1f
    movb $0x0e, %ah
    movw $7, %bx
    int $0x10
    jmp fail
1:  cli
    hlt
    jmp 1b

no_extensions: .asciz "boot: the BIOS cannot read this disk by block number\r\n"
read_failed: .asciz "boot: disk read error\r\n"
drive: .byte 0
    .align 4
packet:                             /* the rest of the prefix */
    .byte 16, 0
    .word SECTORS - 1, 512, BASE >> 4
    .quad 1
    .org 510
    .word 0xaa55

multiboot:
    .set FLAGS, 0x10002
    .align 4
    .long 0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
    .long multiboot, start, 0, 0, entry
    .ascii "@PREFIX@"
slot:
load_paddr: .long 0
file_size: .long 0
    .long 0, 0
image_packet:
    .byte 16, 0
count: .word 0
    .word 0, BUFFER >> 4
block: .quad 0
left: .long 0                       /* sectors still to read */
    .align 8
gdt: .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long BASE + gdt

load:
    movw $0x2401, %ax               /* address line 20 on */
    int $0x15
    inb $0x92, %al
    orb $2, %al
    andb $0xfe, %al
    outb %al, $0x92
    movl file_size, %eax
    addl $511, %eax
    shrl $9, %eax
    movl %eax, left
    movl load_paddr, %edi
next_chunk:
    movl left, %eax
    testl %eax, %eax
    jz loaded
    cmpl $CHUNK, %eax
    jbe 1f
    movl $CHUNK, %eax
1:  movw %ax, count
    pushl %eax
    pushl %edi
    movw $image_packet, %si
    call read
    popl %edi
    popl %eax
    subl %eax, left
    addl %eax, block
    movl %eax, %ecx
    shll $7, %ecx                   /* in 32-bit words */
    call copy_up
    jmp next_chunk

copy_up:                            /* ECX words from BUFFER to EDI, which goes up */
    cli
    pushw %ds
    pushw %es
    lgdtl gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    jmp 1f
1:  movw $16, %bx                   /* segments of 4 GiB that stay so back in real mode */
    movw %bx, %ds
    movw %bx, %es
    andb $0xfe, %al
    movl %eax, %cr0
    jmp 2f
2:  movl $BUFFER, %esi
    addr32 rep movsl
    popw %es
    popw %ds
    sti
    ret

loaded:
    movw $MAP >> 4, %ax
    movw %ax, %es
    xorw %di, %di
    xorl %ebx, %ebx
    movw $MAP_LIMIT, %bp
1:  movl $20, %es:(%di)             /* size of what follows, as multiboot wants it */
    addw $4, %di
    movl $0xe820, %eax
    movl $0x534d4150, %edx
    movl $20, %ecx
    int $0x15
    jc 2f
    cmpl $0x534d4150, %eax
    jne 2f
    addw $20, %di
    decw %bp
    jz 3f
    testl %ebx, %ebx
    jnz 1b
    jmp 3f
2:  subw $4, %di
3:  movw $INFORMATION >> 4, %ax
    movw %ax, %es
    movzwl %di, %edx
    xorw %di, %di
    xorl %eax, %eax
    movw $32, %cx
    rep stosl
    movl $0x40, %es:0               /* the memory map is all there is */
    movl %edx, %es:44
    movl $MAP, %es:48
    cli
    lgdtl gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $8, $BASE + protected

    .code32
protected:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs
    movl $BASE, %esp
    movl $0x2badb002, %eax
    movl $INFORMATION, %ebx
    movl $BASE + slot, %ebp
    jmp place_startup

entry:                              /* qemu -kernel: the prefix lies at load_paddr */
    cli
    movl $BASE, %esp
    call 1f
1:  popl %ebp
    addl $slot - 1b, %ebp
    .include "place.inc"
    .org SECTORS * 512
