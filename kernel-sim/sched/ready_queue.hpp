// SPDX-License-Identifier: Apache-2.0
// READY threads by priority: 256 lists and a bitmap of the non-empty ones. One queue for all CPUs.
#pragma once

#include "sched/scheduler.hpp"

#include <cstdint>

namespace sched {

class ReadyQueue {
public:
    void insert(object::Thread& thread, bool at_head)
    {
        WaitQueue::List& list = lists_[thread.priority].list();
        if (at_head)
            list.push_front(thread);
        else
            list.push_back(thread);
        bits_[thread.priority / 64] |= uint64_t{1} << (thread.priority % 64);
    }

    void remove(object::Thread& thread)
    {
        thread.queue_hook.unlink();
        if (lists_[thread.priority].empty())
            bits_[thread.priority / 64] &= ~(uint64_t{1} << (thread.priority % 64));
    }

    /// Highest thread that may run on `cpu` and has at least `lowest` priority; nullptr = none. Stays in the queue.
    object::Thread* highest(uint32_t cpu, int lowest = 0)
    {
        for (int word = 3; word >= 0; --word) {
            for (uint64_t bits = bits_[word]; bits != 0;) {
                const int bit = 63 - __builtin_clzll(bits);
                const int priority = word * 64 + bit;
                if (priority < lowest)
                    return nullptr;
                for (object::Thread& thread : lists_[priority].list()) {
                    if (thread.runmask & (uint32_t{1} << cpu))
                        return &thread;
                }
                bits &= ~(uint64_t{1} << bit);
            }
        }
        return nullptr;
    }

    object::Thread* highest_anywhere()
    {
        for (int word = 3; word >= 0; --word) {
            if (bits_[word] != 0)
                return lists_[word * 64 + 63 - __builtin_clzll(bits_[word])].first();
        }
        return nullptr;
    }

private:
    WaitQueue lists_[256];
    uint64_t bits_[4] = {};
};

} // namespace sched
