/* SPDX-License-Identifier: Apache-2.0 */
/* Resource database: only the request layout; see docs/scope.md for what serves it. */
#pragma once
#include <sys/platform.h>
#define RSRCDBMGR_IRQ 1
#define RSRCDBMGR_IO_PORT 2
#define RSRCDBMGR_MEMORY 3
#define RSRCDBMGR_DMA_CHANNEL 4
#define RSRCDBMGR_PCI_MEMORY 5
typedef struct _rsrc_request {
    uint64_t length, align, start, end;
    uint32_t flags;
    uint32_t zero[2];
    const char *name;
} rsrc_request_t;
