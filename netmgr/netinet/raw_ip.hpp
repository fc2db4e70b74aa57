// SPDX-License-Identifier: Apache-2.0
// Raw IPv4 sockets: whole packets of a protocol number.
#pragma once
#include "kern/protosw.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

class RawProtosw final : public Protosw {
public:
    explicit RawProtosw(Inet& inet);

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
    int ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply,
              const Cred&) override;

    // Copies of m to every socket that wants it; how many.
    unsigned input(const MbufPtr& m);

    InpcbTable table;
    Counter received, full;

private:
    int output_built(Inpcb& inp, MbufPtr data, uint32_t source, uint32_t destination,
                     IpOutput& how);
    int output_given(Inpcb& inp, MbufPtr data, IpOutput& how);

    Inet& inet_;
};

// The default protocol handler: raw sockets, or an error to the sender when nobody wants the protocol.
void raw_input(Inet& inet, MbufPtr m, size_t header_len);
void unknown_protocol_input(Inet& inet, MbufPtr m, size_t header_len);

} // namespace netmgr
