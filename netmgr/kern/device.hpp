// SPDX-License-Identifier: Apache-2.0
// Device nodes: /dev/bpf, /dev/tun0 and their like. An open node is a socket of a domain no client can name, so that waiting,
// select() and descriptors are those of sockets.
#pragma once
#include <stdint.h>

#include <sys/socket.h>

#include "kern/protosw.hpp"

namespace netmgr {

constexpr int device_domain = AF_MAX + 1;

class DeviceProtosw;

struct DeviceNode {
    char path[40] = {};    // "/dev/bpf", below the stack's prefix
    const char* kind = ""; // -u's word for it: "bpf", "tun", "tap"
    DeviceProtosw* driver = nullptr;
    int unit = -1;        // -1: every open makes something new
    uint32_t mode = 0600; // permissions; 0:0 owns it
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint32_t id = 0;   // of connect messages
    uint32_t link = 0; // the front's: the name in the path space
    DeviceNode* next = nullptr;
};

// The path space, of the front. Nodes made before there is one are published when it starts.
class DeviceSpace {
public:
    virtual int publish(DeviceNode& node) = 0; // 0 or an errno
    virtual void withdraw(DeviceNode& node) = 0;

protected:
    ~DeviceSpace() = default;
};

class DeviceList {
public:
    DeviceList() = default;
    ~DeviceList();
    DeviceList(const DeviceList&) = delete;
    DeviceList& operator=(const DeviceList&) = delete;

    int add(DeviceProtosw& driver, const char* kind, const char* path, int unit);
    void remove(DeviceProtosw& driver, int unit); // all of the driver's with this unit
    void remove_all(DeviceProtosw& driver);
    DeviceNode* find(uint32_t id);
    DeviceNode* first() { return first_; }
    // Publishes what there is; later ones at once. 0 or an errno.
    int set_space(DeviceSpace* space);

private:
    DeviceNode* first_ = nullptr;
    DeviceSpace* space_ = nullptr;
    uint32_t last_id_ = 0;
};

// A kind of device. Its sockets count as connected: reads and writes need no name.
class DeviceProtosw : public Protosw {
public:
    explicit DeviceProtosw(uint32_t flag_bits)
        : Protosw(device_domain, 0, 0, pr_atomic | pr_connrequired | flag_bits)
    {
    }
    // so is new; unit is the node's. 0 or an errno.
    virtual int open(Socket& so, int unit, const Cred& cred) = 0;

    int attach(Socket&, const Cred&) final { return EOPNOTSUPP; }
    int bind(Socket&, const sockaddr*, const Cred&) final { return EOPNOTSUPP; }
    int sockname(Socket&, sockaddr_storage&, socklen_t&) final { return EOPNOTSUPP; }
    int peername(Socket&, sockaddr_storage&, socklen_t&) final { return EOPNOTSUPP; }

protected:
    ~DeviceProtosw() = default;
};

// Opens a node; permission was checked. 0 or an errno.
int device_open(Stack& stack, const DeviceNode& node, const Cred& cred, Socket** out);
// A packet off so.rcv, cut to room. There is one.
void device_take_record(Socket& so, size_t room, Received& out);

} // namespace netmgr
