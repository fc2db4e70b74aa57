// SPDX-License-Identifier: Apache-2.0
// I/O messages on an open file of procnto's.
#pragma once

#include "proc/resource_server.hpp"

namespace proc {

/// The I/O part of a message: the whole of it, or the second half of a combine message.
struct IoMessage {
    const uint8_t* data;
    uint32_t size;   // bytes that have arrived
    uint32_t offset; // where it begins in the client's message

    template <typename T>
    const T* as() const
    {
        return size >= sizeof(T) ? reinterpret_cast<const T*>(data) : nullptr;
    }
};

int serve_io(Request& request, Ocb& ocb, const IoMessage& message);

/// _IO_CONNECT_RESOLVE: who owns a path (path_messages.cpp).
int resolve_path(Request& request, const Connect& connect);

} // namespace proc
