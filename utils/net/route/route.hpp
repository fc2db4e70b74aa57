// SPDX-License-Identifier: Apache-2.0
// route's parts: a command with its words, and what it prints.
#pragma once
#include "net/lib/routing.hpp"

struct RouteOptions {
    bool numeric = false;
    bool quiet = false;
    bool verbose = false;
    int fib = 0;
};
extern RouteOptions route_options;

// A request as the words after add, delete, change and get give it.
struct RouteWords {
    int flags = RTF_STATIC;
    bool host = false, net = false, interface = false;
    bool has_destination = false, has_gateway = false, has_mask = false;
    uint32_t destination = 0, gateway = 0, mask = 0;
    bool six = false; // -inet6: these instead of the three above
    struct sockaddr_in6 destination6 = {}, gateway6 = {};
    unsigned prefix6 = 128;
    unsigned interface_index = 0; // a gateway given by interface name, or -ifp
    bool link_gateway = false;
    uint32_t source = 0; // -ifa
    rt_metrics metrics = {};
    int inits = 0;
};

bool parse_words(char** words, RouteWords& out);

int open_route_socket();                                     // -1 with a message
int send_request(int fd, int type, const RouteWords& words); // 0 or an errno
int command_get(const RouteWords& words);
int command_monitor();
int command_show();
int command_flush(char** words);
