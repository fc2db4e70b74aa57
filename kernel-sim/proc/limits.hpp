// SPDX-License-Identifier: Apache-2.0
// RLIMIT_*: what the limits of a process mean.
#pragma once

#include "proc/process_info.hpp"

namespace mm {
struct MapRequest;
}

namespace proc {

/// The limit has changed: kernel structures that go by it follow.
void apply_limit(object::Process& process, LimitKind kind);
/// RLIMIT_NPROC of `parent`'s real user: may there be one more process? Always for root.
bool may_have_child(const object::Process& parent, int32_t ruid);
/// RLIMIT_AS, RLIMIT_DATA: may the process map this much more?
bool may_map(const object::Process& process, const mm::MapRequest& request);
/// RLIMIT_MEMLOCK: may so many more bytes be locked? Always for root.
bool may_lock(const object::Process& process, uint64_t bytes);
/// RLIMIT_FSIZE: may a file of this size be written? Sends SIGXFSZ if not.
bool may_grow_file(object::Process& process, uint64_t size);
/// CPU time used, all threads.
uint64_t cpu_time_ns(const object::Process& process);

} // namespace proc
