// SPDX-License-Identifier: Apache-2.0
// Small objects of one size, carved from pages: the pools besides mbufs and clusters. Their page is the system's, or pagesize= with
// bigpage_strict. Any thread.
#pragma once
#include <new>
#include <stddef.h>
#include <stdint.h>

#include "kern/lock.hpp"
#include "kern/platform.hpp"

namespace netmgr {

class ObjectPool;

// All pools of a stack, for listings.
struct PoolList {
    ObjectPool* first = nullptr;
    size_t page_size = 4096; // of pools made from now on
};

struct PoolUse {
    uint64_t pages;
    uint64_t objects;
    uint64_t in_use;
};

class ObjectPool {
public:
    ObjectPool(PoolList& list, Platform& platform, const char* name, size_t object_size);
    ~ObjectPool();
    ObjectPool(const ObjectPool&) = delete;
    ObjectPool& operator=(const ObjectPool&) = delete;

    void* get(); // nullptr: out of memory
    void put(void* object);

    template <typename T, typename... Args>
    T* make(Args&&... args)
    {
        static_assert(alignof(T) <= 16);
        void* room = sizeof(T) <= object_size_ ? get() : nullptr;
        return room != nullptr ? new (room) T(static_cast<Args&&>(args)...) : nullptr;
    }
    template <typename T>
    void destroy(T* object)
    {
        object->~T();
        put(object);
    }

    const char* name() const { return name_; }
    size_t object_size() const { return object_size_; }
    size_t page_size() const { return page_size_; }
    ObjectPool* next() const { return next_; }
    PoolUse use();

private:
    struct FreeObject {
        FreeObject* next;
    };
    struct Page {
        mb_page memory;
        Page* next;
    };
    bool refill_locked();

    PoolList& list_;
    Platform& platform_;
    const char* const name_;
    const size_t object_size_;
    const size_t page_size_;
    Mutex mutex_;
    FreeObject* free_ = nullptr;
    Page* pages_ = nullptr;
    PoolUse use_ = {};
    ObjectPool* next_;
};

} // namespace netmgr
