// SPDX-License-Identifier: Apache-2.0
// startup-x86: finds out what the machine is, writes it into the system page, loads procnto and jumps to it.
#include "startup/startup.hpp"

void startup_main(uint64_t start_info, uint64_t magic)
{
    using namespace startup;
    read_memory_map(start_info, magic);
    find_image();
    uint64_t image_end = 0;
    if (image.header) {
        image_end = reinterpret_cast<uint64_t>(image.fs) + image.fs->image_size;
    }
    const uint64_t own_end = reinterpret_cast<uint64_t>(startup_end);
    open_allocator(image_end > own_end ? image_end : own_end);
    read_acpi(memory.rsdp);
    calibrate();
    const Loaded loaded = load_kernel();
    const uint64_t syspage = build_syspage(loaded);
    enter_kernel(loaded.root, loaded.entry, direct_map_base + syspage);
}
