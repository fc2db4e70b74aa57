// SPDX-License-Identifier: Apache-2.0
// link_ntoa(), link_addr(): "wm0:52.54.0.12.34.56" and back.
#include <ctype.h>
#include <net/if_dl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char* link_ntoa(const struct sockaddr_dl* sdl)
{
    static char text[64];
    size_t used = 0;
    if (sdl->sdl_nlen > 0 && sdl->sdl_nlen < 16) {
        memcpy(text, sdl->sdl_data, sdl->sdl_nlen);
        used = sdl->sdl_nlen;
        if (sdl->sdl_alen > 0)
            text[used++] = ':';
    }
    for (unsigned i = 0;
         i < sdl->sdl_alen && used + 4 < sizeof text && sdl->sdl_nlen + i < sizeof sdl->sdl_data;
         ++i) {
        auto byte = static_cast<unsigned char>(CLLADDR(sdl)[i]);
        used += static_cast<size_t>(
            snprintf(text + used, sizeof text - used, i == 0 ? "%x" : ".%x", byte));
    }
    text[used] = '\0';
    return text;
}

void link_addr(const char* addr, struct sockaddr_dl* sdl)
{
    memset(sdl, 0, sizeof *sdl);
    sdl->sdl_len = sizeof *sdl;
    sdl->sdl_family = AF_LINK;
    if (const char* colon = strchr(addr, ':');
        colon != nullptr && !isxdigit(static_cast<unsigned char>(addr[0]))) {
        size_t length = static_cast<size_t>(colon - addr);
        if (length > 15)
            length = 15;
        memcpy(sdl->sdl_data, addr, length);
        sdl->sdl_nlen = static_cast<uint8_t>(length);
        addr = colon + 1;
    }
    while (sdl->sdl_alen < 8 && isxdigit(static_cast<unsigned char>(*addr))) {
        char* end;
        LLADDR(sdl)[sdl->sdl_alen++] = static_cast<char>(strtoul(addr, &end, 16));
        addr = *end == '.' || *end == ':' || *end == '-' ? end + 1 : end;
    }
}
