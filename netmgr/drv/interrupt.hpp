// SPDX-License-Identifier: Apache-2.0
// The queue between drivers' interrupt threads and the workers.
#pragma once

namespace netmgr {

// A worker got an interrupt pulse: runs one queued entry, once. One that is not done goes to the queue's end with a new pulse, so
// that other interfaces and clients get their turn.
void run_interrupt_entry(int number);

} // namespace netmgr
