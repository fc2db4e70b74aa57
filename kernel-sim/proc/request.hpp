// SPDX-License-Identifier: Apache-2.0
// One message to the process manager while a worker thread serves it, and how its handlers answer.
#pragma once

#include "object/process.hpp"

#include <abi/errno.h>
#include <abi/kercall.h>
#include <cstdint>
#include <cstring>

namespace proc {

/// A handler's result: EOK (the worker replies status and what is in `out`), an errno value (MsgError), or this:
/// somebody else answers the rcvid, now or later.
inline constexpr int reply_later = -1;

struct Request {
    static constexpr uint32_t in_capacity = 8192;
    static constexpr uint32_t out_capacity = 16384;

    int rcvid = 0;
    nto_msg_info info{};
    object::Process* client = nullptr;
    uint8_t* in = nullptr; // the first bytes of the message, 8-byte aligned
    uint32_t in_size = 0;  // how many of them there are
    uint8_t* out = nullptr;
    uint32_t out_size = 0;
    int64_t status = 0;

    uint16_t type() const
    {
        return in_size >= 2 ? *reinterpret_cast<const uint16_t*>(in) : uint16_t{0};
    }
    uint64_t total_size() const { return info.srcmsglen; }

    /// The message as a T; nullptr when it is shorter.
    template <typename T>
    const T* message() const
    {
        return in_size >= sizeof(T) ? reinterpret_cast<const T*>(in) : nullptr;
    }
    /// The same, with `extra` bytes behind it that have also arrived.
    template <typename T>
    const T* message(uint64_t extra) const
    {
        return in_size >= sizeof(T) && in_size - sizeof(T) >= extra ? reinterpret_cast<const T*>(in)
                                                                    : nullptr;
    }
    /// Adds to the reply; false when it does not fit.
    bool put(const void* data, uint64_t size)
    {
        if (size > out_capacity - out_size) {
            return false;
        }
        std::memcpy(out + out_size, data, size);
        out_size += static_cast<uint32_t>(size);
        return true;
    }
    template <typename T>
    int answer(const T& data, int64_t reply_status = 0)
    {
        out_size = 0;
        put(&data, sizeof data);
        status = reply_status;
        return EOK;
    }
    int answer_status(int64_t reply_status)
    {
        status = reply_status;
        return EOK;
    }

    /// Bytes of the message from `offset`, whether they have arrived or not; false = fewer, or the client's memory is gone.
    bool read(void* to, uint64_t size, uint64_t offset);
    /// Into the client's reply buffer; bytes written.
    uint64_t write(const void* from, uint64_t size, uint64_t offset);
};

} // namespace proc
