// SPDX-License-Identifier: Apache-2.0
// Interrupts: InterruptAttachEvent(), InterruptWait(), masking.
#include "result.hpp"
#include <sys/neutrino.h>

int InterruptAttachEvent_r(int intr, const struct sigevent* event, unsigned flags)
{
    return static_cast<int>(__kercall3(KER_INTERRUPT_ATTACH_EVENT, intr, qnx::arg(event), flags));
}

int InterruptAttachEvent(int intr, const struct sigevent* event, unsigned flags)
{
    return qnx::errno_of<int>(InterruptAttachEvent_r(intr, event, flags));
}

int InterruptDetach_r(int id)
{
    return static_cast<int>(__kercall1(KER_INTERRUPT_DETACH, id));
}

int InterruptDetach(int id)
{
    return qnx::errno_of<int>(InterruptDetach_r(id));
}

int InterruptWait_r(int flags, const uint64_t* timeout)
{
    return static_cast<int>(
        __nto_call_cp(KER_INTERRUPT_WAIT, flags, qnx::arg(timeout), 0, 0, 0, 0));
}

int InterruptWait(int flags, const uint64_t* timeout)
{
    return qnx::errno_of<int>(InterruptWait_r(flags, timeout));
}

int InterruptAttach_r(int intr, const struct sigevent* (*handler)(void*, int), const void* area,
                      int size, unsigned flags)
{
    return static_cast<int>(__kercall5(KER_INTERRUPT_ATTACH, intr, reinterpret_cast<long>(handler),
                                       qnx::arg(area), size, flags));
}

int InterruptAttach(int intr, const struct sigevent* (*handler)(void*, int), const void* area,
                    int size, unsigned flags)
{
    return qnx::errno_of(InterruptAttach_r(intr, handler, area, size, flags));
}

int InterruptMask(int intr, int id)
{
    return qnx::errno_of(__kercall2(KER_INTERRUPT_MASK, intr, id));
}

int InterruptUnmask(int intr, int id)
{
    return qnx::errno_of(__kercall2(KER_INTERRUPT_UNMASK, intr, id));
}
