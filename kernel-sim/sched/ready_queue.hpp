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
        const unsigned priority = thread.priority;
        thread.ready_mask = thread.runmask;
        WaitQueue::List& list = lists_[priority].list();
        if (at_head)
            list.push_front(thread);
        else
            list.push_back(thread);
        bits_[priority / 64] |= uint64_t{1} << (priority % 64);
        words_ |= 1u << (priority / 64);
    }

    void remove(object::Thread& thread)
    {
        const unsigned priority = thread.priority;
        WaitQueue::List& list = lists_[priority].list();
        list.erase(list.iterator_to(thread));
        if (list.empty())
            clear(priority);
    }

    /// remove() of the highest thread of all, when it may run on `cpu`; nullptr = highest() is to be asked.
    object::Thread* take_first(uint32_t cpu)
    {
        if (words_ == 0) [[unlikely]]
            return nullptr;
        const unsigned word = 31u ^ static_cast<unsigned>(__builtin_clz(words_));
        uint64_t bits = bits_[word];
        const unsigned bit = 63u ^ static_cast<unsigned>(__builtin_clzll(bits));
        WaitQueue::List& list = lists_[word * 64 + bit].list();
        object::Thread& thread = list.front();
        if (!(thread.ready_mask & (uint32_t{1} << cpu))) [[unlikely]]
            return nullptr;
        list.pop_front();
        if (list.empty()) {
            bits &= ~(uint64_t{1} << bit);
            bits_[word] = bits;
            if (bits == 0)
                words_ &= ~(1u << word);
        }
        return &thread;
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
    int top_priority() const { return words_ == 0 ? -1 : static_cast<int>(top()); }

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
    unsigned top() const
    {
        const unsigned word = 31u ^ static_cast<unsigned>(__builtin_clz(words_));
        return word * 64 + (63u ^ static_cast<unsigned>(__builtin_clzll(bits_[word])));
    }

    void clear(unsigned priority)
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
