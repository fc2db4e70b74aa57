// SPDX-License-Identifier: Apache-2.0
// Advisory locks (fcntl(), flock()) on procnto's own files.
#pragma once

#include "proc/io_messages.hpp"

namespace proc {

/// _IO_LOCK.
int lock_file(Request& request, const Ocb& ocb, const IoMessage& message);
/// A descriptor is closed: its process' locks on the file go, and what waited through it waits no longer.
void unlock_connection(int scoid, int coid, const Ocb& ocb);
/// The open file is closed: its flock() goes.
void unlock_ocb(const Ocb& ocb);
/// A client in F_SETLKW does not want to wait any longer. False: it does not wait for a lock.
bool unblock_lock(int rcvid);

} // namespace proc
