// SPDX-License-Identifier: Apache-2.0
// procnto's own resource managers: a small kit that answers _IO_* messages for the files procnto keeps itself.
#pragma once

#include "proc/path_text.hpp"
#include "proc/request.hpp"

#include <boost/intrusive/set.hpp>
#include <cstdint>
#include <string_view>
#include <sys/iomsg.h>

namespace mm {
class SharedObject;
struct MapRequest;
} // namespace mm
struct mem_bind;
struct mem_handle;

namespace proc {

struct Ocb;

/// Collects the names of a directory while it is listed. Names that come twice (union of managers) are kept once.
class Listing {
public:
    Listing() = default;
    ~Listing() { delete[] data_; }
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;
    bool add(std::string_view name, uint64_t ino); // false = no memory
    void clear() { size_ = count_ = 0; }
    /// Writes whole records from entry number `first`; returns their bytes and moves `first` on.
    uint32_t fill(uint8_t* out, uint32_t room, uint64_t& first) const;
    uint32_t count() const { return count_; }

private:
    bool contains(std::string_view name) const;
    char* data_ = nullptr; // ino (8 bytes), name, NUL; back to back
    uint32_t size_ = 0, capacity_ = 0, count_ = 0;
};

/// Something of procnto's that can be opened. Reference counted; an open file holds one reference.
class Resource {
public:
    Resource() = default;
    Resource(const Resource&) = delete;
    Resource& operator=(const Resource&) = delete;
    void retain() { ++references_; }
    void release()
    {
        if (--references_ == 0) {
            destroy();
        }
    }

    virtual void stat(_io_stat_data& out) const = 0;
    /// Up to `size` bytes at `offset` into `to`: bytes, or a negative errno.
    virtual int64_t read(Request&, uint64_t offset, uint8_t* to, uint64_t size);
    virtual int64_t write(Request&, uint64_t offset, const uint8_t* from, uint64_t size);
    virtual bool is_directory() const { return false; }
    /// May this client open it whatever the mode says? Reads and writes are then judged one by one.
    virtual bool open_to(const object::Process& /*client*/) const { return false; }
    virtual int list(Listing&) { return ENOTDIR; }
    virtual int devctl(Request& request, const _io_devctl& message);
    virtual int truncate(uint64_t) { return EINVAL; }
    virtual int chmod(uint32_t) { return EROFS; }
    virtual int chown(int32_t, int32_t) { return EROFS; }
    /// Seconds since 1970.
    virtual int set_times(int64_t /*accessed*/, int64_t /*modified*/) { return EROFS; }
    virtual mm::SharedObject* object() { return nullptr; }
    /// What mmap() of this file maps: `object`, or the physical address in `offset`. `made`: the object is new, and the caller has its
    /// one reference. ENODEV: the file cannot be mapped.
    virtual int map(mm::MapRequest& wanted, bool& made);
    /// MEM_BIND: the open file is to stand for `out` (with a reference) from now on. EINVAL: not a file for that.
    virtual int bind(Request&, const mem_bind& /*message*/, std::string_view /*name*/,
                     Resource*& /*out*/)
    {
        return EINVAL;
    }
    /// MEM_TYPED_INFO: bytes of typed memory that can be allocated; false = it is no typed memory.
    virtual bool allocatable(uint64_t& /*bytes*/) const { return false; }
    /// Files here take free memory.
    virtual bool holds_memory() const { return false; }
    /// Nothing is behind an offset (devices): lseek() stays at 0 and every read starts anew.
    virtual bool seekable() const { return true; }
    virtual std::string_view link_text() const { return {}; }

protected:
    virtual ~Resource() = default;
    virtual void destroy() { delete this; }

private:
    uint32_t references_ = 1;
};

/// An open file: shared by all connections that were duplicated from one open.
struct Ocb {
    Resource* resource = nullptr;
    uint32_t ioflag = 0; // _IO_FLAG_* and O_*
    int64_t offset = 0;
    uint32_t bindings = 0;
    Listing* listing = nullptr; // of a directory, made at the first read
    char* path = nullptr;       // what was opened, for _IO_FDINFO

    bool may_read() const { return (ioflag & _IO_FLAG_RD) != 0; }
    bool may_write() const { return (ioflag & _IO_FLAG_WR) != 0; }
};

/// Who may: owner, group, others by the mode bits; root always. `wanted` = 4 read, 2 write, 1 execute.
bool access_allowed(const object::Process& process, uint32_t uid, uint32_t gid, uint32_t mode,
                    uint32_t wanted);

/// The parts of a connect message, checked.
struct Connect {
    const _io_connect* header;
    std::string_view path; // below the manager's prefix, without leading '/'
    const uint8_t* extra;
    uint32_t extra_size;
    object::Process* client;

    bool wants_write() const { return (header->ioflag & _IO_FLAG_WR) != 0; }
    bool creates() const { return (header->ioflag & 0400u) != 0; }    // O_CREAT
    bool exclusive() const { return (header->ioflag & 02000u) != 0; } // O_EXCL
    bool truncates() const { return (header->ioflag & 01000u) != 0; } // O_TRUNC
};

/// A name space of procnto's: what stands behind one handle in the path tree.
class Manager {
public:
    /// EOK and a reference to what the path names, or an errno value. The caller checks access by stat().
    virtual int open(const Connect& connect, Resource*& out) = 0;
    virtual int unlink(const Connect&) { return EROFS; }
    virtual int make_node(const Connect&) { return EROFS; }

protected:
    ~Manager() = default;
};

/// Gives the manager a handle and attaches it to the path. Panics without memory (boot time only).
void add_manager(const char* path, Manager& manager, uint32_t flags, uint32_t file_type);

/// MEM_HANDLE: handles to shared memory, each for one process and one use.
int create_handle(Request& request, const mem_handle& message);
int delete_handle(Request& request, uint32_t handle);

int handle_io(Request& request);
/// Every file the client with this scoid had open is closed.
void forget_client(int scoid);
Ocb* find_ocb(int scoid, int coid);
uint32_t ocb_count();

/// CLOCK_REALTIME.
int64_t now_seconds();
/// Fills the fields every kind of file has.
void stat_common(_io_stat_data& out, uint64_t ino, uint32_t mode, uint64_t size);

// The managers, attached at boot.
/// "/": the image, and directories that exist because something is attached below them. Called first.
void add_root_manager();
uint32_t root_handle();
void add_device_managers(); // /dev/null, zero, text, console, shmem
void add_shared_memory_manager();
void add_typed_memory_manager();
void add_proc_manager(); // /proc

} // namespace proc
