// SPDX-License-Identifier: Apache-2.0
// The order in which getaddrinfo() tells a host's addresses.
#pragma once
#include <stddef.h>

#include "hosts.hpp"

// Best first (RFC 6724 6): those that io-pkt has a way and a source address for, with the closest source.
void order_addresses(HostAddress* addresses, size_t count);
