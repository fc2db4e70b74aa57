// SPDX-License-Identifier: Apache-2.0
// UDP sockets (RFC 768, RFC 1122 4.1).
#pragma once
#include "kern/protosw.hpp"
#include "netinet/inet.hpp"
#include "netinet/ip6_layer.hpp"

namespace netmgr {

class UdpProtosw final : public Protosw {
public:
    explicit UdpProtosw(Inet& inet);

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

    void input(MbufPtr m, size_t header_len);
    void error(const IpError& what);

    InpcbTable table;
    Counter received, sent, delivered, bad_len, bad_checksum, no_checksum, no_port,
        no_port_broadcast, full;

private:
    bool check(MbufPtr& m, size_t header_len);
    struct Ends {
        IpAddress from, to;
        uint16_t port = 0;
    };
    struct UdpControl { // one of them, by the socket's family
        SendControl four;
        SendControl6 six;
        IpAddress source() const
        {
            return four.source != 0 ? IpAddress::v4(four.source) : six.source;
        }
        uint32_t interface() const { return four.if_index != 0 ? four.if_index : six.if_index; }
    };
    void deliver_one(Inpcb& inp, MbufPtr m, size_t header_len, const IpArrival& a);
    void deliver_to_many(MbufPtr m, size_t header_len, const IpArrival& a,
                         bool only_sharers = false);
    bool is_for_many(const IpArrival& a, const ifnet& ifp);
    int choose_ends(Inpcb& inp, const sockaddr* name, const UdpControl& control, Ends& ends);
    int output(Inpcb& inp, MbufPtr data, const Ends& ends, const UdpControl& control,
               int send_flags);

    Inet& inet_;
};

} // namespace netmgr
