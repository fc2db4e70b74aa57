// SPDX-License-Identifier: Apache-2.0
// Open sockets: what several file descriptors may share after dup() or spawn(), who waits on it, and the table that finds it.
// Stack context only.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "kern/socket.hpp"

namespace netmgr {

struct Parked;
struct Watcher;
class Server;

struct SocketFile {
    Server* server = nullptr;
    Socket* so = nullptr;
    uint32_t device = 0;      // DeviceNode::id when it is no socket of a client's
    unsigned fds = 0;         // descriptors that name it, in flight or not
    unsigned passed = 0;      // of them, left for another process to take
    uint32_t ioflag = 0;      // O_* of the open file
    pid_t owner = 0;          // gets SIGIO with O_ASYNC; negative: a process group
    Parked* parked = nullptr; // oldest first
    Watcher* watchers = nullptr;
    bool dirty = false;    // readiness may have changed: look at parked and watchers
    bool unwanted = false; // the last descriptor, on its way to nobody, was dropped
    SocketFile* next_dirty = nullptr;
};

struct Fd {
    int scoid;
    int coid;
    SocketFile* file;
    Fd* next;
};

// (client connection, its descriptor) -> open socket.
class FdTable {
public:
    SocketFile* find(int scoid, int coid) const;
    // Adds a reference; false when memory is out. An old entry of the same name is the caller's business.
    bool add(int scoid, int coid, SocketFile* file);
    // Takes one entry out; nullptr when there is none.
    SocketFile* remove(int scoid, int coid);
    // Takes out any one entry of a client; its descriptor in *coid.
    SocketFile* remove_any(int scoid, int& coid);
    size_t size() const { return size_; }
    template <typename Fn>
    void for_each(Fn fn) const
    {
        for (const Fd* head : buckets_)
            for (const Fd* fd = head; fd != nullptr; fd = fd->next)
                fn(*fd);
    }

private:
    static constexpr unsigned bucket_count = 256;
    static unsigned bucket(int scoid, int coid)
    {
        return (static_cast<unsigned>(scoid) * 31 + static_cast<unsigned>(coid)) % bucket_count;
    }
    SocketFile* unlink(Fd** at);

    Fd* buckets_[bucket_count] = {};
    size_t size_ = 0;
};

} // namespace netmgr
