// SPDX-License-Identifier: Apache-2.0
// The process manager's beginning: its managers, its server threads, then the startup script.
#include "arch/console.hpp"
#include "mm/address_space.hpp"
#include "object/hooks.hpp"
#include "object/process.hpp"
#include "proc/image_files.hpp"
#include "proc/layout.hpp"
#include "proc/mappings.hpp"
#include "proc/process_info.hpp"
#include "proc/resource_database.hpp"
#include "proc/resource_server.hpp"
#include "proc/script_runner.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>

namespace proc {

void start()
{
    object::Process& self = object::kernel_process();
    if (!create_info(self, nullptr)) {
        PANIC("no memory for the process manager");
    }
    self.info->life = Life::alive;
    take_options();
    add_root_manager();
    seed_resources();
    add_proc_manager();
    add_device_managers();
    mount_image();
    start_server();
    run_startup_script();
}

void print_mappings(object::Process& process)
{
    if (process.space == nullptr) {
        return;
    }
    for (const mm::Region& region : process.space->regions()) {
        if ((region.prot & MEM_PROT_EXEC) != 0) {
            kernel::print("map %lx-%lx %lx %s\n", region.start, region.end, region.offset,
                          mapping_name(region));
        }
    }
}

} // namespace proc
