// SPDX-License-Identifier: Apache-2.0
// Which open context belongs to which client connection: (scoid, coid) -> binding, shared by dup()ed connections.
#pragma once
#include <sys/resmgr.h>

namespace qnx {

// One open. `connections` table entries and `busy` running handlers keep it alive; whoever drops the last calls close_ocb.
struct Binding {
    void* ocb;
    const resmgr_io_funcs_t* funcs;
    int id; // resmgr_attach() id
    unsigned connections;
    unsigned busy;
};

namespace ocb_table {

// Binds; an entry left over for the same connection is returned in *old, to be released like one taken by remove().
int insert(const resmgr_context_t* ctp, Binding* binding, Binding** old);

// The binding of a connection with one more `busy`, or nullptr. Release with release().
Binding* find(int scoid, int coid);
// Looks for a connection of another process (or of the same one) by pid, for _IO_DUP.
Binding* find_by_pid(int chid, int pid, int coid);

// Takes the entry out (one connection less) and returns its binding with one more `busy`.
Binding* remove(int scoid, int coid);
// The same, but only when the entry is still this binding's: after a reply the client may have reused the connection's number.
// Does nothing and returns false otherwise.
bool remove_exact(int scoid, int coid, Binding* binding);
// Any entry of this client; *coid tells which. nullptr when there is none left.
Binding* remove_any(int scoid, int* coid);
// Any entry made through this attachment.
Binding* remove_by_id(int id, int* scoid, int* coid);

// Drops `busy`; true when this was the last use and the caller has to close the ocb and free the binding.
bool release(Binding* binding);

} // namespace ocb_table
} // namespace qnx
