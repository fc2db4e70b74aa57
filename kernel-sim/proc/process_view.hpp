// SPDX-License-Identifier: Apache-2.0
// What /proc tells about a process and about the path-name space.
#pragma once

#include "proc/path_text.hpp"
#include "proc/request.hpp"

#include <sys/iomsg.h>

struct _debug_thread_info;
namespace object {
struct Thread;
}

namespace proc {

/// DCMD_PROC_* on a live process or zombie; access was checked.
int process_devctl(Request& request, object::Process& process, const _io_devctl& message);

/// The answer to a devctl about a process: at most what the client has room for; `value` is devctl()'s info.
int answer_devctl(Request& request, const _io_devctl& message, const void* data, uint64_t size,
                  int32_t value = 0);
/// The status of a thread as DCMD_PROC_TIDSTATUS tells it.
void fill_status(const object::Thread& thread, _debug_thread_info& out);
/// DCMD_PROC_ABILITY (ability_view.cpp).
int ability_info(Request& request, object::Process& process, const _io_devctl& message);

} // namespace proc
