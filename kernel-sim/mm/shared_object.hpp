// SPDX-License-Identifier: Apache-2.0
// Memory that several mappings share: /dev/shmem files, and files of the boot image (whose pages are the image itself).
#pragma once

#include <cstdint>

namespace mm {

/// Reference counted; freed with its pages when the last reference goes. Big kernel lock held.
class SharedObject {
public:
    /// Empty, of size 0, pages on demand; nullptr = no memory.
    static SharedObject* create();
    /// A file of the boot image: its own pages where they are aligned, copies of the rest. Never resized.
    static SharedObject* create_image(uint64_t paddr, uint64_t length);
    void retain() { ++references_; }
    uint32_t references() const { return references_; }
    void release();

    uint64_t size() const { return size_; }
    bool image() const { return kind_ == Kind::image; }
    /// EOK, EFBIG, ENOMEM (the pages are set aside, unless `lazy`), or EPERM for an image file or a physical range. Pages cut
    /// off are read as zeros when the object grows again, and stay with it (they may be mapped) until the last reference goes.
    int resize(uint64_t size, bool lazy = false);
    /// Makes an empty object stand for a range of physical memory (SHMCTL_PHYS). EINVAL when not empty.
    int set_physical(uint64_t paddr, uint64_t length);
    /// Gives an empty object contiguous memory of its own, at a multiple of `align`, below 16 MiB if so wanted (else below
    /// 4 GiB when there is some). EINVAL when not empty, ENOMEM.
    int set_contiguous(uint64_t length, uint64_t align = 0, bool below_16m = false);

    /// Gives an empty object pages out of [start, end), for a typed memory object: the same place for all when `contiguous`, else
    /// wherever they are free. May be called again with the next range until EOK; ENOMEM: more is needed.
    int set_within(uint64_t length, uint64_t align, uint64_t start, uint64_t end, bool contiguous);
    /// Gives an empty object exactly this free RAM. EBUSY: it is not free.
    int set_exactly(uint64_t paddr, uint64_t length);
    /// A device may read and write its pages when its owner is dead.
    bool typed() const { return typed_; }

    /// Physical address of the page with this index, made when it is not there yet; 0 = beyond the end, or no memory.
    uint64_t page(uint64_t index);
    /// read() and write() inside the size; bytes done (short when there is no memory).
    uint64_t read(uint64_t offset, void* to, uint64_t length);
    uint64_t write(uint64_t offset, const void* from, uint64_t length);

private:
    enum class Kind : uint8_t { paged, contiguous, physical, image };

    SharedObject() = default;
    ~SharedObject() = default;
    /// The place of a page's address; `make` reserves it. nullptr = none, or no memory.
    uint64_t* slot(uint64_t index, bool make);
    uint64_t make_page(uint64_t index);
    uint64_t missing_pages(uint64_t from, uint64_t to) const;
    void clear_range(uint64_t from, uint64_t to);
    template <typename Copy>
    uint64_t transfer(uint64_t offset, uint64_t length, Copy&& copy);

    // Two levels, so that a large object costs what is used of it: 512 physical addresses (0 = not there yet) in a leaf.
    uint64_t** leaves_ = nullptr;
    uint64_t leaf_count_ = 0;
    uint64_t size_ = 0;
    uint64_t paddr_ = 0;    // all kinds but paged
    uint64_t promised_ = 0; // pages set aside and not made yet
    uint64_t chosen_ = 0;   // typed memory: so many pages have been found
    uint32_t references_ = 1;
    bool lazy_ = false;
    bool typed_ = false;
    Kind kind_ = Kind::paged;
};

} // namespace mm
