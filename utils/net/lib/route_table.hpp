// SPDX-License-Identifier: Apache-2.0
// The table of routes as netstat -r and route show print it.
#pragma once

struct RouteTableOptions {
    bool numeric = false;
    bool all = true;        // -a: cloned routes and neighbours too
    bool hide_link = false; // -L
    int family = 0;         // -f: AF_INET or AF_INET6 alone
    int fib = 0;
};

bool print_route_table(const RouteTableOptions& options); // false with errno
