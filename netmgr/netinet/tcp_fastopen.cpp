// SPDX-License-Identifier: Apache-2.0
// The cache of Fast Open cookies.
#include "netinet/tcp_fastopen.hpp"

#include <string.h>

#include "kern/callout_wheel.hpp"

namespace netmgr {

namespace {

constexpr uint64_t silent_ns = 900 * ns_per_s; // a path that eats the option is spared this long

} // namespace

TcpFastopen::Peer* TcpFastopen::find(const IpAddress& address)
{
    for (Peer& p : peers_)
        if (p.address == address)
            return &p;
    return nullptr;
}

TcpFastopen::Peer& TcpFastopen::take(const IpAddress& address, uint64_t now_ns)
{
    Peer* found = find(address);
    if (found == nullptr) {
        found = &peers_[0];
        for (Peer& p : peers_)
            if (p.used_ns < found->used_ns)
                found = &p;
        *found = Peer();
        found->address = address;
    }
    found->used_ns = now_ns;
    return *found;
}

const TcpFastopen::Peer* TcpFastopen::fill_syn(const IpAddress& address, uint64_t now_ns,
                                               TcpOptions& options)
{
    Peer* p = find(address);
    if (p != nullptr && p->cookie_len == 0 && now_ns < p->not_before_ns)
        return nullptr;
    options.has_fastopen = true;
    options.cookie_len = 0;
    if (p == nullptr || p->cookie_len == 0)
        return nullptr;
    p->used_ns = now_ns;
    options.cookie_len = p->cookie_len;
    memcpy(options.cookie, p->cookie, p->cookie_len);
    return p;
}

void TcpFastopen::learn(const IpAddress& address, uint64_t now_ns, const TcpOptions& answer,
                        bool data_acked)
{
    Peer& p = take(address, now_ns);
    if (answer.has_mss)
        p.mss = answer.mss;
    if (answer.has_fastopen && answer.cookie_len != 0) {
        p.cookie_len = answer.cookie_len;
        memcpy(p.cookie, answer.cookie, answer.cookie_len);
    } else if (!data_acked) {
        p.cookie_len = 0;
        p.not_before_ns = now_ns + silent_ns;
    }
}

void TcpFastopen::clear()
{
    for (Peer& p : peers_)
        p = Peer();
}

} // namespace netmgr
