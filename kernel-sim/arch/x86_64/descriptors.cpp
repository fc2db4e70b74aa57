// SPDX-License-Identifier: Apache-2.0
// GDT, TSS, IDT and the control registers of each CPU.
#include "arch/console.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/fpu.hpp"
#include "mm/frames.hpp"

#include <cstddef>
#include <cstring>

extern "C" {
extern char arch_interrupt_stubs[];
bool arch_has_smap; // for entry.S
}

namespace arch {

static_assert(offsetof(Cpu, ways) == 56 && KER_CALL_MAX == 256); // entry.S

namespace {

struct [[gnu::packed]] Gate {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};
static_assert(sizeof(Gate) == 16);

struct [[gnu::packed]] TablePointer {
    uint16_t limit;
    uint64_t base;
};

Gate idt[256];
Cpu cpus[max_cpus];
constexpr uint64_t emergency_stack_pages = 2;

uint64_t emergency_stack()
{
    const uint64_t paddr = mm::alloc_contiguous(emergency_stack_pages);
    ASSERT(paddr != 0);
    return reinterpret_cast<uint64_t>(mm::phys_to_virt(paddr)) +
           emergency_stack_pages * mm::frame_size;
}

void load_tables(Cpu& cpu)
{
    const auto tss = reinterpret_cast<uint64_t>(&cpu.tss);
    cpu.gdt[0] = 0;
    cpu.gdt[1] = 0x00af9b000000ffff; // kernel code
    cpu.gdt[2] = 0x00cf93000000ffff; // kernel data
    cpu.gdt[3] = 0x00cff3000000ffff; // user data (SYSRET: STAR + 8)
    cpu.gdt[4] = 0x00affb000000ffff; // user code (STAR + 16)
    cpu.gdt[5] = (sizeof(Tss) - 1) | ((tss & 0xffffff) << 16) | (uint64_t{0x89} << 40) |
                 (((tss >> 24) & 0xff) << 56);
    cpu.gdt[6] = tss >> 32;
    const TablePointer gdt_pointer{sizeof cpu.gdt - 1, reinterpret_cast<uint64_t>(cpu.gdt)};
    asm volatile("lgdt %0\n\t"
                 "pushq $8\n\t"
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "lretq\n"
                 "1:\n\t"
                 "movl $16, %%eax\n\t"
                 "movl %%eax, %%ds\n\tmovl %%eax, %%es\n\tmovl %%eax, %%ss\n\t"
                 "xorl %%eax, %%eax\n\tmovl %%eax, %%fs\n\tmovl %%eax, %%gs\n\t"
                 "movw $40, %%ax\n\tltr %%ax"
                 :
                 : "m"(gdt_pointer)
                 : "rax", "memory");
    const TablePointer idt_pointer{sizeof idt - 1, reinterpret_cast<uint64_t>(idt)};
    asm volatile("lidt %0" : : "m"(idt_pointer));
}

void set_control_registers()
{
    uint32_t leaf7[4] = {}, leaf0[4];
    cpuid(0, 0, leaf0);
    if (leaf0[0] >= 7)
        cpuid(7, 0, leaf7);
    uint64_t cr4 = read_cr4() | (1 << 7) | (1 << 9) | (1 << 10); // PGE, OSFXSR, OSXMMEXCPT
    if (leaf7[1] & (1u << 7))
        cr4 |= 1 << 20; // SMEP
    if (leaf7[1] & (1u << 20))
        cr4 |= 1 << 21; // SMAP
    arch_has_smap = cr4 & (1 << 21);
    write_cr4(cr4);
    init_fpu();
    // WP, NE, MP on; EM, TS off
    write_cr0((read_cr0() | (1 << 16) | (1 << 5) | (1 << 1)) & ~uint64_t{(1 << 2) | (1 << 3)});
    wrmsr(msr_efer, rdmsr(msr_efer) | 1); // SYSCALL
    wrmsr(msr_star, (uint64_t{kernel_ds | 3} << 48) | (uint64_t{kernel_cs} << 32));
    wrmsr(msr_lstar, reinterpret_cast<uint64_t>(&arch_syscall_entry));
    wrmsr(msr_sfmask, 0x47700); // TF IF DF IOPL NT AC
}

} // namespace

Cpu& cpu_at(uint32_t id)
{
    return cpus[id];
}

void init_idt()
{
    for (unsigned i = 0; i < 256; ++i) {
        const auto at = reinterpret_cast<uint64_t>(arch_interrupt_stubs) + i * 16;
        idt[i] = {
            static_cast<uint16_t>(at),       kernel_cs, 0, 0x8e, static_cast<uint16_t>(at >> 16),
            static_cast<uint32_t>(at >> 32), 0};
    }
    idt[8].ist = 1;     // double fault: the stack may be the reason
    idt[2].ist = 2;     // NMI
    idt[3].type = 0xee; // int3 from user mode is SIGTRAP
}

void init_cpu(Cpu& cpu, uint32_t id, uint32_t apic_id)
{
    cpu.self = &cpu;
    cpu.local = &cpu.sched;
    cpu.ways = &call_ways;
    cpu.id = cpu.sched.id = id;
    cpu.apic_id = apic_id;
    cpu.sched.pending_priority = -1;
    cpu.sched.push_to = -1;
    cpu.tss.io_map = sizeof(Tss);
    cpu.tss.ist[0] = emergency_stack();
    cpu.tss.ist[1] = emergency_stack();
    load_tables(cpu);
    wrmsr(msr_gs_base, reinterpret_cast<uint64_t>(&cpu));
    wrmsr(msr_kernel_gs_base, 0);
    wrmsr(msr_fs_base, 0);
    set_control_registers();
    cpu.loaded_root = read_cr3();
}

} // namespace arch

namespace sched {

PerCpu& per_cpu(uint32_t id)
{
    return arch::cpu_at(id).sched;
}

} // namespace sched
