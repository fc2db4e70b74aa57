/* SPDX-License-Identifier: Apache-2.0 */
/* in_addr_t, in_port_t, struct in_addr: shared by <netinet/in.h> and <arpa/inet.h>. */
#pragma once
#include <stdint.h>
typedef uint32_t in_addr_t;
typedef uint16_t in_port_t;
struct in_addr {
    in_addr_t s_addr;
};
