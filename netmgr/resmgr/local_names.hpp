// SPDX-License-Identifier: Apache-2.0
// Names of local sockets in the path space: bind attaches one, unlink takes it away.
#pragma once
#include <abi/sockright.h>

#include "local/local.hpp"
#include "resmgr/request.hpp"

namespace netmgr {

// Handles of connect messages from here on are names: base + LocalName::id.
constexpr uint32_t local_name_handle = 0x20000;

class PathNames final : public LocalNameSpace {
public:
    void set_channel(int chid) { chid_ = chid; }
    int publish(LocalName& name) override;
    void withdraw(LocalName& name) override;

private:
    int chid_ = -1;
};

// May a client of these ids make this name? Asks the servers of the path: outside the stack context only.
// 0, EADDRINUSE, ENOENT, ENOTDIR or EACCES.
int check_new_name(const char* path, const Cred& cred);

// The server of a descriptor that travels is told that nobody will take it.
void give_up_right(const sock_right& right);

} // namespace netmgr
