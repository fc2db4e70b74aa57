// SPDX-License-Identifier: Apache-2.0
// The component list of io-pkt-v4-hc, in the order of attachment.
#include "netinet/variant_v4_hc.hpp"

#include "local/local.hpp"
#include "net/bpf.hpp"
#include "net/if_tap.hpp"
#include "net/if_tun.hpp"
#include "net/if_vlan.hpp"
#include "net/route_socket.hpp"
#include "netinet/tcp.hpp"

namespace netmgr {

const Component components_v4_hc[9] = {
    net_component,   bpf_component,   tun_component,  tap_component, vlan_component,
    route_component, local_component, inet_component, tcp_component,
};

} // namespace netmgr
