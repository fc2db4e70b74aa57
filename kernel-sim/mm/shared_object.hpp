// SPDX-License-Identifier: Apache-2.0
// Memory that several mappings share: /dev/shmem files, and files of the boot image (whose pages are the image itself).
#pragma once

#include <cstdint>

namespace mm {

/// Reference counted; freed with its pages when the last reference goes. Big kernel lock held.
class SharedObject {
public:
    static SharedObject* create();                                        // empty, pages on demand; nullptr = no memory
    static SharedObject* create_fixed(uint64_t paddr, uint64_t length);   // pages that exist already and are never freed
    void retain() { ++references_; }
    void release();

    uint64_t size() const { return size_; }
    bool fixed() const { return fixed_; }
    /// EOK, ENOMEM, or EPERM for a fixed object. Shrinking keeps pages that are mapped until the last reference goes.
    int resize(uint64_t size);
    /// Makes an empty object stand for a range of physical memory (SHMCTL_PHYS).
    int set_physical(uint64_t paddr, uint64_t length);
    /// Gives an empty object contiguous memory of its own (SHMCTL_ANON with contiguity).
    int set_contiguous(uint64_t length);

    /// Physical address of the page with this index, made (zeroed) when `create`; 0 = none.
    uint64_t page(uint64_t index, bool create);
    uint64_t bytes_valid_in(uint64_t index) const; // of a fixed object's last page: the rest is read as zeros
    /// read()/write() on the file; bytes done.
    uint64_t read(uint64_t offset, void* to, uint64_t length);
    uint64_t write(uint64_t offset, const void* from, uint64_t length);

private:
    SharedObject() = default;
    ~SharedObject() = default;
    bool reserve(uint64_t pages);
    void free_pages();

    uint64_t* frames_ = nullptr; // physical addresses, 0 = not there yet
    uint64_t slots_ = 0;
    uint64_t size_ = 0;
    uint64_t paddr_ = 0; // fixed objects
    uint32_t references_ = 1;
    bool fixed_ = false;
};

} // namespace mm
