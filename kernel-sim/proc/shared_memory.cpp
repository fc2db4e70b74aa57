// SPDX-License-Identifier: Apache-2.0
// /dev/shmem: named memory objects, also usable as small files in memory.
#include "arch/machine.hpp"
#include "mm/shared_object.hpp"
#include "object/process.hpp"
#include "proc/limits.hpp"
#include "proc/process_info.hpp"
#include "proc/resource_server.hpp"

#include <abi/proc_msg.h>
#include <boost/intrusive/list.hpp>
#include <new>

namespace proc {

namespace {

constexpr uint32_t mode_file = 0100000, mode_directory = 0040000, mode_type = 0170000;
constexpr size_t name_max = 255;

class SharedMemory final : public Resource,
                           public boost::intrusive::list_base_hook<
                               boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    SharedMemory(std::string_view name, const Connect& connect)
        : object_(mm::SharedObject::create()), name_(name),
          mode_(connect.header->mode & ~connect.client->umask & 0777u),
          uid_(static_cast<uint32_t>(connect.client->cred.euid)),
          gid_(static_cast<uint32_t>(connect.client->cred.egid)), accessed_(now_seconds()),
          modified_(accessed_), changed_(accessed_)
    {
        static uint64_t next_ino = 0x300000001;
        ino_ = next_ino++;
    }
    bool sound() const { return object_ != nullptr && static_cast<bool>(name_); }
    std::string_view name() const { return name_.view(); }
    uint64_t ino() const { return ino_; }

    void stat(_io_stat_data& out) const override
    {
        stat_common(out, ino_, mode_file | mode_, object_->size());
        out.uid = uid_;
        out.gid = gid_;
        out.atime = accessed_;
        out.mtime = modified_;
        out.ctime = changed_;
    }
    int64_t read(Request&, uint64_t offset, uint8_t* to, uint64_t size) override
    {
        return static_cast<int64_t>(object_->read(offset, to, size));
    }
    int64_t write(Request& request, uint64_t offset, const uint8_t* from, uint64_t size) override
    {
        uint64_t end;
        if (__builtin_add_overflow(offset, size, &end)) {
            return -EFBIG;
        }
        if (end > object_->size()) {
            if (!may_grow_file(*request.client, end)) {
                return -EFBIG;
            }
            if (const int error = object_->resize(end); error != EOK) {
                return -error;
            }
        }
        const uint64_t done = object_->write(offset, from, size);
        changed_ = modified_ = now_seconds();
        return done == 0 && size != 0 ? -ENOSPC : static_cast<int64_t>(done);
    }
    int truncate(uint64_t size) override
    {
        changed_ = modified_ = now_seconds();
        return object_->resize(size);
    }
    int chmod(uint32_t mode) override
    {
        changed_ = now_seconds();
        mode_ = mode & 0777u;
        return EOK;
    }
    int chown(int32_t uid, int32_t gid) override
    {
        uid_ = uid < 0 ? uid_ : static_cast<uint32_t>(uid);
        gid_ = gid < 0 ? gid_ : static_cast<uint32_t>(gid);
        return EOK;
    }
    int set_times(int64_t accessed, int64_t modified) override
    {
        accessed_ = accessed;
        modified_ = modified;
        changed_ = now_seconds();
        return EOK;
    }
    mm::SharedObject* object() override { return object_; }
    bool holds_memory() const override { return true; }

private:
    ~SharedMemory() override
    {
        if (object_ != nullptr) {
            object_->release();
        }
    }

    mm::SharedObject* object_;
    OwnedText name_;
    uint32_t mode_, uid_, gid_;
    uint64_t ino_ = 0;
    int64_t accessed_, modified_, changed_; // seconds
};

using NameList = boost::intrusive::list<SharedMemory, boost::intrusive::constant_time_size<false>>;

NameList& names()
{
    alignas(NameList) static unsigned char storage[sizeof(NameList)];
    static NameList* list = new (storage) NameList;
    return *list;
}

SharedMemory* find(std::string_view name)
{
    for (SharedMemory& file : names()) {
        if (file.name() == name) {
            return &file;
        }
    }
    return nullptr;
}

/// A right to open an object, given to one process for one time.
struct Handle {
    uint32_t number = 0; // 0 = free
    int pid = 0, maker = 0;
    uint32_t access = 0;
    Resource* file = nullptr; // with a reference
};
constexpr uint32_t max_handles = 128;
Handle handles[max_handles];

void forget(Handle& handle)
{
    handle.file->release();
    handle = {};
}

Handle* find_handle(uint32_t number)
{
    for (Handle& handle : handles) {
        if (number != 0 && handle.number == number) {
            return &handle;
        }
    }
    return nullptr;
}

// A free place; those of processes that are gone are free, too.
Handle* free_handle()
{
    for (Handle& handle : handles) {
        if (handle.number != 0 && object::find_process(handle.pid) == nullptr) {
            forget(handle);
        }
        if (handle.number == 0) {
            return &handle;
        }
    }
    return nullptr;
}

class SharedMemoryDirectory final : public Resource {
public:
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, 0x300000000, mode_directory | 01777u, 0);
    }
    bool is_directory() const override { return true; }
    bool holds_memory() const override { return true; }
    int list(Listing& listing) override
    {
        bool room = listing.add(".", 0x300000000) && listing.add("..", 1);
        for (const SharedMemory& file : names()) {
            room = room && listing.add(file.name(), file.ino());
        }
        return room ? EOK : ENOMEM;
    }
    int bind(Request& request, const mem_bind& message, std::string_view name,
             Resource*& out) override
    {
        Handle* handle = find_handle(message.handle);
        if (handle == nullptr || !name.empty()) {
            return ENOENT;
        }
        if (handle->pid != request.client->pid || (message.access & ~handle->access) != 0) {
            return EACCES;
        }
        out = handle->file;
        out->retain();
        forget(*handle); // it is good for one time
        return EOK;
    }
};

