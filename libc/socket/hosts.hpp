// SPDX-License-Identifier: Apache-2.0
// Host names: numbers, /etc/hosts, and DNS in the order of nsswitch.conf.
#pragma once
#include <netinet/in.h>
#include <stddef.h>

struct HostAddress {
    int family; // AF_INET or AF_INET6
    unsigned char bytes[16];
    unsigned zone; // AF_INET6: scope id, 0 = none
};

// Up to `room` addresses of a name or number, of one family or of all (AF_UNSPEC). 0, or why not: a value of h_errno.
// canonical: room for 254 bytes, or nullptr.
int find_host(const char* name, int family, bool number_only, HostAddress* out, size_t room,
              size_t& count, char* canonical);
// The name of an address; 0 or a value of h_errno.
int find_host_name(const void* address, int family, char* name, size_t room);
