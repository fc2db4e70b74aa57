// SPDX-License-Identifier: Apache-2.0
// Advisory locks on procnto's own files: one list for each file that has locks, found by inode number.
#include "proc/file_locks.hpp"

#include "base/file_locks.hpp"
#include "ipc/message.hpp"

#include <boost/intrusive/list.hpp>
#include <new>

namespace proc {

namespace {

struct LockedFile : boost::intrusive::list_base_hook<> {
    uint64_t ino = 0;
    base::RangeLocks locks;
};
using FileList = boost::intrusive::list<LockedFile, boost::intrusive::constant_time_size<false>>;

FileList& files()
{
    alignas(FileList) static unsigned char storage[sizeof(FileList)];
    static auto* list = new (storage) FileList;
    return *list;
}

base::LockWaiters waiters;

_io_stat_data stat_of(const Ocb& ocb)
{
    _io_stat_data stat{};
    ocb.resource->stat(stat);
    return stat;
}

LockedFile* find(uint64_t ino)
{
    for (LockedFile& file : files()) {
        if (file.ino == ino) {
            return &file;
        }
    }
    return nullptr;
}

LockedFile* find_or_make(uint64_t ino)
{
    LockedFile* file = find(ino);
    if (file == nullptr && (file = new (std::nothrow) LockedFile) != nullptr) {
        file->ino = ino;
        files().push_back(*file);
    }
    return file;
}

void forget_when_empty(LockedFile& file)
{
    if (file.locks.empty() && !waiters.any(file.locks)) {
        files().erase_and_dispose(files().iterator_to(file), [](LockedFile* f) { delete f; });
    }
}

bool answer(int rcvid, bool set)
{
    return set ? ipc::reply(rcvid, 0, nullptr, 0).ok() : ipc::error(rcvid, ENOLCK).ok();
}

void drop_owner(LockedFile& file, uint64_t owner)
{
    if (file.locks.drop(owner)) {
        waiters.grant(file.locks, answer);
    }
    forget_when_empty(file);
}

} // namespace

int lock_file(Request& request, const Ocb& ocb, const IoMessage& message)
{
    const auto* lock = message.as<_io_lock>();
    if (lock == nullptr) {
        return EINVAL;
    }
    const _io_stat_data stat = stat_of(ocb);
    const base::LockClient client{request.info.scoid,
                                  request.info.coid,
                                  request.client->pid,
                                  request.rcvid,
                                  reinterpret_cast<uintptr_t>(&ocb) >> 1,
                                  ocb.ioflag,
                                  ocb.offset,
                                  stat.size};
    base::LockRange wanted;
    if (const int error = base::parse_lock(*lock, client, wanted); error != EOK) {
        return error;
    }
    if (lock->cmd == base::lock_get) {
        LockedFile* file = find(stat.ino);
        return request.answer(
            base::describe_lock(*lock, file != nullptr ? file->locks.conflict(wanted) : nullptr));
    }
    LockedFile* file = find_or_make(stat.ino);
    if (file == nullptr) {
        return ENOLCK;
    }
    const int result = base::set_lock(*lock, client, wanted, file->locks, waiters, answer);
    forget_when_empty(*file);
    return result == base::lock_later ? reply_later : result;
}

void unlock_connection(int scoid, int coid, const Ocb& ocb)
{
    LockedFile* file = files().empty() ? nullptr : find(stat_of(ocb).ino);
    if (file == nullptr) {
        return;
    }
    const uint64_t connection =
        uint64_t{static_cast<uint32_t>(scoid)} << 32 | static_cast<uint32_t>(coid);
    waiters.close(connection, [](int rcvid) { (void)ipc::error(rcvid, EBADF); });
    drop_owner(*file, base::lock_owner_process(scoid));
}

void unlock_ocb(const Ocb& ocb)
{
    if (LockedFile* file = files().empty() ? nullptr : find(stat_of(ocb).ino); file != nullptr) {
        drop_owner(*file, base::lock_owner_open(reinterpret_cast<uintptr_t>(&ocb) >> 1));
    }
}

bool unblock_lock(int rcvid)
{
    if (!waiters.remove(rcvid)) {
        return false;
    }
    for (auto at = files().begin(); at != files().end();) {
        forget_when_empty(*at++);
    }
    (void)ipc::error(rcvid, -1); // EINTR or ETIMEDOUT: the kernel knows
    return true;
}

} // namespace proc
