// SPDX-License-Identifier: Apache-2.0
// InterruptAttachEvent and friends: events delivered when a line or message-signalled interrupt fires.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <abi/kercall.h>
#include <boost/intrusive/list.hpp>

namespace ipc {

enum InterruptFlag : uint32_t {
    intr_end = 1,
    intr_no_unmask = 2,
    intr_process = 4,
    intr_trk_msk = 8,
    intr_exclusive = 0x20,
};

class InterruptHandler : public boost::intrusive::list_base_hook<> {
public:
    object::Process* process = nullptr;
    object::Thread* thread = nullptr; // gets INTR events; nullptr: lifetime of the process
    int id = 0;
    uint32_t intr = 0, flags = 0;
    nto_sigevent event{};
    uint32_t masks = 0; // counted for TRK_MSK
};

/// Called by the interrupt entry; the source has been acknowledged.
void line_interrupt(uint32_t intr);

base::Result<int> attach_event(object::Thread& thread, uint32_t intr, const nto_sigevent& event,
                               uint32_t flags);
base::Result<void> detach_interrupt(object::Process& process, int id);
/// Mask count afterwards; id -1 = not on behalf of a handler.
base::Result<uint32_t> mask_interrupt(object::Process& process, uint32_t intr, int id);
base::Result<uint32_t> unmask_interrupt(object::Process& process, uint32_t intr, int id);

} // namespace ipc
