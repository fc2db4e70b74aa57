/* SPDX-License-Identifier: Apache-2.0 */
/* Link-level socket addresses. */
#ifndef _NET_IF_DL_H
#define _NET_IF_DL_H
#include <stdint.h>
#include <sys/socket.h>

struct sockaddr_dl {
    uint8_t sdl_len;
    sa_family_t sdl_family; /* AF_LINK */
    uint16_t sdl_index;     /* interface, 0 = none */
    uint8_t sdl_type;       /* IFT_* */
    uint8_t sdl_nlen;       /* name bytes, no NUL */
    uint8_t sdl_alen;       /* link-level address bytes, after the name */
    uint8_t sdl_slen;
    char sdl_data[24];
};
#define LLADDR(s) ((char *)((s)->sdl_data + (s)->sdl_nlen))
#define CLLADDR(s) ((const char *)((s)->sdl_data + (s)->sdl_nlen))

#ifdef __cplusplus
extern "C" {
#endif
void link_addr(const char *, struct sockaddr_dl *);
char *link_ntoa(const struct sockaddr_dl *);
#ifdef __cplusplus
}
#endif
#endif
