// SPDX-License-Identifier: Apache-2.0
// A protocol of AF_INET under AF_INET6: the same object does the work, a socket's domain tells it which names to speak.
#pragma once
#include "kern/protosw.hpp"

namespace netmgr {

class FamilyAlias final : public Protosw {
public:
    explicit FamilyAlias(Protosw& real)
        : Protosw(AF_INET6, real.type, real.protocol, real.flags), real_(real)
    {
    }

    int attach(Socket& so, const Cred& cred) override { return real_.attach(so, cred); }
    void detach(Socket& so) override { real_.detach(so); }
    int bind(Socket& so, const sockaddr* name, const Cred& cred) override
    {
        return real_.bind(so, name, cred);
    }
    int send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control, int send_flags,
             const Cred& cred) override
    {
        return real_.send(so, name, std::move(data), std::move(control), send_flags, cred);
    }
    int connect(Socket& so, const sockaddr* name, const Cred& cred) override
    {
        return real_.connect(so, name, cred);
    }
    int disconnect(Socket& so) override { return real_.disconnect(so); }
    int listen(Socket& so) override { return real_.listen(so); }
    int shutdown(Socket& so) override { return real_.shutdown(so); }
    bool close(Socket& so) override { return real_.close(so); }
    bool linger(Socket& so) override { return real_.linger(so); }
    void abort(Socket& so) override { real_.abort(so); }
    void rcvd(Socket& so) override { real_.rcvd(so); }
    void accepted(Socket& so) override { real_.accepted(so); }
    bool connects_by_send(Socket& so) override { return real_.connects_by_send(so); }
    size_t send_space(Socket& so) override { return real_.send_space(so); }
    int receive_timed_out(Socket& so) override { return real_.receive_timed_out(so); }
    int rcvoob(Socket& so, MbufPtr& data, int flag_bits) override
    {
        return real_.rcvoob(so, data, flag_bits);
    }
    int sockname(Socket& so, sockaddr_storage& name, socklen_t& len) override
    {
        return real_.sockname(so, name, len);
    }
    int peername(Socket& so, sockaddr_storage& name, socklen_t& len) override
    {
        return real_.peername(so, name, len);
    }
    int pcb_state(Socket& so) override { return real_.pcb_state(so); }
    int setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
               const Cred& cred) override
    {
        return real_.setopt(so, level, name, value, cred);
    }
    int getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size) override
    {
        return real_.getopt(so, level, name, value, size);
    }
    int ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply,
              const Cred& cred) override
    {
        return real_.ioctl(so, cmd, data, reply, cred);
    }

private:
    Protosw& real_;
};

} // namespace netmgr
