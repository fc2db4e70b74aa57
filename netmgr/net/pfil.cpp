// SPDX-License-Identifier: Apache-2.0
// Packet filter hooks.
#include "net/pfil.hpp"

namespace netmgr {

bool PfilHead::add(PfilHook fn, void* arg, int directions)
{
    if (count_ == max_hooks)
        return false;
    hooks_[count_++] = {fn, arg, directions};
    return true;
}

void PfilHead::remove(PfilHook fn, void* arg)
{
    for (int i = 0; i < count_; ++i) {
        if (hooks_[i].fn != fn || hooks_[i].arg != arg)
            continue;
        for (int j = i + 1; j < count_; ++j)
            hooks_[j - 1] = hooks_[j];
        count_--;
        return;
    }
}

bool PfilHead::run_hooks(MbufPtr& m, ifnet* ifp, PfilDirection direction, int& error) const
{
    mbuf* packet = m.release();
    for (int i = 0; i < count_ && packet != nullptr; ++i) {
        const Hook& hook = hooks_[direction == pfil_in ? i : count_ - 1 - i];
        if ((hook.directions & direction) == 0)
            continue;
        error = hook.fn(hook.arg, &packet, ifp, direction);
        if (error != 0)
            return false;
    }
    m.reset(packet);
    return static_cast<bool>(m);
}

} // namespace netmgr
