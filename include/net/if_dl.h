/* SPDX-License-Identifier: Apache-2.0 */
/* Link-level addresses. */
#pragma once
#include <sys/socket.h>
struct sockaddr_dl {
    uint8_t sdl_len;
    sa_family_t sdl_family;
    uint16_t sdl_index;
    uint8_t sdl_type, sdl_nlen, sdl_alen, sdl_slen;
    char sdl_data[24]; /* name, then address, then selector */
};
#define LLADDR(s) ((char *)((s)->sdl_data + (s)->sdl_nlen))
#define CLLADDR(s) ((const char *)((s)->sdl_data + (s)->sdl_nlen))
#ifdef __cplusplus
extern "C" {
#endif
void link_addr(const char *addr, struct sockaddr_dl *sdl);
char *link_ntoa(const struct sockaddr_dl *sdl);
#ifdef __cplusplus
}
#endif
