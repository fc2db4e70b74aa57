// SPDX-License-Identifier: Apache-2.0
// Advisory locks on ranges of a file, and the requests that wait for them: fcntl(F_SETLK ...) and flock() of every server.
#pragma once

#include <cstdint>
#include <new>

namespace base {

enum class LockKind : uint8_t { none, shared, exclusive };

/// Bytes `first` to `last` (inclusive), and for whom. An owner is any number that tells processes (or opens) apart.
struct LockRange {
    uint64_t first = 0, last = ~uint64_t{0};
    uint64_t owner = 0;
    int32_t pid = 0; // told by F_GETLK
    LockKind kind = LockKind::none;

    bool meets(const LockRange& other) const { return first <= other.last && other.first <= last; }
    bool blocks(const LockRange& wanted) const
    {
        return owner != wanted.owner && meets(wanted) &&
               (kind == LockKind::exclusive || wanted.kind == LockKind::exclusive);
    }
};

/// The locks of one file, by first byte. Not locked itself: the server's business.
class RangeLocks {
public:
    static constexpr uint32_t most = 1024; // so that nobody fills a server's memory with them

    RangeLocks() = default;
    RangeLocks(const RangeLocks&) = delete;
    RangeLocks& operator=(const RangeLocks&) = delete;
    ~RangeLocks()
    {
        while (Held* held = head_) {
            head_ = held->next;
            delete held;
        }
    }

    bool empty() const { return head_ == nullptr; }
    /// The first lock that keeps `wanted` from being set.
    const LockRange* conflict(const LockRange& wanted) const
    {
        for (const Held* at = head_; at != nullptr; at = at->next) {
            if (at->range.blocks(wanted))
                return &at->range;
        }
        return nullptr;
    }
    /// Does this owner have a lock that keeps `wanted` from being set? `steps`: how long one may look.
    bool held_by(uint64_t owner, const LockRange& wanted, uint32_t& steps) const
    {
        for (const Held* at = head_; at != nullptr && steps != 0; at = at->next, --steps) {
            if (at->range.owner == owner && at->range.blocks(wanted))
                return true;
        }
        return false;
    }

    /// Replaces what the owner has in the range (kind none: takes it away). The caller has looked for conflicts.
    /// False: no memory, or too many locks; nothing has changed.
    bool set(const LockRange& wanted)
    {
        const bool locks = wanted.kind != LockKind::none, splits = cuts_in_two(wanted);
        if (count_ + locks + splits > most)
            return false;
        Held* fresh = locks ? new (std::nothrow) Held : nullptr;
        Held* tail = splits ? new (std::nothrow) Held : nullptr;
        if ((locks && fresh == nullptr) || (splits && tail == nullptr)) {
            delete fresh;
            delete tail;
            return false;
        }
        cut(wanted, tail);
        if (fresh != nullptr) {
            fresh->range = wanted;
            absorb_neighbours(fresh->range);
            insert(fresh);
        }
        return true;
    }

    /// Takes away all the owner has. False: it had nothing.
    bool drop(uint64_t owner)
    {
        bool any = false;
        for (Held** at = &head_; *at != nullptr;) {
            if ((*at)->range.owner == owner) {
                remove(at);
                any = true;
            } else {
                at = &(*at)->next;
            }
        }
        return any;
    }

private:
    struct Held {
        LockRange range;
        Held* next = nullptr;
    };

    void remove(Held** at)
    {
        Held* gone = *at;
        *at = gone->next;
        delete gone;
        --count_;
    }
    void insert(Held* held)
    {
        Held** at = &head_;
        while (*at != nullptr && (*at)->range.first < held->range.first)
            at = &(*at)->next;
        held->next = *at;
        *at = held;
        ++count_;
    }
    // Does one lock of the owner go on before and behind the range?
    bool cuts_in_two(const LockRange& range) const
    {
        for (const Held* at = head_; at != nullptr; at = at->next) {
            const LockRange& old = at->range;
            if (old.owner == range.owner && old.first < range.first && old.last > range.last)
                return true;
        }
        return false;
    }
    // The owner's locks leave the range; `tail` becomes the end of one that is cut in two, when there is one.
    void cut(const LockRange& range, Held* tail)
    {
        for (Held** at = &head_; *at != nullptr;) {
            LockRange& old = (*at)->range;
            if (old.owner != range.owner || !old.meets(range)) {
                at = &(*at)->next;
            } else if (old.first < range.first) {
                if (old.last > range.last) {
                    tail->range = old;
                    tail->range.first = range.last + 1;
                }
                old.last = range.first - 1;
                at = &(*at)->next;
            } else if (old.last > range.last) {
                Held* moved = *at; // its place in the order changes
                *at = moved->next;
                --count_;
                moved->range.first = range.last + 1;
                insert(moved);
                return; // what follows of this owner lies behind it
            } else {
                remove(at);
            }
        }
        if (tail != nullptr)
            insert(tail);
    }
    // Locks of the same owner and kind on both sides become one with it.
    void absorb_neighbours(LockRange& range)
    {
        for (Held** at = &head_; *at != nullptr;) {
            const LockRange& old = (*at)->range;
            const bool before = range.first != 0 && old.last == range.first - 1;
            const bool behind = old.first != 0 && old.first - 1 == range.last;
            if (old.owner != range.owner || old.kind != range.kind || (!before && !behind)) {
                at = &(*at)->next;
                continue;
            }
            if (before)
                range.first = old.first;
            else
                range.last = old.last;
            remove(at);
        }
    }

