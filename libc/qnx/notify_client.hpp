// SPDX-License-Identifier: Apache-2.0
// The client's side of _IO_NOTIFY, for select(), poll() and select_attach().
#pragma once
#include <stdint.h>
#include <sys/neutrino.h>

namespace qnx {

// Conditions (_NOTIFY_COND_*) of `flags` that are true now, or -errno. A file whose manager knows no notification (a plain file)
// is always ready for input and output. event: what to deliver; nullptr = none.
long notify_request(int fd, int action, uint32_t flags, const struct sigevent* event);

// poll()'s own channels, in a child of fork(): they were the parent's.
void forget_waiters();

} // namespace qnx
