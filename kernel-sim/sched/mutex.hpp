// SPDX-License-Identifier: Apache-2.0
// Mutexes that the kernel keeps the owner of: shared between processes, robust, or with a priority ceiling (NTO_SYNC_MANAGED).
#pragma once

#include "base/result.hpp"
#include "sched/sync_words.hpp"

namespace sched {

/// One locked managed mutex: in a table by physical address, and in its owner's list.
struct HeldMutex {
    HeldMutex* next_in_bucket = nullptr;
    HeldMutex* next_of_owner = nullptr;
    object::Thread* owner = nullptr;
    uint64_t paddr = 0, address = 0; // of the sync object; where the owner sees it
    uint8_t ceiling = 0;             // 0 = no PROTECT
    bool robust = false;
};

/// The owner of the mutex at this physical address; nullptr = it is free (or dead).
object::Thread* managed_owner(uint64_t paddr);
/// EOWNERDEAD: locked all the same.
base::Result<void> lock_managed(object::Thread& self, const Words& mutex, uint64_t address,
                                bool try_only, bool interruptible);
base::Result<void> unlock_managed(object::Thread& self, const Words& mutex);
/// The highest ceiling of what the thread holds; 0 = none.
uint8_t highest_ceiling(const object::Thread& thread);

} // namespace sched