    Held* head_ = nullptr;
    uint32_t count_ = 0;
};

/// Requests that wait, of all files of a server, in order of arrival.
class LockWaiters {
public:
    enum class Search : uint8_t { untouched, in_the_way, done };
    struct Waiter {
        LockRange range;
        RangeLocks* locks;
        int rcvid;           // whom to answer
        uint64_t connection; // by which it came: client and descriptor
        Waiter* next;
        Search search; // deadlock()'s note
    };

    /// False: no memory.
    bool add(const LockRange& range, RangeLocks& locks, int rcvid, uint64_t connection)
    {
        auto* waiter = new (std::nothrow) Waiter{range, &locks, rcvid, connection, nullptr, {}};
        if (waiter == nullptr)
            return false;
        Waiter** at = &head_;
        while (*at != nullptr)
            at = &(*at)->next;
        *at = waiter;
        return true;
    }
    bool any(const RangeLocks& locks) const
    {
        const Waiter* at = head_;
        while (at != nullptr && at->locks != &locks)
            at = at->next;
        return at != nullptr;
    }
    /// Would waiting for the range wait for ever? Whom it waits for waits for it, directly or through others.
    /// (A search that takes too long says no.)
    bool deadlock(const LockRange& wanted, const RangeLocks& locks)
    {
        for (Waiter* at = head_; at != nullptr; at = at->next)
            at->search = Search::untouched;
        uint32_t steps = longest_search;
        const LockRange* range = &wanted;
        const RangeLocks* file = &locks;
        while (Waiter* holder = next_in_the_way(*range, *file, steps)) {
            holder->search = Search::done;
            range = &holder->range;
            file = holder->locks;
            if (file->held_by(wanted.owner, *range, steps))
                return true;
        }
        return false;
    }
    /// Forgets one request. False: it does not wait (any more).
    bool remove(int rcvid)
    {
        return remove_if([rcvid](const Waiter& waiter) { return waiter.rcvid == rcvid; });
    }
    /// The connection is closed: what came by it can wait no longer. gone(rcvid) for each.
    template <class Gone>
    void close(uint64_t connection, Gone&& gone)
    {
        remove_if([&](const Waiter& waiter) {
            if (waiter.connection == connection)
                gone(waiter.rcvid);
            return waiter.connection == connection;
        });
    }

    /// Sets what can be set in this file now. answer(rcvid, set) says whether the client was still there; if not, its lock goes again.
    template <class Answer>
    void grant(RangeLocks& locks, Answer&& answer)
    {
        for (Waiter** at = &head_; *at != nullptr;) {
            Waiter* waiter = *at;
            if (waiter->locks != &locks || locks.conflict(waiter->range) != nullptr) {
                at = &waiter->next;
                continue;
            }
            *at = waiter->next;
            const bool set = locks.set(waiter->range);
            if (!answer(waiter->rcvid, set) && set) {
                waiter->range.kind = LockKind::none;
                (void)locks.set(waiter->range);
                at = &head_; // others may have been passed over for it
            }
            delete waiter;
        }
    }

private:
    static constexpr uint32_t longest_search = 100000;

    template <class Which>
    bool remove_if(Which&& which)
    {
        bool any = false;
        for (Waiter** at = &head_; *at != nullptr;) {
            Waiter* waiter = *at;
            if (!which(*waiter)) {
                at = &waiter->next;
                continue;
            }
            *at = waiter->next;
            delete waiter;
            any = true;
        }
        return any;
    }
    // Notes those who keep the range from being set and wait themselves; one of all that were noted and not looked at yet.
    Waiter* next_in_the_way(const LockRange& wanted, const RangeLocks& locks, uint32_t& steps)
    {
        Waiter* next = nullptr;
        for (Waiter* at = head_; at != nullptr; at = at->next) {
            if (at->search == Search::untouched && locks.held_by(at->range.owner, wanted, steps))
                at->search = Search::in_the_way;
            if (at->search == Search::in_the_way)
                next = at;
        }
        return next;
    }

    Waiter* head_ = nullptr;
};

} // namespace base
