// SPDX-License-Identifier: Apache-2.0
// Raw IPv6 sockets: what follows the headers of packets of a protocol (RFC 3542 3).
#pragma once
#include "kern/counters.hpp"
#include "kern/protosw.hpp"
#include "netinet/in_pcb.hpp"
#include "netinet/ip_arrival.hpp"

namespace netmgr {

class Inet6;

class Raw6Protosw final : public Protosw {
public:
    explicit Raw6Protosw(Inet6& inet6);

    int attach(Socket& so, const Cred& cred) override;
    void detach(Socket& so) override;
    int bind(Socket& so, const sockaddr* name, const Cred& cred) override;
    int connect(Socket& so, const sockaddr* name, const Cred& cred) override;
    int disconnect(Socket& so) override;
    int send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control, int send_flags,
             const Cred& cred) override;
    int sockname(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int peername(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
               const Cred& cred) override;
    int getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size) override;

    // Copies of m's payload to every socket that wants it; how many.
    unsigned input(const MbufPtr& m, size_t header_len, uint8_t protocol);

    InpcbTable table;
    Counter received, full, bad_checksum;

private:
    bool passes(const Inpcb& inp, const MbufPtr& m, size_t header_len, const IpArrival& a,
                uint8_t protocol);
    int make_checksum(const Inpcb& inp, MbufPtr& m, const IpAddress& source, const IpAddress& to,
                      uint8_t protocol);

    Inet6& inet6_;
};

} // namespace netmgr
