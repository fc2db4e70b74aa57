// SPDX-License-Identifier: Apache-2.0
// TCP Fast Open's client half (RFC 7413; tcp_fastopen_server.cpp is the other): the cookies that servers gave us, by address, and which of them do without.
#pragma once
#include <stdint.h>

#include "netinet/tcp_options.hpp"
#include "wire/ip_address.hpp"

namespace netmgr {

class TcpFastopen {
public:
    struct Peer {
        IpAddress address; // any: free
        uint16_t mss = 0;  // it offered last
        uint8_t cookie_len = 0;
        uint8_t cookie[TcpOptions::max_cookie] = {};
        uint64_t not_before_ns = 0; // asked in vain: not again until then (RFC 7413 4.1.3.1)
        uint64_t used_ns = 0;
    };

    // What a SYN to this address should carry: nothing, a request (empty), or its cookie. The cookie's owner, or nullptr.
    const Peer* fill_syn(const IpAddress& address, uint64_t now_ns, TcpOptions& options);
    // What came of it: the SYN-ACK's options, and whether it acknowledged data of the SYN.
    void learn(const IpAddress& address, uint64_t now_ns, const TcpOptions& answer,
               bool data_acked);
    void clear();

private:
    static constexpr unsigned count = 32;
    Peer* find(const IpAddress& address);
    Peer& take(const IpAddress& address,
               uint64_t now_ns); // found, or in place of the one unused longest

    Peer peers_[count];
};

} // namespace netmgr
