// SPDX-License-Identifier: Apache-2.0
// The component list of io-pkt-v6-hc, in the order of attachment.
#include "netinet6/variant_v6_hc.hpp"

#include "local/local.hpp"
#include "net/bpf.hpp"
#include "net/if_tap.hpp"
#include "net/if_tun.hpp"
#include "net/if_vlan.hpp"
#include "net/route_socket.hpp"
#include "netinet/inet.hpp"
#include "netinet/tcp.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

const Component components_v6_hc[10] = {
    net_component,   bpf_component,   tun_component,  tap_component, vlan_component,
    route_component, local_component, inet_component, tcp_component, inet6_component,
};

} // namespace netmgr
