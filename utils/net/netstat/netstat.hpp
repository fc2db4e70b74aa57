// SPDX-License-Identifier: Apache-2.0
// netstat's options and its displays. Each returns an exit status.
#pragma once
#include "net/lib/routing.hpp"

struct Options {
    bool all = false;                // -a
    bool pcb_address = false;        // -A
    bool bytes = false;              // -b
    bool drops = false;              // -d
    bool hide_link = false;          // -L
    bool numeric = false;            // -n
    bool watchdog = false;           // -t
    bool wide = false;               // -v
    int statistics = 0;              // -s, twice: no zeros
    int family = 0;                  // -f
    int fib = 0;                     // -F; -1 = all
    const char* protocol = nullptr;  // -p
    const char* interface = nullptr; // -I
    const char* block = nullptr;     // -P
    long wait = 0;                   // -w seconds
};
extern Options options;

int show_sockets();
int show_control_block();
int show_routes();
int show_statistics();
int show_interfaces();
int show_interface_rates();
int show_mbufs();
int show_groups();
