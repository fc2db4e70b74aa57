// SPDX-License-Identifier: Apache-2.0
// io-pkt-v4-hc: the IPv4 components.
#include "netinet/variant_v4_hc.hpp"
#include "main/variant.hpp"

namespace netmgr {

const char* variant_name()
{
    return "io-pkt-v4-hc";
}

bool variant_has_ipv6()
{
    return false;
}

std::span<const Component> variant_components()
{
    return components_v4_hc;
}

} // namespace netmgr
