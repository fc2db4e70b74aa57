// SPDX-License-Identifier: Apache-2.0
// io-pkt-v6-hc: the IPv4 components and those of IPv6.
#include "netinet6/variant_v6_hc.hpp"
#include "main/variant.hpp"

namespace netmgr {

const char* variant_name()
{
    return "io-pkt-v6-hc";
}

bool variant_has_ipv6()
{
    return true;
}

std::span<const Component> variant_components()
{
    return components_v6_hc;
}

} // namespace netmgr
