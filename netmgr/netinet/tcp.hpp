// SPDX-License-Identifier: Apache-2.0
// TCP of one stack: sockets' side, settings, counters, the table of connections and the SYN cache.
#pragma once
#include "kern/protosw.hpp"
#include "netinet/inet.hpp"
#include "netinet/tcp_fastopen.hpp"
#include "netinet/tcp_isn.hpp"
#include "netinet/tcp_pcb.hpp"
#include "netinet/tcp_settings.hpp"
#include "netinet/tcp_stats.hpp"
#include "netinet/tcp_syncache.hpp"

namespace netmgr {

struct TcpSegment;

class Tcp final : public Protosw {
public:
    explicit Tcp(Inet& inet);
    ~Tcp();

    // --- Protosw (tcp_usrreq.cpp, tcp_sockopt.cpp)
    int attach(Socket& so, const Cred& cred) override;
    void detach(Socket& so) override;
    int bind(Socket& so, const sockaddr* name, const Cred& cred) override;
    int listen(Socket& so) override;
    int connect(Socket& so, const sockaddr* name, const Cred& cred) override;
    int disconnect(Socket& so) override;
    int send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control, int send_flags,
             const Cred& cred) override;
    int shutdown(Socket& so) override;
    bool close(Socket& so) override;
    bool linger(Socket& so) override;
    void abort(Socket& so) override;
    void rcvd(Socket& so) override;
    size_t send_space(Socket& so) override;
    bool connects_by_send(Socket& so) override;
    int rcvoob(Socket& so, MbufPtr& data, int flags) override;
    int pcb_state(Socket& so) override;
    int sockname(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int peername(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
               const Cred& cred) override;
    int getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size) override;

    // --- packets (tcp_input.cpp, tcp_error.cpp)
    void input(MbufPtr m, size_t header_len);
    void error(const IpError& what);

    // A RST or bare ACK that belongs to no connection (tcp_respond.cpp). For a RST to a segment with ACK, seq is that ACK.
    void send_reset(const TcpSegment& segment);
    // Prepends IP and TCP headers and sends. m may be empty.
    struct Headers {
        IpAddress source, destination;
        uint16_t source_port, destination_port;
        SeqNum seq, ack;
        uint8_t flags;
        uint16_t window;
        uint16_t urgent;
        uint8_t ttl, tos;
        bool dont_fragment;
    };
    int send_segment(const Headers& h, TcpOptions& options, MbufPtr data, const IpOutput& how,
                     std::span<const uint8_t> md5_key = {});
    bool reset_allowed(); // rstppslimit
    void sign(const Headers& h, MbufPtr& m, size_t header_len, size_t signature_at,
              std::span<const uint8_t> key);

    uint64_t now_ns() { return inet.stack.now_ns(); }

    Inet& inet;
    TcpSettings settings;
    TcpStats stats;
    InpcbTable table;
    TcpIsn isn;
    TcpSyncache syncache;
    TcpFastopen fastopen;
    const TcpCongestionControl* congctl;
    uint32_t connections = 0; // control blocks

private:
    uint64_t reset_window_ns_ = 0;
    int32_t resets_in_window_ = 0;
};

// The pseudo header of either family (RFC 9293 3.1, RFC 8200 8.1) as MD5 takes it; how many bytes.
constexpr size_t tcp_pseudo_max = 40;
size_t tcp_pseudo_header(const IpAddress& source, const IpAddress& destination, size_t size,
                         uint8_t (&out)[tcp_pseudo_max]);
// RFC 2385: MD5 over pseudo header, header without options, data, key (tcp_signature.cpp).
void tcp_signature(const uint8_t* ip_pseudo, size_t pseudo_len, const wire::TcpHeader& header,
                   const mbuf* m, size_t data_at, std::span<const uint8_t> key, uint8_t (&out)[16]);

int attach_tcp(Stack& stack);
void detach_tcp(Stack& stack);
constexpr Component tcp_component = {"tcp", attach_tcp, detach_tcp};
int attach_tcp_sysctl(Tcp& tcp);
int attach_tcp_dump(Tcp& tcp);

} // namespace netmgr
