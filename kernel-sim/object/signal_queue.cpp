// SPDX-License-Identifier: Apache-2.0
// Pending signals in arrival order; the lowest number leaves first.
#include "object/signal_queue.hpp"

#include <new>

namespace object {

bool SignalQueue::add(const nto_siginfo& info, bool queued, const void* source)
{
    const uint64_t bit = signal_bit(info.signo);
    if ((set_ & bit) && !queued)
        return true;
    auto* signal = new (std::nothrow) PendingSignal;
    if (!signal)
        return false;
    signal->info = info;
    signal->source = source;
    list_.push_back(*signal);
    ++count_;
    set_ |= bit;
    return true;
}

bool SignalQueue::take(uint64_t wanted, nto_siginfo& info)
{
    const uint64_t ready = set_ & wanted;
    if (ready == 0)
        return false;
    const int signo = __builtin_ctzll(ready) + 1;
    bool found = false, more = false;
    for (auto at = list_.begin(); at != list_.end();) {
        if (at->info.signo != signo) {
            ++at;
        } else if (found) {
            more = true;
            break;
        } else {
            found = true;
            info = at->info;
            PendingSignal* signal = &*at;
            at = list_.erase(at);
            --count_;
            delete signal;
        }
    }
    if (!more)
        set_ &= ~signal_bit(signo);
    return found;
}

void SignalQueue::remove(uint64_t signals)
{
    for (auto at = list_.begin(); at != list_.end();) {
        PendingSignal* signal = &*at;
        if (signals & signal_bit(signal->info.signo)) {
            at = list_.erase(at);
            --count_;
            delete signal;
        } else {
            ++at;
        }
    }
    set_ &= ~signals;
}

bool SignalQueue::holds(const void* source) const
{
    for (const PendingSignal& signal : list_) {
        if (signal.source == source)
            return true;
    }
    return false;
}

void SignalQueue::disown(const void* source)
{
    for (PendingSignal& signal : list_) {
        if (signal.source == source)
            signal.source = nullptr;
    }
}

} // namespace object
