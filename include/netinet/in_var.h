/* SPDX-License-Identifier: Apache-2.0 */
/* Interface address requests of the Internet family. */
#pragma once
#include <net/if.h>
#include <netinet/in.h>
struct in_aliasreq {
    char ifra_name[IFNAMSIZ];
    struct sockaddr_in ifra_addr, ifra_dstaddr;
    struct sockaddr_in ifra_mask;
};
