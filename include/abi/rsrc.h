/* SPDX-License-Identifier: Apache-2.0 */
/* PROC_RSRC: the resource database, one item a message (rsrcdbmgr_*()). To pid 1, beside <abi/proc_msg.h>. */
#pragma once
#include <stdint.h>
#define PROC_RSRC 0x90 /* struct proc_rsrc; subtype = RSRC_*; reply: the struct, filled in */
enum { RSRC_CREATE, RSRC_DESTROY, RSRC_ATTACH, RSRC_DETACH, RSRC_QUERY /* align = index; status: how many there are of the type */ };
#define RSRC_NAME_MAX 31
struct proc_rsrc {
    uint16_t type, subtype;
    uint32_t flags; /* RSRCDBMGR_* */
    uint64_t start, end, length, align;
    char name[RSRC_NAME_MAX + 1];
};
/* Low byte of flags: what kind. */
#define ABI_RSRC_TYPE 0x000000ffu
#define ABI_RSRC_ALIGN 0x00000100u
#define ABI_RSRC_RANGE 0x00000200u
#define ABI_RSRC_SHARE 0x00000400u
#define ABI_RSRC_TOPDOWN 0x00000800u
#define ABI_RSRC_NAME 0x00001000u
#define ABI_RSRC_USED 0x00002000u
#define ABI_RSRC_NOREMOVE 0x00004000u
