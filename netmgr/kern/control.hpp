// SPDX-License-Identifier: Apache-2.0
// Control messages (cmsghdr) in mbufs.
#pragma once
#include <span>
#include <stddef.h>

#include <sys/socket.h>

#include "kern/mbuf_pool.hpp"

namespace netmgr {

// Appends one message to control (which may be empty). Lost when memory is out, as BSD's are.
void control_append(MbufPool& pool, MbufPtr& control, int level, int type, const void* data,
                    size_t size);

constexpr size_t control_max = 1024; // of one send

// Calls fn(const cmsghdr&, const uint8_t* data, size_t size) for each well-formed message; EINVAL at the first that is not.
int control_walk(const mbuf* control,
                 int (*fn)(void* arg, const cmsghdr& header, const uint8_t* data, size_t size),
                 void* arg);
int control_walk(std::span<const uint8_t> bytes,
                 int (*fn)(void* arg, const cmsghdr& header, const uint8_t* data, size_t size),
                 void* arg);

} // namespace netmgr
