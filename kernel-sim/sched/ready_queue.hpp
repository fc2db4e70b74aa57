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
        thread.ready_mask = thread.runmask;
        WaitQueue::List& list = lists_[thread.priority].list();
        if (at_head)
            list.push_front(thread);
        else
            list.push_back(thread);
        bits_[thread.priority / 64] |= uint64_t{1} << (thread.priority % 64);
        words_ |= 1u << (thread.priority / 64);
    }

    void remove(object::Thread& thread)
    {
        thread.queue_hook.unlink();
        if (lists_[thread.priority].empty())
            clear(thread.priority);
    }

    /// Highest thread that may run on `cpu` and has at least `lowest` priority; nullptr = none. Stays in the queue.
    object::Thread* highest(uint32_t cpu, int lowest = 0)
    {
        for (uint32_t words = words_; words != 0;) {
            const int word = 31 - __builtin_clz(words);
            words &= ~(1u << word);
            for (uint64_t bits = bits_[word]; bits != 0;) {
                const int bit = 63 - __builtin_clzll(bits);
                const int priority = word * 64 + bit;
                if (priority < lowest)
                    return nullptr;
                for (object::Thread& thread : lists_[priority].list()) {
                    if (thread.ready_mask & (uint32_t{1} << cpu))
                        return &thread;
                }
                bits &= ~(uint64_t{1} << bit);
            }
        }
        return nullptr;
    }

    /// -1 = nobody is READY.
    int top_priority() const
    {
        if (words_ == 0)
            return -1;
        const int word = 31 - __builtin_clz(words_);
        return word * 64 + 63 - __builtin_clzll(bits_[word]);
    }

    /// The highest threads whose priority is above `limit`, not all of them when there are many.
    template <class F>
    void for_some_above(int limit, F&& f) const
    {
        uint32_t budget = 8; // a switch must not take for ever
        for (int word = 3; word >= 0; --word) {
            for (uint64_t bits = bits_[word]; bits != 0;) {
                const int bit = 63 - __builtin_clzll(bits);
                if (word * 64 + bit <= limit)
                    return;
                for (const object::Thread& thread : lists_[word * 64 + bit].list()) {
                    if (budget-- == 0)
                        return;
                    f(thread);
                }
                bits &= ~(uint64_t{1} << bit);
            }
        }
    }

private:
    void clear(int priority)
    {
        uint64_t& word = bits_[priority / 64];
        word &= ~(uint64_t{1} << (priority % 64));
        if (word == 0)
            words_ &= ~(1u << (priority / 64));
    }

    WaitQueue lists_[256];
    uint64_t bits_[4] = {};
    uint32_t words_ = 0; // which of bits_ are not 0
};

} // namespace sched
