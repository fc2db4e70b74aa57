// SPDX-License-Identifier: Apache-2.0
// The system page, boot arguments, power off and reset.
#include "arch/machine.hpp"

#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "mm/frames.hpp"
#include "startup/handoff.hpp"

#include <abi/image.h>

namespace arch {

namespace {

syspage_entry* page;

const platform_entry& platform()
{
    return *_SYSPAGE_ENTRY(page, platform);
}

} // namespace

void set_syspage(syspage_entry* syspage)
{
    page = syspage;
}

syspage_entry* syspage()
{
    return page;
}

const startup::Handoff& handoff()
{
    const auto offset = page->system_private.entry_off;
    return *reinterpret_cast<const startup::Handoff*>(reinterpret_cast<const char*>(page) + offset);
}

uint64_t syspage_paddr()
{
    return handoff().syspage_paddr;
}

uint64_t image_paddr()
{
    return platform().imagefs_paddr;
}

const void* image()
{
    return mm::phys_to_virt(image_paddr());
}

BootArguments boot_arguments()
{
    if (handoff().bootrec_paddr == 0)
        return {0, 0, ""};
    const auto* record =
        static_cast<const image_bootrec*>(mm::phys_to_virt(handoff().bootrec_paddr));
    return {record->argc, record->envc, record->strings};
}

uint64_t random_seed()
{
    uint32_t leaf[4];
    cpuid(1, 0, leaf);
    uint64_t seed = rdtsc() * 0x9e3779b97f4a7c15;
    if (leaf[2] & (1u << 30)) {
        uint64_t value;
        bool done;
        asm volatile("rdrand %0" : "=r"(value), "=@ccc"(done));
        if (done)
            seed ^= value;
    }
    return seed;
}

void power_off()
{
    asm volatile("cli");
    stop_other_cpus();
    const auto port = static_cast<uint16_t>(platform().pm1a_cnt);
    if (port != 0) {
        const uint16_t keep = inw(port) & 0x0203u; // SCI_EN, BM_RLD; SLP_TYP and SLP_EN replaced
        outw(port, static_cast<uint16_t>(keep | (platform().slp_typa << 10) | (1u << 13)));
    }
    halt();
}

void reset()
{
    asm volatile("cli");
    if (platform().acpi_reset_reg != 0)
        outb(static_cast<uint16_t>(platform().acpi_reset_reg),
             static_cast<uint8_t>(platform().acpi_reset_val));
    outb(0xcf9, 0x06);
    outb(0x64, 0xfe);
    halt();
}

void halt()
{
    stop_other_cpus();
    for (;;)
        asm volatile("cli; hlt");
}

} // namespace arch
