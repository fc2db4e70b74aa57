// SPDX-License-Identifier: Apache-2.0
// The main thread: waits for signals and runs slow calls for drivers.
#pragma once

namespace netmgr {

// Blocks the signals the main thread waits for; before any thread is made.
void signals_prepare(bool catch_fault);
// The calling thread's handler of faults gets a stack of its own: the thread's may be what is used up.
void prepare_fault_stack();
// Never returns: exits with the shutdown hooks run.
[[noreturn]] void main_thread_loop();

} // namespace netmgr
