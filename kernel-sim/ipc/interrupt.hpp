// SPDX-License-Identifier: Apache-2.0
// InterruptAttach, InterruptAttachEvent and friends: handlers run and events delivered when a line or message-signalled interrupt fires.
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
    intr_flags = 0x6f, // all but ARRAY, which no manual describes; FPU: handlers always may
};
inline constexpr uint32_t idle_hook = 0x7fff0001; // _NTO_HOOK_IDLE

/// A user-level handler: what InterruptAttach() was given.
struct HandlerCode {
    uint64_t entry = 0, area = 0; // entry 0 = none: an event is delivered
    uint64_t stack_top = 0, restorer = 0, tls = 0;
};

class InterruptHandler : public boost::intrusive::list_base_hook<> {
public:
    object::Process* process = nullptr;
    object::Thread* thread = nullptr; // gets INTR events; nullptr: lifetime of the process
    int id = 0;
    uint32_t intr = 0, flags = 0;
    nto_sigevent event{};
    HandlerCode code;
    uint32_t masks = 0; // counted for TRK_MSK
    uint64_t count = 0; // interrupts it got
};

/// Called by the interrupt entry; the source has been acknowledged.
void line_interrupt(uint32_t intr);
/// The calling CPU has nothing to do: hooks run; false = there is none.
bool run_idle_hooks();
/// A kernel call made by a handler of `owner`: its result.
int64_t handler_call(object::Process& owner, uint64_t number, const uint64_t (&arg)[6]);
/// Runs the handler; false = it faulted or did not come back, its process was told, and it has to go.
bool run_handler(InterruptHandler& handler);
uint32_t failed_handlers(); // how many were ended so

/// With an event, or (code.entry != 0) with a handler. EINVAL, EBUSY, EAGAIN.
base::Result<int> attach_interrupt(object::Thread& thread, uint32_t intr, const nto_sigevent& event,
                                   const HandlerCode& code, uint32_t flags);
/// The index-th attachment of all; false = there are no more.
bool interrupt_info(uint32_t index, nto_interrupt_info& out);
base::Result<void> detach_interrupt(object::Process& process, int id);
/// Mask count afterwards; id -1 = not on behalf of a handler.
base::Result<uint32_t> mask_interrupt(object::Process& process, uint32_t intr, int id);
base::Result<uint32_t> unmask_interrupt(object::Process& process, uint32_t intr, int id);

} // namespace ipc
