/* SPDX-License-Identifier: Apache-2.0 */
/* The symbol by which the stack finds a driver's or module's entry. */
#ifndef _NW_DL_H
#define _NW_DL_H

struct _iopkt_self;

#define IOPKT_DRVR_ENTRY_VERSION 1
enum { IOPKT_MODULE_DRVR = 1, IOPKT_MODULE_LSM = 2 };

struct _iopkt_drvr_entry {
    int version;    /* IOPKT_DRVR_ENTRY_VERSION */
    int type;       /* IOPKT_MODULE_* */
    int (*init)(void *dll_hdl, struct _iopkt_self *iopkt, char *options);
};
#define _iopkt_lsm_entry _iopkt_drvr_entry

#define IOPKT_DRVR_ENTRY_SYM(name) iopkt_drvr_entry
#define IOPKT_LSM_ENTRY_SYM(name) iopkt_lsm_entry
#define IOPKT_DRVR_ENTRY_SYM_INIT(fn) {IOPKT_DRVR_ENTRY_VERSION, IOPKT_MODULE_DRVR, (fn)}
#define IOPKT_LSM_ENTRY_SYM_INIT(fn) {IOPKT_DRVR_ENTRY_VERSION, IOPKT_MODULE_LSM, (fn)}

struct nw_dll_syms {
    const char *symname;
    void *addr;
};
#endif
