// SPDX-License-Identifier: Apache-2.0
// Messages about the system as a whole: power, configuration strings, message-signalled interrupts, object counters.
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "arch/machine.hpp"
#include "mm/address_space.hpp"
#include "mm/alloc_failure.hpp"
#include "mm/frames.hpp"
#include "mm/region.hpp"
#include "object/counters.hpp"
#include "proc/configuration.hpp"
#include "proc/events.hpp"
#include "proc/process_info.hpp"
#include "proc/quarantine.hpp"
#include "proc/resource_server.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>

namespace proc {

namespace {

enum : int64_t { power_shutdown, power_reset, power_halt };

int reboot(Request& request, const proc_simple& message)
{
    if (!able(*request.client, Ability::reboot)) {
        return EPERM;
    }
    switch (message.a) {
    case power_shutdown:
        arch::power_off();
    case power_reset:
        arch::reset();
    case power_halt:
        arch::halt();
    default:
        return EINVAL;
    }
}

int configure(Request& request, const proc_simple& message)
{
    if (message.b == 1) {
        if (!able(*request.client, Ability::confset, static_cast<uint64_t>(message.a))) {
            return EPERM;
        }
        if (message.c < 1 || message.c > static_cast<int64_t>(path_max) ||
            request.message<proc_simple>(static_cast<uint64_t>(message.c)) == nullptr) {
            return EINVAL;
        }
        const auto* text = reinterpret_cast<const char*>(request.in + sizeof(proc_simple));
        const auto length = static_cast<size_t>(message.c) - 1;
        if (std::memchr(text, 0, length + 1) != text + length) {
            return EINVAL;
        }
        const int error = set_configuration(message.a, std::string_view(text, length));
        if (error == EOK) {
            post_events(PROC_EVENT_CONFSTR, static_cast<int>(message.a));
        }
        return error;
    }
    std::string_view value;
    if (!configuration(message.a, value)) {
        return EINVAL;
    }
    return request.put(value.data(), value.size()) && request.put("", 1) ? EOK : ERANGE;
}

int allocate_msi(Request& request, const proc_simple& message)
{
    if (!has_ability(*request.client, Ability::interrupt) &&
        !able(*request.client, Ability::interruptevent)) {
        return EPERM;
    }
    if (message.a < 1 || message.a > 32) {
        return EINVAL;
    }
    sys_msi reply{};
    auto first = arch::allocate_msi(static_cast<uint32_t>(message.a), reply);
    if (!first.ok()) {
        return base::to_int(first.error());
    }
    // Remembered with the process: a driver that is killed must not use them up.
    const uint32_t interrupt = first.take();
    if (!remember_msi(*request.client, interrupt, static_cast<uint32_t>(message.a))) {
        (void)arch::free_msi(interrupt, static_cast<uint32_t>(message.a));
        return ENOMEM;
    }
    return request.answer(reply, interrupt);
}

int free_msi(Request& request, const proc_simple& message)
{
    if (message.a < 0 || message.b < 1 || message.b > 32 ||
        !forget_msi(*request.client, static_cast<uint32_t>(message.a),
                    static_cast<uint32_t>(message.b))) {
        return EINVAL;
    }
    auto freed = arch::free_msi(static_cast<uint32_t>(message.a), static_cast<uint32_t>(message.b));
    return freed.ok() ? request.answer_status(0) : base::to_int(freed.error());
}

int count_objects(Request& request)
{
    sys_objects objects{};
    objects.pages_total = mm::total_count();
    objects.pages_free = mm::free_count() + quarantined_pages();
    objects.processes = object::counters.processes;
    objects.threads = object::counters.threads;
    objects.channels = object::counters.channels;
    objects.connections = object::counters.connections;
    objects.pulses = object::counters.pulses;
    objects.timers = object::counters.timers;
    objects.interrupts = object::counters.interrupts;
    objects.regions = mm::region_count;
    objects.sync_waiters = object::counters.sync_waiters;
    objects.ocbs = ocb_count();
    objects.names = path_tree().entry_count();
    objects.pages_promised = mm::promised_count();
    objects.pages_reserve = arch::spare_stack_pages();
    objects.pages_waiting = quarantined_pages();
    objects.pages_heap = mm::page_use.heap;
    objects.pages_tables = mm::page_use.tables;
    objects.pages_shared = mm::page_use.shared;
    for (const object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        objects.pages_private += p->space != nullptr ? p->space->page_count() : 0;
    }
    return request.answer(objects);
}

// Tests only: counts allocations, and lets chosen ones fail.
int inject_failures(Request& request, const proc_simple& message)
{
    if (request.client->cred.euid != 0) {
        return EPERM;
    }
    if (message.a < 0 || message.b < 0) {
        return EINVAL;
    }
    const uint64_t counts[2] = {mm::alloc_failure.asked, mm::alloc_failure.failed};
    mm::fail_allocations(static_cast<uint64_t>(message.a), static_cast<uint64_t>(message.b));
    return request.answer(counts);
}

} // namespace

int handle_system(Request& request)
{
    if (request.type() == SYS_OBJECTS) {
        return count_objects(request);
    }
    const auto* message = request.message<proc_simple>();
    if (message == nullptr) {
        return EINVAL;
    }
    switch (message->type) {
    case PROC_REBOOT:
        return reboot(request, *message);
    case PROC_CONFSTR:
        return configure(request, *message);
    case SYS_FAIL_ALLOC:
        return inject_failures(request, *message);
    case SYS_MSI_ALLOC:
        return allocate_msi(request, *message);
    default:
        return free_msi(request, *message);
    }
}

} // namespace proc
