/* SPDX-License-Identifier: Apache-2.0 */
/* Local (Unix domain) socket addresses. */
#pragma once
#include <sys/socket.h>
struct sockaddr_un {
    uint8_t sun_len;
    sa_family_t sun_family;
    char sun_path[104];
};
#define SUN_LEN(su) (sizeof(*(su)) - sizeof((su)->sun_path) + __builtin_strlen((su)->sun_path))
