// SPDX-License-Identifier: Apache-2.0
// What the network programs share: time, names of hosts and services, listening, connecting, whole writes.
#pragma once
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

namespace net {

constexpr uint64_t ns_per_ms = 1000000;
constexpr uint64_t ns_per_s = 1000 * ns_per_ms;

uint64_t now_ns(); // CLOCK_MONOTONIC

// The Internet checksum (RFC 1071) of bytes in wire order, ready to be stored.
uint16_t checksum(const void* data, size_t length);

struct sockaddr_in address(in_addr_t number, uint16_t port); // number in wire order, port in ours

// Fills address and length, keeps the port; false with a message.
bool resolve(const char* host, struct sockaddr_in* to);

// A port by number or service name ("80", "http"); -1 with a message.
int port_of(const char* service, const char* protocol);

// A bound socket; for SOCK_STREAM it listens. -1 with errno.
int listen_on(const struct sockaddr_in& at, int type, int backlog = 16);

// Connects within timeout_ms (-1: as long as TCP tries). -1 with errno.
int connect_stream(const struct sockaddr_in& to, int timeout_ms = -1);

// The same for either family: names with a port in ss.
bool resolve(const char* host, int family, struct sockaddr_storage* to);
// The family of what is written as an address; AF_UNSPEC, so that resolve() takes the best one, for names.
int family_of(const char* host);
void set_any(int family, struct sockaddr_storage* to);
void set_port(struct sockaddr_storage* to, int port);
in_port_t port_number(const struct sockaddr_storage& name); // ours, not wire order
bool same_host(const struct sockaddr_storage& a, const struct sockaddr_storage& b);
int listen_on(const struct sockaddr_storage& at, int type, int backlog = 16);
// On a port of all addresses, of both families where io-pkt has IPv6.
int listen_everywhere(int port, int type, int backlog = 16);
int connect_stream(const struct sockaddr_storage& to, int timeout_ms = -1);
const char* text(const struct sockaddr_storage& address); // an IPv4-mapped one as IPv4

// Everything or false with errno.
bool write_all(int fd, const void* data, size_t length);

// "10.0.0.1:80" in a static buffer.
const char* text(const struct sockaddr_in& address);

} // namespace net
