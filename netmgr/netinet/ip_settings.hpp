// SPDX-License-Identifier: Apache-2.0
// The variables behind sysctl net.inet.*.
#pragma once
#include <stdint.h>

namespace netmgr {

struct IpSettings {
    int32_t forwarding = 0;
    int32_t redirect = 1; // send ICMP redirects when forwarding
    int32_t ttl = 64;
    int32_t forwsrcrt = 0;          // forward source-routed packets
    int32_t directed_broadcast = 0; // forward to a subnet's broadcast address
    int32_t allowsrcrt = 0;         // accept source-routed packets for us
    int32_t subnetsarelocal = 1;
    int32_t mtudisc = 1;
    int32_t mtudisctimeout = 600; // seconds a learned path MTU is kept
    int32_t anonportmin = 49152;
    int32_t anonportmax = 65535;
    int32_t lowportmin = 600;
    int32_t lowportmax = 1023;
    int32_t maxflows = 0;         // of fast forwarding; 0 = none (fastforward= chooses)
    int32_t maxfragpackets = 200; // packets being put together; 0 = accept no fragments
    int32_t checkinterface = 0;   // 1: a packet must come in on the interface that has its address
    int32_t do_loopback_cksum = 0;
    int32_t hostzerobroadcast = 1; // host part 0 is a broadcast too
};

struct IcmpSettings {
    int32_t bmcastecho = 0;
    int32_t errppslimit = 100; // errors a second; 0 = none at all, -1 = no limit
    int32_t rediraccept = 1;
    int32_t redirtimeout = 600;
    int32_t returndatabytes = 8; // of the packet that caused the error, behind its header
};

struct UdpSettings {
    int32_t checksum = 1;
    int32_t sendspace = 9216; // largest datagram
    int32_t recvspace = 41600;
    int32_t do_loopback_cksum = 0;
};

struct ArpSettings {
    int32_t prune = 300;   // seconds between looks for old entries
    int32_t keep = 1200;   // life of an entry after it was confirmed
    int32_t down = 20;     // silence after all tries failed
    int32_t refresh = 300; // used within so many seconds before its end: confirmed again
};

} // namespace netmgr
