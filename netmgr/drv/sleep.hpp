// SPDX-License-Identifier: Apache-2.0
// Calls of drivers that give up the stack context for a while, and come back into it.
#pragma once

namespace netmgr {

// Stack context, around such a call. Meanwhile no driver is detached: the caller would come back to a device that is gone.
class OutsideCall {
public:
    OutsideCall();
    ~OutsideCall();
    OutsideCall(const OutsideCall&) = delete;
    OutsideCall& operator=(const OutsideCall&) = delete;

    static unsigned count() { return count_; } // stack context

private:
    inline static unsigned count_ = 0;
};

} // namespace netmgr
