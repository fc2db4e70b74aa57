// SPDX-License-Identifier: Apache-2.0
// Opening and reading files from a kernel thread, by the same messages a user program would send.
#pragma once

#include <cstdint>
#include <string_view>
#include <sys/iomsg.h>

namespace mm {
class SharedObject;
}

namespace proc {

/// A file open in the calling thread's process. Every function may block; none may be called by a procmgr worker.
class FileClient {
public:
    FileClient() = default;
    ~FileClient() { close(); }
    FileClient(const FileClient&) = delete;
    FileClient& operator=(const FileClient&) = delete;

    /// `index`: lowest coid wanted, or object::side_channel. ioflag: _IO_FLAG_* and O_*.
    int open(std::string_view path, uint32_t ioflag, uint32_t index);
    int stat(_io_stat_data& out);
    /// Bytes read (short only at the end), or a negative errno.
    int64_t read(uint64_t offset, void* to, uint64_t size);
    /// The memory behind the file when it is procnto's own; nullptr otherwise. Not retained.
    mm::SharedObject* object() const;
    int coid() const { return coid_; }
    /// Keeps the connection open when this object goes.
    int leave()
    {
        const int coid = coid_;
        coid_ = -1;
        return coid;
    }
    void close();

private:
    int coid_ = -1;
};

/// stat() of a path, without opening it.
int stat_path(std::string_view path, _io_stat_data& out);

/// close() of a connection of the calling thread's process: _IO_CLOSE to its server, then detach.
void close_connection(int coid);

/// _IO_DUP over `coid`, a connection of the calling thread's process that was cloned from `owner`'s owner_coid.
int send_dup(int coid, int owner_pid, int owner_scoid, int owner_coid);

} // namespace proc
