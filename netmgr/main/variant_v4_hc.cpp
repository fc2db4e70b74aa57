// SPDX-License-Identifier: Apache-2.0
// io-pkt-v4-hc: the IPv4 components.
#include "main/variant.hpp"
#include "netinet/variant_v4_hc.hpp"

namespace netmgr {

const char* variant_name()
{
    return "io-pkt-v4-hc";
}

std::span<const Component> variant_components()
{
    return components_v4_hc;
}

} // namespace netmgr
