// SPDX-License-Identifier: Apache-2.0
// The variables behind sysctl net.inet6.*.
#pragma once
#include <stdint.h>

namespace netmgr {

struct Ip6Settings {
    int32_t forwarding = 0;
    int32_t redirect = 1;
    int32_t hlim = 64;
    int32_t maxfragpackets = 200;
    int32_t maxfrags = 1024;
    int32_t accept_rtadv = 0;
    int32_t hdrnestlimit = 15; // extension headers of a packet
    int32_t dad_count = 1;
    int32_t auto_linklocal = 1;
    int32_t v6only = 1;
    int32_t auto_flowlabel = 1;
    int32_t use_deprecated = 1;
    int32_t maxifprefixes = 16;   // of an interface, told by routers
    int32_t maxifdefrouters = 16; // default routers of an interface
};

struct Icmp6Settings {
    int32_t rediraccept = 1;
    int32_t redirtimeout = 600;
    int32_t errppslimit = 100;
    int32_t nd6_delay = 5;     // seconds in DELAY
    int32_t nd6_umaxtries = 3; // unicast probes
    int32_t nd6_mmaxtries = 3; // multicast solicitations
    int32_t nd6_useloopback = 1;
    int32_t nd6_prune = 1;
    int32_t nd6_maxqueuelen = 16; // packets waiting for one neighbour
    int32_t mtudisc_hiwat = 1280; // host routes learned from errors and redirects
};

} // namespace netmgr
