// SPDX-License-Identifier: Apache-2.0
// Host names: numbers and /etc/hosts. A resolver over DNS is not here yet (docs/scope.md).
#pragma once
#include <netinet/in.h>
#include <stddef.h>

struct HostAddress {
    int family; // AF_INET or AF_INET6
    unsigned char bytes[16];
};

// Up to `room` addresses of a name or number, of one family or of all (AF_UNSPEC). Returns how many.
size_t find_host(const char* name, int family, bool number_only, HostAddress* out, size_t room);
// The first name of an address in /etc/hosts; false when there is none.
bool find_host_name(const void* address, int family, char* name, size_t room);
