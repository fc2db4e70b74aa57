// SPDX-License-Identifier: Apache-2.0
// A protocol as the socket layer sees it (NetBSD's protosw and pr_usrreqs in one object per protocol and stack).
#pragma once
#include <errno.h>
#include <span>

#include "kern/socket.hpp"

namespace netmgr {

enum ProtoFlags : uint32_t {
    pr_atomic = 0x01, // one send is one message
    pr_addr = 0x02,   // messages carry the sender's address
    pr_connrequired = 0x04,
    pr_wantrcvd = 0x08, // tell the protocol when the user has read
    pr_listen = 0x10,
    pr_rights = 0x20,     // control messages may carry descriptors: records keep them apart
    pr_own_buffer = 0x40, // what is read does not lie in so.rcv: receive() and readable()
};

class Protosw {
public:
    Protosw(int domain_number, int socket_type, int protocol_number, uint32_t flag_bits)
        : domain(domain_number), type(socket_type), protocol(protocol_number), flags(flag_bits)
    {
    }
    Protosw(const Protosw&) = delete;
    Protosw& operator=(const Protosw&) = delete;

    const int domain;
    const int type;
    const int protocol; // 0 = any (raw)
    const uint32_t flags;
    Protosw* next = nullptr;

    virtual int attach(Socket& so, const Cred& cred) = 0;
    virtual void detach(Socket& so) = 0; // pcb is gone afterwards
    virtual int bind(Socket& so, const sockaddr* name, const Cred& cred) = 0;
    virtual int send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control,
                     int send_flags, const Cred& cred) = 0;
    virtual int connect(Socket&, const sockaddr*, const Cred&) { return EOPNOTSUPP; }
    virtual int disconnect(Socket&) { return EOPNOTSUPP; }
    virtual int listen(Socket&) { return EOPNOTSUPP; }
    virtual int shutdown(Socket& so)
    {
        socantsendmore(so);
        return 0;
    }
    // The last user reference goes. True: the socket is done with; false: the protocol calls sofree() later.
    virtual bool close(Socket& so)
    {
        detach(so);
        return true;
    }
    // SO_LINGER: begins to close; true while what was written is not acknowledged.
    virtual bool linger(Socket&) { return false; }
    // The same at once, without a word to the peer beyond a reset. The caller frees the socket.
    virtual void abort(Socket& so) { detach(so); }
    virtual void rcvd(Socket&) {}
    virtual void accepted(Socket&) {} // accept() took this connection
    // A send with a name on a socket that is not connected connects it.
    virtual bool connects_by_send(Socket&) { return false; }
    virtual size_t send_space(Socket& so) { return so.snd.space(); }
    // pr_own_buffer: what soreceive() and sopoll() do otherwise.
    virtual int receive(Socket&, size_t, int, Received&) { return EOPNOTSUPP; }
    virtual bool readable(Socket&) { return false; }
    // The time of a waiting receive is over. 0: try once more; else its errno.
    virtual int receive_timed_out(Socket&) { return EAGAIN; }
    virtual int rcvoob(Socket&, MbufPtr&, int) { return EOPNOTSUPP; }
    virtual int sockname(Socket& so, sockaddr_storage& name, socklen_t& len) = 0;
    virtual int peername(Socket& so, sockaddr_storage& name, socklen_t& len) = 0;
    // For listings: a connection's TCPS_* state, -1 when the protocol has none.
    virtual int pcb_state(Socket&) { return -1; }
    virtual int setopt(Socket&, int, int, std::span<const uint8_t>, const Cred&)
    {
        return ENOPROTOOPT;
    }
    virtual int getopt(Socket&, int, int, std::span<uint8_t>, size_t&) { return ENOPROTOOPT; }
    // Not for interfaces: those go to Net.
    virtual int ioctl(Socket&, unsigned, std::span<uint8_t>, size_t&, const Cred&)
    {
        return EOPNOTSUPP;
    }

protected:
    ~Protosw() = default;
};

} // namespace netmgr
