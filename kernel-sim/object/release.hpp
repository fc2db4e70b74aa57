// SPDX-License-Identifier: Apache-2.0
// Internal: gives back connections, channels, timers and interrupts of a process without threads.
#pragma once

namespace object {

struct Process;
void release_resources(Process& process);

} // namespace object
