// SPDX-License-Identifier: Apache-2.0
// The stack's sockets as text, for netstat and sockstat.
#pragma once
#include <string>
#include <sys/sockinfo.h>
#include <vector>

namespace sockets {

bool read_all(std::vector<socket_info>& all); // false with errno; in order of creation
bool read_descriptors(std::vector<socket_descriptor>& all);
const char* protocol_text(const socket_info& s); // "tcp", "udp", "icmp", "raw" ...
const char* state_text(const socket_info& s);    // of TCP; "" when it has none
unsigned port_of(const sockaddr_storage& ss);
// "10.0.0.2.80", "*.53", "*.*"; -n prints ports as numbers too.
std::string endpoint_text(const sockaddr_storage& ss, bool numeric, char between = '.');
std::string path_of(const sockaddr_storage& ss); // of AF_LOCAL

} // namespace sockets
