// SPDX-License-Identifier: Apache-2.0
// Where io-pkt's log lines go: slogger2, and the standard error too until io-pkt is in the background.
#pragma once

namespace netmgr {

// For messages on the standard error; log_start() does it too.
void log_set_name(const char* program);
void log_start(const char* program);
// Standard error is the starter's no more.
void log_detach_console();
void log_text(int severity, const char* text); // severities of syslog: 3 error ... 7 debug

} // namespace netmgr
