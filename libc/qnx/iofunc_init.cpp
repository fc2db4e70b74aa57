// SPDX-License-Identifier: Apache-2.0
// iofunc_func_init(): both function tables with every default there is.
#include "iofunc.hpp"
#include <string.h>

namespace {

const resmgr_connect_funcs_t connect_defaults = {
    _RESMGR_CONNECT_NFUNCS,
    iofunc_open_default,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

const resmgr_io_funcs_t io_defaults = {
    .nfuncs = _RESMGR_IO_NFUNCS,
    .read = iofunc_read_default,
    .write = iofunc_write_default,
    .close_ocb = iofunc_close_ocb_default,
    .stat = iofunc_stat_default,
    .notify = nullptr,
    .devctl = iofunc_devctl_default,
    .unblock = iofunc_unblock_default,
    .pathconf = iofunc_pathconf_default,
    .lseek = iofunc_lseek_default,
    .chmod = iofunc_chmod_default,
    .chown = iofunc_chown_default,
    .utime = iofunc_utime_default,
    .openfd = iofunc_openfd_default,
    .fdinfo = iofunc_fdinfo_default,
    .lock = iofunc_lock_default,
    .space = nullptr,
    .shutdown = nullptr,
    .mmap = nullptr,
    .msg = nullptr,
    .reserved = nullptr,
    .dup = nullptr,
    .close_dup = iofunc_close_dup_default,
    .lock_ocb = iofunc_lock_ocb_default,
    .unlock_ocb = iofunc_unlock_ocb_default,
    .sync = iofunc_sync_default,
};

// Fills the first n members; the rest of the caller's table is not ours.
template <typename Table>
void fill(Table* table, const Table& defaults, unsigned n, unsigned all, size_t first)
{
    if (n > all)
        n = all;
    memcpy(reinterpret_cast<char*>(table) + first, reinterpret_cast<const char*>(&defaults) + first,
           n * sizeof(void*));
    table->nfuncs = n;
}

} // namespace

void iofunc_func_init(unsigned nconnect, resmgr_connect_funcs_t* connect, unsigned nio,
                      resmgr_io_funcs_t* io)
{
    if (connect != nullptr)
        fill(connect, connect_defaults, nconnect, _RESMGR_CONNECT_NFUNCS,
             offsetof(resmgr_connect_funcs_t, open));
    if (io != nullptr)
        fill(io, io_defaults, nio, _RESMGR_IO_NFUNCS, offsetof(resmgr_io_funcs_t, read));
}
