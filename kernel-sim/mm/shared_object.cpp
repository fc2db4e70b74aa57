// SPDX-License-Identifier: Apache-2.0
// Shared memory objects: pages made on demand, or a fixed range of physical memory.
#include "mm/shared_object.hpp"

#include "base/bits.hpp"
#include "mm/frames.hpp"

#include <abi/errno.h>
#include <cstring>
#include <new>

namespace mm {

namespace {
constexpr uint64_t max_size = uint64_t{1} << 34;
constexpr uint64_t leaf_slots = 512;
constexpr uint64_t max_paddr = uint64_t{1} << 46;

char* bytes_at(uint64_t paddr)
{
    return static_cast<char*>(phys_to_virt(paddr));
}
} // namespace

SharedObject* SharedObject::create()
{
    return new (std::nothrow) SharedObject;
}

SharedObject* SharedObject::create_image(uint64_t paddr, uint64_t length)
{
    SharedObject* object = create();
    if (object != nullptr) {
        object->kind_ = Kind::image;
        object->paddr_ = paddr;
        object->size_ = length;
    }
    return object;
}

void SharedObject::release()
{
    if (--references_ != 0) {
        return;
    }
    for (uint64_t leaf = 0; leaf < leaf_count_; ++leaf) {
        for (uint64_t i = 0; leaves_[leaf] != nullptr && i < leaf_slots; ++i) {
            if (leaves_[leaf][i] != 0) {
                --page_use.shared;
                free_page(leaves_[leaf][i]);
            }
        }
        delete[] leaves_[leaf];
    }
    delete[] leaves_;
    return_promise(promised_);
    if (kind_ == Kind::contiguous) {
        page_use.shared -= base::div_up(size_, frame_size);
        free_contiguous(paddr_, base::div_up(size_, frame_size));
    }
    delete this;
}

uint64_t* SharedObject::slot(uint64_t index, bool make)
{
    const uint64_t leaf = index / leaf_slots;
    if (leaf >= leaf_count_) {
        if (!make) {
            return nullptr;
        }
        const uint64_t count = base::max_of(leaf + 1, leaf_count_ * 2);
        auto** leaves = new (std::nothrow) uint64_t*[count];
        if (leaves == nullptr) {
            return nullptr;
        }
        for (uint64_t i = 0; i < count; ++i) {
            leaves[i] = i < leaf_count_ ? leaves_[i] : nullptr;
        }
        delete[] leaves_;
        leaves_ = leaves;
        leaf_count_ = count;
    }
    if (leaves_[leaf] == nullptr && make) {
        leaves_[leaf] = new (std::nothrow) uint64_t[leaf_slots];
        if (leaves_[leaf] != nullptr) {
            std::memset(leaves_[leaf], 0, leaf_slots * sizeof(uint64_t));
        }
    }
    return leaves_[leaf] == nullptr ? nullptr : &leaves_[leaf][index % leaf_slots];
}

void SharedObject::clear_range(uint64_t from, uint64_t to)
{
    while (from < to) {
        const uint64_t index = from / frame_size;
        const uint64_t end = base::min_of(to, (index + 1) * frame_size);
        if (const uint64_t* frame = slot(index, false); frame != nullptr && *frame != 0) {
            std::memset(bytes_at(*frame) + from % frame_size, 0, end - from);
        }
        from = end;
    }
}

// Pages of [from, to) that have not been made.
uint64_t SharedObject::missing_pages(uint64_t from, uint64_t to) const
{
    uint64_t missing = 0;
    while (from < to) {
        const uint64_t leaf = from / leaf_slots;
        const uint64_t end = base::min_of(to, (leaf + 1) * leaf_slots);
        if (leaf >= leaf_count_ || leaves_[leaf] == nullptr) {
            missing += end - from;
            from = end;
            continue;
        }
        for (; from < end; ++from) {
            missing += leaves_[leaf][from % leaf_slots] == 0 ? 1 : 0;
        }
    }
    return missing;
}

int SharedObject::resize(uint64_t size, bool lazy)
{
    if (kind_ != Kind::paged) {
        return size == size_ ? EOK : EPERM;
    }
    if (size > max_size) {
        return EFBIG;
    }
    const uint64_t old_end = base::div_up(size_, frame_size), end = base::div_up(size, frame_size);
    lazy_ = lazy_ || lazy;
    if (!lazy_ && end > old_end) {
        const uint64_t missing = missing_pages(old_end, end);
        if (free_count() < missing + kernel_reserve || !promise_pages(missing)) {
            return ENOMEM;
        }
        promised_ += missing;
    }
    if (size < size_) {
        clear_range(size, size_);
        const uint64_t surplus = lazy_ ? 0 : missing_pages(end, old_end);
        return_promise(surplus);
        promised_ -= surplus;
    }
    size_ = size;
    return EOK;
}

int SharedObject::set_physical(uint64_t paddr, uint64_t length)
{
    if (size_ != 0 || kind_ != Kind::paged || leaves_ != nullptr || paddr % frame_size != 0 ||
        length > max_paddr || paddr > max_paddr - length) {
        return EINVAL;
    }
    kind_ = Kind::physical;
    paddr_ = paddr;
    size_ = length;
    return EOK;
}

int SharedObject::set_contiguous(uint64_t length, uint64_t align, bool below_16m)
{
    constexpr uint64_t limit_16m = uint64_t{1} << 24, limit_4g = uint64_t{1} << 32;
    if (size_ != 0 || kind_ != Kind::paged || leaves_ != nullptr || length == 0 ||
        length > max_size) {
        return EINVAL;
    }
    const uint64_t pages = base::div_up(length, frame_size);
    align = base::max_of(align, frame_size);
    if (free_count() < pages + kernel_reserve) {
        return ENOMEM;
    }
    uint64_t paddr = alloc_contiguous(pages, align, below_16m ? limit_16m : limit_4g);
    if (paddr == 0 && !below_16m) {
        paddr = alloc_contiguous(pages, align);
    }
    if (paddr == 0) {
        return ENOMEM;
    }
    kind_ = Kind::contiguous;
    paddr_ = paddr;
    size_ = length;
    page_use.shared += pages;
    return EOK;
}

int SharedObject::set_within(uint64_t length, uint64_t align, uint64_t start, uint64_t end,
                             bool contiguous)
{
    const uint64_t pages = base::div_up(length, frame_size);
    if (kind_ != Kind::paged || length == 0 || length > max_size) {
        return EINVAL;
    }
    if (free_count() < pages - chosen_ + kernel_reserve) {
        return ENOMEM;
    }
    if (contiguous) {
        const uint64_t paddr = alloc_within(pages, align, start, end);
        if (paddr == 0) {
            return ENOMEM;
        }
        kind_ = Kind::contiguous;
        paddr_ = paddr;
        page_use.shared += pages;
    }
    for (uint64_t from = start; !contiguous && chosen_ < pages;) {
        uint64_t* place = slot(chosen_, true);
        const uint64_t paddr = place == nullptr ? 0 : alloc_within(1, frame_size, from, end);
        if (paddr == 0) {
            return ENOMEM; // what was found stays with the object, and goes with it
        }
        *place = paddr;
        ++page_use.shared;
        from = paddr + frame_size;
        ++chosen_;
    }
    typed_ = true;
    size_ = length;
    return EOK;
}

int SharedObject::set_exactly(uint64_t paddr, uint64_t length)
{
    if (size_ != 0 || kind_ != Kind::paged || leaves_ != nullptr || length == 0) {
        return EINVAL;
    }
    const uint64_t pages = base::div_up(length, frame_size);
    if (free_count() < pages + kernel_reserve) {
        return ENOMEM;
    }
    if (!take_frames(paddr, pages)) {
        return EBUSY;
    }
    kind_ = Kind::contiguous;
    typed_ = true;
    page_use.shared += pages;
    paddr_ = paddr;
    size_ = length;
    return EOK;
}

// A paged object's zero page, or the copy of an image page that is not aligned or has another file behind its end.
uint64_t SharedObject::make_page(uint64_t index)
{
    uint64_t* frame = slot(index, true);
    if (frame == nullptr) {
        return 0;
    }
    if (*frame == 0) {
        if (kind_ == Kind::paged && promised_ != 0) {
            --promised_;
            *frame = alloc_promised_page(false);
        } else if (kind_ == Kind::image || free_count() >= kernel_reserve) {
            *frame = alloc_page();
        }
        page_use.shared += *frame != 0 ? 1 : 0;
        if (*frame != 0 && kind_ == Kind::image) {
            const uint64_t offset = index * frame_size;
            std::memcpy(bytes_at(*frame), bytes_at(paddr_ + offset),
                        base::min_of(frame_size, size_ - offset));
        }
    }
    return *frame;
}

uint64_t SharedObject::page(uint64_t index)
{
    if (index >= base::div_up(size_, frame_size)) {
        return 0;
    }
    switch (kind_) {
    case Kind::paged:
        return make_page(index);
    case Kind::contiguous:
    case Kind::physical:
        return paddr_ + index * frame_size;
    case Kind::image:
        if (paddr_ % frame_size == 0 && (index + 1) * frame_size <= size_) {
            return paddr_ + index * frame_size;
        }
        return make_page(index);
    }
    return 0;
}

template <typename Copy>
uint64_t SharedObject::transfer(uint64_t offset, uint64_t length, Copy&& copy)
{
    if (offset >= size_ || kind_ == Kind::physical) { // device memory is not read through a file
        return 0;
    }
    length = base::min_of(length, size_ - offset);
    uint64_t done = 0;
    while (done < length) {
        const uint64_t at = offset + done;
        const uint64_t paddr = kind_ == Kind::image ? paddr_ + base::align_down(at, frame_size)
                                                    : page(at / frame_size);
        if (paddr == 0) {
            break;
        }
        const uint64_t part = base::min_of(length - done, frame_size - at % frame_size);
        copy(bytes_at(paddr) + at % frame_size, done, part);
        done += part;
    }
    return done;
}

uint64_t SharedObject::read(uint64_t offset, void* to, uint64_t length)
{
    return transfer(offset, length, [to](const char* here, uint64_t done, uint64_t part) {
        std::memcpy(static_cast<char*>(to) + done, here, part);
    });
}

uint64_t SharedObject::write(uint64_t offset, const void* from, uint64_t length)
{
    if (kind_ == Kind::image) {
        return 0;
    }
    return transfer(offset, length, [from](char* here, uint64_t done, uint64_t part) {
        std::memcpy(here, static_cast<const char*>(from) + done, part);
    });
}

} // namespace mm
