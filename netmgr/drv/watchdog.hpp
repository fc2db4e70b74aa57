// SPDX-License-Identifier: Apache-2.0
// -w and -q: a thread above the others that ends io-pkt when the stack context or a quiesce_all() hangs, and the end itself.
#pragma once

namespace netmgr {

struct RuntimeOptions;
class Stack;

// Starts the thread when there is something to watch. Stack context, after the timers work. 0 or an errno.
int start_watchdog(Stack& stack, const RuntimeOptions& options);

// quiesce_all() has succeeded; it has to be undone in time.
void watch_quiesce(bool stopped);

// Logs, stops the hardware (shutdown hooks) and aborts.
[[noreturn, gnu::format(printf, 1, 2)]] void panic(const char* format, ...);

} // namespace netmgr
