// SPDX-License-Identifier: Apache-2.0
// Internal to the synchronisation objects: the user's two words, and who waits on them.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace sched {

enum class WaitKind : uint8_t { none, mutex, cond, sem, futex };

struct Words {
    uint32_t* count = nullptr;
    uint32_t* owner = nullptr;
    uint64_t paddr = 0; // of the count word: the key
};

/// EFAULT, EINVAL (not aligned). The pointers are good until the big lock is dropped.
base::Result<Words> words_of(object::Process& process, uint64_t sync);

inline uint32_t load(const uint32_t* word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
inline void store(uint32_t* word, uint32_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

object::Thread* first_waiter(uint64_t paddr, WaitKind kind);
base::Errno wait_on(object::Thread& self, uint64_t paddr, WaitKind kind, object::ThreadState state,
                    uint64_t address, bool interruptible = true);
void wake_waiter(object::Thread& thread, base::Errno result = base::Errno::eok);
/// Who owns the mutex that `waiter` is in state MUTEX for, nullptr = nobody any more; and the mutex' count word (NTO_SYNC_*).
object::Thread* mutex_owner(object::Thread& waiter, uint32_t& count);
/// The owner of the mutex that `waiter` waits for runs at least at its priority, and so on through the chain.
void boost_owner(object::Thread& waiter);
/// After an unlock: the highest waiter of the mutexes it still holds, and their ceilings.
void recompute_boost(object::Thread& owner);

} // namespace sched
