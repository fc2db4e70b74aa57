// SPDX-License-Identifier: Apache-2.0
// Points where packet filters hook in: per address family and per interface, inbound and outbound.
#pragma once
#include "kern/mbuf_ptr.hpp"

namespace netmgr {

enum PfilDirection { pfil_in = 1, pfil_out = 2, pfil_both = 3 };

// m may be replaced or taken (*m = nullptr). Non-zero: the packet stops here with that errno; the hook has freed it.
using PfilHook = int (*)(void* arg, mbuf** m, ifnet* ifp, int direction);

class PfilHead {
public:
    static constexpr int max_hooks = 4;

    bool add(PfilHook fn, void* arg, int directions);
    void remove(PfilHook fn, void* arg);
    bool any() const { return count_ > 0; }

    // Runs the hooks in order of adding (in) or reverse (out). False: the packet is gone, error says why (may be 0).
    bool run(MbufPtr& m, ifnet* ifp, PfilDirection direction, int& error) const
    {
        error = 0;
        return count_ == 0 || run_hooks(m, ifp, direction, error);
    }

private:
    bool run_hooks(MbufPtr& m, ifnet* ifp, PfilDirection direction, int& error) const;

    struct Hook {
        PfilHook fn;
        void* arg;
        int directions;
    };
    Hook hooks_[max_hooks] = {};
    int count_ = 0;
};

} // namespace netmgr
