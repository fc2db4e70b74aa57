// SPDX-License-Identifier: Apache-2.0
// Control messages of IP sockets: where a packet came in and was meant for; which way one shall go.
#include <errno.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <net/if_dl.h>

#include "kern/control.hpp"
#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

MbufPtr ip_received_control(Inet& inet, const Inpcb& inp, const mbuf& m,
                            const wire::Ipv4Header& header)
{
    MbufPtr control;
    MbufPool& pool = inet.stack.mbufs();
    const ifnet* ifp = m.m_pkthdr.rcvif;
    const in_addr destination = {header.destination.raw()};
    if ((inp.so.options & SO_TIMESTAMP) != 0) {
        const uint64_t now = inet.stack.platform().wall_ns();
        timeval tv = {};
        tv.tv_sec = static_cast<decltype(tv.tv_sec)>(now / ns_per_s);
        tv.tv_usec = static_cast<decltype(tv.tv_usec)>(now % ns_per_s / 1000);
        control_append(pool, control, SOL_SOCKET, SCM_TIMESTAMP, &tv, sizeof(tv));
    }
    if ((inp.flags & inp_recvdstaddr) != 0)
        control_append(pool, control, IPPROTO_IP, IP_RECVDSTADDR, &destination,
                       sizeof(destination));
    if ((inp.flags & inp_pktinfo) != 0) {
        const in_pktinfo info = {destination, ifp != nullptr ? ifp->if_index : 0u};
        control_append(pool, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }
    if ((inp.flags & inp_recvif) != 0 && ifp != nullptr && ifp->if_sadl != nullptr)
        control_append(pool, control, IPPROTO_IP, IP_RECVIF, ifp->if_sadl, ifp->if_sadl->sdl_len);
    if ((inp.flags & inp_recvttl) != 0)
        control_append(pool, control, IPPROTO_IP, IP_RECVTTL, &header.ttl, sizeof(header.ttl));
    if ((inp.flags & inp_recvopts) != 0 && header.header_len() > sizeof(header))
        control_append(pool, control, IPPROTO_IP, IP_RECVOPTS, m.m_data + sizeof(header),
                       header.header_len() - sizeof(header));
    if ((inp.flags & inp_recvretopts) != 0 && header.header_len() > sizeof(header)) {
        uint8_t way_back[IpOptions::max_bytes + sizeof(uint32_t)];
        const auto& whole = *reinterpret_cast<const wire::Ipv4Header*>(m.m_data);
        const size_t size = ip_options_to_user(ip_reverse_route(whole), way_back);
        if (size != 0)
            control_append(pool, control, IPPROTO_IP, IP_RECVRETOPTS, way_back, size);
    }
    return control;
}

int ip_parse_control(const mbuf* control, SendControl& out)
{
    return control_walk(
        control,
        [](void* arg, const cmsghdr& header, const uint8_t* data, size_t size) {
            auto& result = *static_cast<SendControl*>(arg);
            if (header.cmsg_level != IPPROTO_IP)
                return 0; // BSD ignores what it does not know
            if (header.cmsg_type == IP_PKTINFO) {
                in_pktinfo info;
                if (size < sizeof(info))
                    return EINVAL;
                memcpy(&info, data, sizeof(info));
                result.source = ip_of(info.ipi_addr);
                result.if_index = info.ipi_ifindex;
            }
            return 0;
        },
        &out);
}

} // namespace netmgr
