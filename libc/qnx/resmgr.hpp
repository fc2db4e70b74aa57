// SPDX-License-Identifier: Apache-2.0
// Inside of the resource-manager layer: attachments, replying, closing.
#pragma once
#include "dispatch.hpp"
#include "ocb_table.hpp"

namespace qnx {

// What resmgr_attach() was given, copied out under the table's lock.
struct Attachment {
    dispatch_t* dpp;
    const resmgr_connect_funcs_t* connect;
    const resmgr_io_funcs_t* io;
    RESMGR_HANDLE_T* handle;
};
bool find_attachment(int id, Attachment* out);

// Turns a handler's return value into the reply. False when the client is gone already.
bool resmgr_reply(resmgr_context_t* ctp, int result);

// One I/O message at `msg` (ctp->offset, ctp->size say where it lies): the handler's return value. *held is the binding whose
// ocb is locked until finish_io() is called after the reply.
int resmgr_io(resmgr_context_t* ctp, void* msg, Binding** held);
void finish_io(resmgr_context_t* ctp, Binding* held);

// After ocb_table::remove*(): close_dup for the connection, close_ocb when it was the last. Returns close_dup's value.
int close_connection(resmgr_context_t* ctp, Binding* binding, void* msg);
void drop(resmgr_context_t* ctp, Binding* binding);
// Ends a find() of what an open made: closes it again when its client died or left before the reply.
void undo_unless(bool delivered, resmgr_context_t* ctp, Binding* made);

// A member of a functions table, when the table (nfuncs) is that long.
#define QNX_FUNC(table, first, member)                                                             \
    ((table) != nullptr &&                                                                         \
             offsetof(__typeof__(*(table)), member) <                                              \
                 offsetof(__typeof__(*(table)), first) + (table)->nfuncs * sizeof(void*)           \
         ? (table)->member                                                                         \
         : nullptr)
#define QNX_CONNECT_FUNC(table, member) QNX_FUNC(table, open, member)
#define QNX_IO_FUNC(table, member)      QNX_FUNC(table, read, member)

} // namespace qnx
