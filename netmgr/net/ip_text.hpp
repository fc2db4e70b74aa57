// SPDX-License-Identifier: Apache-2.0
// Addresses as text, for the log and for listings.
#pragma once
#include <stddef.h>

#include "wire/ip_address.hpp"

namespace netmgr {

constexpr size_t ip_text_size = 56;
// Without the short forms of RFC 5952 beyond leading zeros; a link-local one with %zone. Returns to.
const char* ip_text(const IpAddress& ip, char (&to)[ip_text_size]);

} // namespace netmgr