// A new file; the name list holds one reference, `out` the other.
int create(const Connect& connect, bool listed, Resource*& out)
{
    if (!able(*connect.client, Ability::shmem_create)) {
        return EPERM;
    }
    auto* file = new (std::nothrow) SharedMemory(connect.path, connect);
    if (file == nullptr || !file->sound()) {
        if (file != nullptr) {
            file->release();
        }
        return ENOMEM;
    }
    if (listed) {
        file->retain();
        names().push_back(*file);
    }
    out = file;
    return EOK;
}

class SharedMemoryManager final : public Manager {
public:
    int open(const Connect& connect, Resource*& out) override
    {
        if (connect.path.empty()) {
            if (connect.creates()) { // SHM_ANON: an object without a name
                return create(connect, false, out);
            }
            out = new (std::nothrow) SharedMemoryDirectory;
            return out == nullptr ? ENOMEM : EOK;
        }
        if (connect.path.find('/') != std::string_view::npos) {
            return ENOENT; // no directories here
        }
        if (SharedMemory* there = find(connect.path); there != nullptr) {
            if (connect.creates() && connect.exclusive()) {
                return EEXIST;
            }
            there->retain();
            out = there;
            return EOK;
        }
        if (!connect.creates()) {
            return ENOENT;
        }
        return connect.path.size() > name_max ? ENAMETOOLONG : create(connect, true, out);
    }
    int unlink(const Connect& connect) override
    {
        SharedMemory* file = find(connect.path);
        if (file == nullptr) {
            return ENOENT;
        }
        _io_stat_data stat{};
        file->stat(stat);
        const auto euid = static_cast<uint32_t>(connect.client->cred.euid);
        if (euid != 0 && euid != stat.uid) {
            return EPERM;
        }
        file->unlink();
        file->release();
        return EOK;
    }
    int make_node(const Connect& connect) override
    {
        if ((connect.header->mode & mode_type) != mode_file) {
            return ENOSYS; // no directories, no FIFOs
        }
        Resource* made = nullptr;
        if (find(connect.path) != nullptr || connect.path.empty()) {
            return EEXIST;
        }
        const int error = create(connect, true, made);
        if (error == EOK) {
            made->release();
        }
        return error;
    }
};

SharedMemoryManager manager;

} // namespace

int create_handle(Request& request, const mem_handle& message)
{
    const Ocb* ocb = find_ocb(request.info.scoid, message.fd);
    if (ocb == nullptr) {
        return EBADF;
    }
    if (ocb->resource->object() == nullptr || ocb->resource->object()->image() ||
        message.access == 0) {
        return EINVAL;
    }
    if ((message.access & ~(ocb->ioflag & (_IO_FLAG_RD | _IO_FLAG_WR))) != 0) {
        return EACCES;
    }
    if (object::find_process(message.pid) == nullptr) {
        return ESRCH;
    }
    Handle* handle = free_handle();
    if (handle == nullptr) {
        return EAGAIN;
    }
    uint32_t number;
    do {
        number = static_cast<uint32_t>(arch::random_seed());
    } while (number == 0 || find_handle(number) != nullptr);
    ocb->resource->retain();
    *handle = {number, message.pid, request.client->pid, message.access, ocb->resource};
    mem_handle reply = message;
    reply.handle = number;
    return request.answer(reply);
}

int delete_handle(Request& request, uint32_t number)
{
    Handle* handle = find_handle(number);
    if (handle == nullptr) {
        return ENOENT;
    }
    if (handle->maker != request.client->pid) {
        return EPERM;
    }
    forget(*handle);
    return request.answer_status(0);
}

void add_shared_memory_manager()
{
    add_manager("/dev/shmem", manager, PATH_FLAG_DIR, _FTYPE_ANY);
}

} // namespace proc
