// SPDX-License-Identifier: Apache-2.0
// _IO_LOCK messages: what fcntl(F_SETLK, F_SETLKW, F_GETLK) and flock() ask of a file's server, and the server's answer.
#pragma once

#include "base/range_locks.hpp"

#include <abi/errno.h>
#include <sys/iomsg.h>

namespace base {

// Numbers of <fcntl.h> (libc asserts that they are).
inline constexpr int lock_set = 6, lock_set_wait = 7, lock_get = 14;
inline constexpr int16_t lock_shared = 0, lock_exclusive = 1, lock_none = 2;
inline constexpr int64_t lock_to_end = INT64_MAX;

/// The open file by which a lock is asked for.
struct LockClient {
    int scoid, coid; // the connection
    int32_t pid;
    int rcvid;
    uint64_t open_file; // any number for the open; what duplicates share
    uint32_t ioflag;    // _IO_FLAG_*
    int64_t offset, size;

    uint64_t connection() const
    {
        return uint64_t{static_cast<uint32_t>(scoid)} << 32 | static_cast<uint32_t>(coid);
    }
};

/// Owners: the client process, or, for flock(), the open file.
inline uint64_t lock_owner_process(int scoid)
{
    return static_cast<uint32_t>(scoid);
}
inline uint64_t lock_owner_open(uint64_t open_file)
{
    return open_file | uint64_t{1} << 63;
}

/// The bytes meant, from one of three origins; a negative length counts backwards, 0 means up to the end whatever it will be.
inline int lock_range(const _io_lock& lock, const LockClient& client, LockRange& range)
{
    if (lock.l_whence < 0 || lock.l_whence > 2)
        return EINVAL;
    const int64_t origin[] = {0, client.offset, client.size};
    int64_t first = 0, last = lock_to_end;
    if (__builtin_add_overflow(origin[lock.l_whence], lock.start, &first))
        return EOVERFLOW;
    if (lock.len > 0 && __builtin_add_overflow(first, lock.len - 1, &last))
        return EOVERFLOW;
    if (lock.len < 0) {
        last = first - 1;
        if (__builtin_add_overflow(first, lock.len, &first))
            return EINVAL;
    }
    if (first < 0 || last < 0)
        return EINVAL;
    range.first = static_cast<uint64_t>(first);
    range.last = static_cast<uint64_t>(last);
    return EOK;
}

/// What is asked for, with the right to it: a shared lock needs an open for reading, an exclusive one an open for writing
/// (fcntl() only). EINVAL, EBADF, EOVERFLOW.
inline int parse_lock(const _io_lock& lock, const LockClient& client, LockRange& range)
{
    const bool open_file = lock.cmd == _IO_LOCK_FLOCK || lock.cmd == _IO_LOCK_FLOCKW;
    if (!open_file && lock.cmd != lock_set && lock.cmd != lock_set_wait && lock.cmd != lock_get)
        return EINVAL;
    if (lock.l_type != lock_shared && lock.l_type != lock_exclusive && lock.l_type != lock_none)
        return EINVAL;
    if (lock.cmd == lock_get && lock.l_type == lock_none)
        return EINVAL;
    range.kind = lock.l_type == lock_none     ? LockKind::none
                 : lock.l_type == lock_shared ? LockKind::shared
                                              : LockKind::exclusive;
    range.pid = client.pid;
    if (open_file) {
        range.owner = lock_owner_open(client.open_file);
        range.last = static_cast<uint64_t>(lock_to_end);
        return EOK;
    }
    range.owner = lock_owner_process(client.scoid);
    const uint32_t needed = range.kind == LockKind::shared      ? _IO_FLAG_RD
                            : range.kind == LockKind::exclusive ? _IO_FLAG_WR
                                                                : 0u;
    if ((client.ioflag & needed) != needed && lock.cmd != lock_get)
        return EBADF;
    return lock_range(lock, client, range);
}

/// F_GETLK's answer: the first lock in the way (nullptr: there is none).
inline _io_lock_reply describe_lock(const _io_lock& asked, const LockRange* found)
{
    if (found == nullptr)
        return {lock_none, asked.l_whence, 0, asked.start, asked.len};
    const auto first = static_cast<int64_t>(found->first), last = static_cast<int64_t>(found->last);
    return {found->kind == LockKind::shared ? lock_shared : lock_exclusive, 0, found->pid, first,
            last == lock_to_end ? 0 : last - first + 1};
}

inline constexpr int lock_later = -1; // the request waits

/// F_SETLK, F_SETLKW, flock(): EOK, EAGAIN, EDEADLK, ENOLCK or `lock_later`. `answer` is for those who waited (LockWaiters::grant).
template <class Answer>
int set_lock(const _io_lock& lock, const LockClient& client, const LockRange& wanted,
             RangeLocks& locks, LockWaiters& waiters, Answer&& answer)
{
    if (wanted.kind != LockKind::none && locks.conflict(wanted) != nullptr) {
        if (lock.cmd != lock_set_wait && lock.cmd != _IO_LOCK_FLOCKW)
            return EAGAIN;
        if (waiters.deadlock(wanted, locks))
            return EDEADLK;
        return waiters.add(wanted, locks, client.rcvid, client.connection()) ? lock_later : ENOLCK;
    }
    if (!locks.set(wanted))
        return ENOLCK;
    waiters.grant(locks, answer); // also an exclusive lock that became a shared one lets others in
    return EOK;
}

} // namespace base
