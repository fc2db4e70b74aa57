// SPDX-License-Identifier: Apache-2.0
// io-pkt's entries in the path name space.
#pragma once
#include <stdint.h>
#include <unistd.h>

namespace netmgr {

class Stack;
struct ServerOptions;

// The handle of a connect message says which entry was opened: an address family, or mounting.
constexpr uint32_t mount_handle = 0x10000;
// st_dev of io-pkt's names: one for each process, apart from those that libc's resmgr_devino() gives.
inline uint32_t device_number()
{
    return static_cast<uint32_t>(getpid()) << 8 | 0xff;
}

constexpr uint32_t device_handle = 0x18000; // plus DeviceNode::id

// One entry; its link id takes it away again (PATH_DETACH). 0 or an errno.
int attach_path(const char* path, uint32_t file_type, uint32_t flags, uint32_t handle, int chid,
                uint32_t& link_id);
void detach_path(uint32_t link_id);
int attach_paths(const Stack& stack, int chid, const ServerOptions& options);

} // namespace netmgr
