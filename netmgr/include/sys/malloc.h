/* SPDX-License-Identifier: Apache-2.0 */
/* Typed memory for drivers: malloc(size, M_DEVBUF, M_NOWAIT | M_ZERO) and free(p, M_DEVBUF). Include after <stdlib.h>. */
#ifndef _SYS_MALLOC_H
#define _SYS_MALLOC_H
#include <stddef.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif
enum { M_TEMP_TYPE = 0, M_DEVBUF_TYPE = 1 };
#define M_TEMP M_TEMP_TYPE
#define M_DEVBUF M_DEVBUF_TYPE
#define M_NOWAIT 0x01
#define M_WAITOK 0x02
#define M_ZERO 0x04

void *nw_malloc(size_t size, int type, int flags);
void nw_free(void *addr, int type);
#define malloc(size, type, flags) nw_malloc((size), (type), (flags))
#define free(addr, type) nw_free((addr), (type))
#ifdef __cplusplus
}
#endif
#endif
