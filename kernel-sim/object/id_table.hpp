// SPDX-License-Identifier: Apache-2.0
// Small integer ids for objects of one process: the lowest free id at or above a wish; grows on the kernel heap.
#pragma once

#include "base/bits.hpp"
#include "mm/heap.hpp"

#include <cstdint>

namespace object {

template <class T>
class IdTable {
public:
    IdTable() = default;
    IdTable(const IdTable&) = delete;
    IdTable& operator=(const IdTable&) = delete;
    ~IdTable() { mm::heap_free(slots_); }

    T* get(int64_t id) const
    {
        return static_cast<uint64_t>(id) < size_ ? slots_[id]
                                                 : nullptr; // a negative one is too large
    }

    /// The id given, in [lowest, limit); -1 = table full or no memory.
    int insert(T* object, uint32_t lowest, uint32_t limit)
    {
        uint32_t id = base::max_of(lowest, first_free_);
        while (id < size_ && slots_[id])
            ++id;
        if (id >= limit || !reserve(id + 1))
            return -1;
        slots_[id] = object;
        ++used_;
        if (lowest <= first_free_)
            first_free_ = id + 1;
        return static_cast<int>(id);
    }

    /// Puts the object at exactly this id; false = taken, or no memory.
    bool insert_at(T* object, uint32_t id)
    {
        if (get(id) || !reserve(id + 1))
            return false;
        slots_[id] = object;
        ++used_;
        if (id == first_free_)
            ++first_free_;
        return true;
    }

    void remove(int64_t id)
    {
        if (!get(id))
            return;
        slots_[id] = nullptr;
        --used_;
        first_free_ = base::min_of(first_free_, static_cast<uint32_t>(id));
    }

    uint32_t used() const { return used_; }
    uint32_t size() const { return size_; } // ids in use are below this

private:
    bool reserve(uint32_t count)
    {
        if (count <= size_)
            return true;
        uint32_t size = size_ ? size_ : 8;
        while (size < count)
            size *= 2;
        auto** slots = static_cast<T**>(mm::heap_alloc(size * sizeof(T*)));
        if (!slots)
            return false;
        for (uint32_t i = 0; i < size; ++i)
            slots[i] = i < size_ ? slots_[i] : nullptr;
        mm::heap_free(slots_);
        slots_ = slots;
        size_ = size;
        return true;
    }

    T** slots_ = nullptr;
    uint32_t size_ = 0, used_ = 0, first_free_ = 0; // no free id below first_free_
};

} // namespace object
