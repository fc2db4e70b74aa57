/* SPDX-License-Identifier: Apache-2.0 */
/* Resource database: which process has which interrupts, ports, memory. An agreement among drivers; nothing is switched by it. (lib_ref rsrcdbmgr_*) */
#pragma once
#include <abi/rsrc.h>
#include <sys/platform.h>
#define RSRCDBMGR_IRQ 1u
#define RSRCDBMGR_IO_PORT 2u
#define RSRCDBMGR_MEMORY 3u
#define RSRCDBMGR_DMA_CHANNEL 4u
#define RSRCDBMGR_PCI_MEMORY 5u
#define RSRCDBMGR_TYPE_MASK ABI_RSRC_TYPE
#define RSRCDBMGR_FLAG_ALIGN ABI_RSRC_ALIGN       /* the start is a multiple of align */
#define RSRCDBMGR_FLAG_RANGE ABI_RSRC_RANGE       /* between start and end; else anywhere */
#define RSRCDBMGR_FLAG_SHARE ABI_RSRC_SHARE       /* with others who say so, too */
#define RSRCDBMGR_FLAG_TOPDOWN ABI_RSRC_TOPDOWN   /* the highest place, not the lowest */
#define RSRCDBMGR_FLAG_NAME ABI_RSRC_NAME         /* of the resource with that name */
#define RSRCDBMGR_FLAG_USED ABI_RSRC_USED         /* rsrcdbmgr_query(): somebody has it */
#define RSRCDBMGR_FLAG_NOREMOVE ABI_RSRC_NOREMOVE /* rsrcdbmgr_destroy() does not take it away */
typedef struct _rsrc_alloc {
    uint64_t start, end; /* inclusive */
    uint32_t flags;
    const char *name;    /* with FLAG_NAME, up to RSRC_NAME_MAX bytes */
} rsrc_alloc_t;
typedef struct _rsrc_request {
    uint64_t length, align, start, end;
    uint32_t flags;
    uint32_t zero[2];
    const char *name;
} rsrc_request_t;
__NTO_BEGIN_DECLS
/* All items or none; EOK or -1. EPERM: needs PROCMGR_AID_RSRCDBMGR. EINVAL: no such type, an empty range, not what was created or
 * reserved. EEXIST (create): overlaps. EBUSY (destroy): reserved, or NOREMOVE. EAGAIN (attach): nothing free fits. ENOMEM. */
int rsrcdbmgr_create(rsrc_alloc_t *item, int count);
int rsrcdbmgr_destroy(rsrc_alloc_t *item, int count);
/* Reserves for the process until rsrcdbmgr_detach() or its end; start and end of each request are filled in. */
int rsrcdbmgr_attach(rsrc_request_t *list, int count);
int rsrcdbmgr_detach(rsrc_request_t *list, int count);
/* Resources of the type, then reservations (FLAG_USED), from the start-th on: how many were written; list NULL: how many there are. Names are
 * not told. */
int rsrcdbmgr_query(rsrc_alloc_t *list, int listcnt, int start, uint32_t type);
__NTO_END_DECLS
