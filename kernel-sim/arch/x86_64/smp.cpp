// SPDX-License-Identifier: Apache-2.0
// Boot of the first CPU up to the scheduler, and INIT-SIPI of the others (Intel SDM vol. 3, 9.4.4).
#include "arch/clock.hpp"
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "arch/machine.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "mm/frames.hpp"
#include "mm/heap.hpp"
#include "object/thread.hpp"
#include "sched/scheduler.hpp"
#include "startup/handoff.hpp"

#include <cstring>

extern "C" {
extern char arch_trampoline[], arch_trampoline_end[], arch_trampoline_root[],
    arch_trampoline_stack[];
extern void (*init_array_start[])();
extern void (*init_array_end[])();
void arch_cpu_main();
void kernel_main(syspage_entry* page);
}

namespace proc {
void start();
}
namespace call {
void init_calls();
}
namespace mm {
void init_frames(const syspage_entry& page);
}
namespace object {
void init_kernel_process();
}

namespace arch {

void set_kernel_root(uint64_t boot_root);
void set_syspage(syspage_entry* page);
const startup::Handoff& handoff();
void send_init(uint32_t apic_id);
void send_startup(uint32_t apic_id, uint32_t page);

namespace {

constexpr uint64_t trampoline_at = 0x8000;
volatile uint32_t starting_cpu;

void wait_ns(uint64_t ns)
{
    for (const uint64_t end = clock_ns() + ns; clock_ns() < end;)
        asm volatile("pause");
}

bool start_cpu(uint32_t id, uint32_t apic_id)
{
    auto* code = static_cast<char*>(mm::phys_to_virt(trampoline_at));
    const uint64_t stack = mm::alloc_contiguous(4);
    if (stack == 0)
        return false;
    const uint64_t root = handoff().boot_root;
    const uint64_t top = reinterpret_cast<uint64_t>(mm::phys_to_virt(stack)) + 4 * mm::frame_size;
    memcpy(code, arch_trampoline, static_cast<size_t>(arch_trampoline_end - arch_trampoline));
    memcpy(code + (arch_trampoline_root - arch_trampoline), &root, sizeof root);
    memcpy(code + (arch_trampoline_stack - arch_trampoline), &top, sizeof top);
    starting_cpu = id;
    cpu_at(id).apic_id = apic_id;
    send_init(apic_id);
    wait_ns(200000);
    for (int attempt = 0; attempt < 2 && !cpu_at(id).online; ++attempt) {
        send_startup(apic_id, trampoline_at >> 12);
        sched::unlock(); // it takes the lock on its way up
        for (const uint64_t end = clock_ns() + 500000000; clock_ns() < end && !cpu_at(id).online;)
            asm volatile("pause");
        sched::lock();
    }
    return cpu_at(id).online;
}

/// pid 1's first thread.
void first_thread(void*)
{
    start_cpus();
    proc::start();
}

} // namespace

void start_cpus()
{
    const syspage_entry* page = syspage();
    const auto* info = _SYSPAGE_ENTRY(page, cpuinfo);
    uint32_t own = 0;
    asm volatile("cpuid" : "=b"(own) : "a"(1), "c"(0) : "edx");
    uint32_t next = 1;
    for (uint32_t i = 0; i < page->num_cpu && next < max_cpus; ++i) {
        if (info[i].apic_id == own >> 24)
            continue;
        if (start_cpu(next, info[i].apic_id))
            ++next;
        else
            kernel::print("CPU with APIC id %u did not start\n", info[i].apic_id);
    }
    syspage()->num_cpu = static_cast<uint16_t>(next);
}

uint32_t cpu_count()
{
    return syspage()->num_cpu;
}

uint64_t idle_ns(uint32_t cpu)
{
    const object::Thread* idle = cpu < max_cpus ? cpu_at(cpu).sched.idle : nullptr;
    return idle ? cycles_to_ns(idle->cpu_cycles) : 0;
}

} // namespace arch

void arch_cpu_main()
{
    using namespace arch;
    Cpu& cpu = cpu_at(starting_cpu);
    init_cpu(cpu, starting_cpu, cpu.apic_id);
    load_root(kernel_root());
    init_local_apic();
    sched::start_cpu();
}

void kernel_main(syspage_entry* page)
{
    using namespace arch;
    set_syspage(page);
    for (auto* constructor = init_array_start; constructor < init_array_end; ++constructor)
        (*constructor)();
    mm::init_frames(*page);
    uint32_t own = 0;
    asm volatile("cpuid" : "=b"(own) : "a"(1), "c"(0) : "edx");
    init_idt();
    init_cpu(cpu_at(0), 0, own >> 24);
    set_kernel_root(handoff().boot_root);
    init_clock();
    init_apic();
    init_local_apic();
    object::init_kernel_process();
    call::init_calls();
    constexpr int first_priority = 10;
    sched::lock();
    if (!object::create_kernel_thread(object::kernel_process(), first_thread, nullptr,
                                      first_priority, "init"))
        PANIC("no memory for the first thread");
    sched::unlock();
    sched::start_cpu();
}
