// SPDX-License-Identifier: Apache-2.0
// Descriptors in control messages: numbers of this process outside, rights to open files inside (abi/sockright.h).
#pragma once
#include <stddef.h>
#include <sys/socket.h>

namespace rights {

// Does this control data hold SCM_RIGHTS?
bool present(const struct msghdr* msg);
// The size inside of `size` bytes outside, at most.
size_t room_inside(size_t size);
// Leaves each file with its server; `to` has room_inside bytes. 0 or an errno; nothing stays behind after an error.
int put(const struct msghdr* msg, void* to, size_t room, size_t& size);
// What put() made goes nowhere: the servers may close the files.
void give_back(const void* made, size_t size);
// Takes the files that came: new descriptors (with FD_CLOEXEC when asked). What does not fit is given up, MSG_CTRUNC set.
void take(const void* from, size_t size, struct msghdr* msg);

} // namespace rights
