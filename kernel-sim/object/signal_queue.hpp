// SPDX-License-Identifier: Apache-2.0
// Pending signals of a process or thread: one of each plain signal, a queue of those sent with SA_SIGINFO semantics.
#pragma once

#include <abi/kercall.h>
#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace object {

struct PendingSignal : boost::intrusive::list_base_hook<> {
    nto_siginfo info{};
    const void* source = nullptr; // the timer it comes from
};

constexpr uint64_t signal_bit(int signo)
{
    return uint64_t{1} << (signo - 1);
}

class SignalQueue {
public:
    ~SignalQueue() { clear(); }

    uint64_t set() const { return set_; }
    uint32_t count() const { return count_; }
    /// False: no memory for a queued one. A plain signal that is pending already is kept once.
    bool add(const nto_siginfo& info, bool queued, const void* source = nullptr);
    /// Takes the lowest-numbered signal in `wanted`; false = none.
    bool take(uint64_t wanted, nto_siginfo& info);
    void remove(uint64_t signals);
    /// Is a signal of this source pending?
    bool holds(const void* source) const;
    /// The source goes; its signals stay.
    void disown(const void* source);
    void clear() { remove(~uint64_t{0}); }

private:
    using List = boost::intrusive::list<PendingSignal>;
    uint64_t set_ = 0;
    uint32_t count_ = 0;
    List list_;
};

} // namespace object
