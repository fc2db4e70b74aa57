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
    for (uint64_t slot = 0; slot < slots_; ++slot) {
        if (frames_[slot] != 0) {
            free_page(frames_[slot]);
        }
    }
    delete[] frames_;
    if (kind_ == Kind::contiguous) {
        free_contiguous(paddr_, base::div_up(size_, frame_size));
    }
    delete this;
}

bool SharedObject::reserve(uint64_t slots)
{
    if (slots <= slots_) {
        return true;
    }
    const uint64_t wanted = base::max_of(slots, slots_ + slots_ / 2);
    auto* frames = new (std::nothrow) uint64_t[wanted];
    if (frames == nullptr) {
        return false;
    }
    std::memset(frames, 0, wanted * sizeof(uint64_t));
    if (slots_ != 0) {
        std::memcpy(frames, frames_, slots_ * sizeof(uint64_t));
    }
    delete[] frames_;
    frames_ = frames;
    slots_ = wanted;
    return true;
}

void SharedObject::clear_range(uint64_t from, uint64_t to)
{
    while (from < to) {
        const uint64_t index = from / frame_size;
        const uint64_t end = base::min_of(to, (index + 1) * frame_size);
        if (index < slots_ && frames_[index] != 0) {
            std::memset(bytes_at(frames_[index]) + from % frame_size, 0, end - from);
        }
        from = end;
    }
}

int SharedObject::resize(uint64_t size)
{
    if (kind_ != Kind::paged) {
        return size == size_ ? EOK : EPERM;
    }
    if (size > max_size) {
        return EFBIG;
    }
    if (size < size_) {
        clear_range(size, size_);
    } else if (!reserve(base::div_up(size, frame_size))) {
        return ENOMEM;
    }
    size_ = size;
    return EOK;
}

int SharedObject::set_physical(uint64_t paddr, uint64_t length)
{
    if (size_ != 0 || kind_ != Kind::paged || slots_ != 0 || paddr % frame_size != 0) {
        return EINVAL;
    }
    kind_ = Kind::physical;
    paddr_ = paddr;
    size_ = length;
    return EOK;
}

int SharedObject::set_contiguous(uint64_t length)
{
    if (size_ != 0 || kind_ != Kind::paged || slots_ != 0 || length == 0 || length > max_size) {
        return EINVAL;
    }
    const uint64_t paddr = alloc_contiguous(base::div_up(length, frame_size));
    if (paddr == 0) {
        return ENOMEM;
    }
    kind_ = Kind::contiguous;
    paddr_ = paddr;
    size_ = length;
    return EOK;
}

// A paged object's zero page, or the copy of an image page that is not aligned or has another file behind its end.
uint64_t SharedObject::make_page(uint64_t index)
{
    if (!reserve(index + 1)) {
        return 0;
    }
    if (frames_[index] == 0) {
        frames_[index] = alloc_page();
        if (frames_[index] != 0 && kind_ == Kind::image) {
            const uint64_t offset = index * frame_size;
            std::memcpy(bytes_at(frames_[index]), bytes_at(paddr_ + offset),
                        base::min_of(frame_size, size_ - offset));
        }
    }
    return frames_[index];
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
        const uint64_t paddr = kind_ == Kind::image ? paddr_ + base::align_down(at, frame_size) : page(at / frame_size);
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
