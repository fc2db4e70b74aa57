// SPDX-License-Identifier: Apache-2.0
// The file system's message handlers.
#pragma once
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/resmgr.h>

#include "tree.hpp"

namespace tmpfs {

struct Server {
    Tree* tree;
    resmgr_connect_funcs_t connect;
    resmgr_io_funcs_t io;
};
extern Server server;

int on_open(resmgr_context_t* ctp, io_open_t* msg, iofunc_attr_t* handle, void* extra);
int on_unlink(resmgr_context_t* ctp, io_unlink_t* msg, iofunc_attr_t* handle, void* reserved);
int on_rename(resmgr_context_t* ctp, io_rename_t* msg, iofunc_attr_t* handle, void* extra);
int on_mknod(resmgr_context_t* ctp, io_mknod_t* msg, iofunc_attr_t* handle, void* reserved);
int on_readlink(resmgr_context_t* ctp, io_readlink_t* msg, iofunc_attr_t* handle, void* reserved);
int on_link(resmgr_context_t* ctp, io_link_t* msg, iofunc_attr_t* handle, void* extra);

int on_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb);
int on_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb);
int on_space(resmgr_context_t* ctp, io_space_t* msg, iofunc_ocb_t* ocb);
int on_stat(resmgr_context_t* ctp, io_stat_t* msg, iofunc_ocb_t* ocb);
int on_devctl(resmgr_context_t* ctp, io_devctl_t* msg, iofunc_ocb_t* ocb);
int on_fdinfo(resmgr_context_t* ctp, io_fdinfo_t* msg, iofunc_ocb_t* ocb);
int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb);

} // namespace tmpfs
