// SPDX-License-Identifier: Apache-2.0
// One client's message while it is decoded: every length a client names is checked here against what it really sent and what it
// can really take.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>

namespace netmgr {

class Request {
public:
    Request(int rcvid, const char* buffer, const _msg_info& info)
        : rcvid_(rcvid), buffer_(buffer), have_(info.msglen), total_(info.srcmsglen),
          room_(info.dstmsglen), scoid_(info.scoid), coid_(info.coid), pid_(info.pid)
    {
    }
    // A request that was parked: its bytes are read from the client again.
    Request(int rcvid, size_t total, size_t room, int scoid, int coid)
        : rcvid_(rcvid), buffer_(nullptr), have_(0), total_(total), room_(room), scoid_(scoid),
          coid_(coid), pid_(0)
    {
    }

    int rcvid() const { return rcvid_; }
    size_t have() const { return have_; }
    size_t total() const { return total_; } // bytes the client sent
    size_t room() const { return room_; }   // bytes it can receive
    int scoid() const { return scoid_; }
    int coid() const { return coid_; }
    pid_t pid() const { return pid_; }
    const char* buffer() const { return buffer_; }
    uint16_t type() const
    {
        uint16_t t = 0;
        if (have_ >= sizeof t)
            memcpy(&t, buffer_, sizeof t);
        return t &
               static_cast<uint16_t>(~_IO_COMBINE_FLAG); // stat(path) sends connect and stat as one
    }

    // The fixed part of a message; false when the client sent less.
    template <typename T>
    bool get(T& out, size_t offset = 0) const
    {
        return read(&out, sizeof out, offset) == 0;
    }
    // 0, EINVAL (not sent) or EFAULT.
    int read(void* to, size_t size, size_t offset) const;

    void reply(long status, const void* data = nullptr, size_t size = 0) const;
    void error(int err) const { MsgError_r(rcvid_, err); }

private:
    int rcvid_;
    const char* buffer_;
    size_t have_;
    size_t total_;
    size_t room_;
    int scoid_;
    int coid_;
    pid_t pid_;
};

} // namespace netmgr
