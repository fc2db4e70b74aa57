// SPDX-License-Identifier: Apache-2.0
// Finds the image mkifs put beside us, and procnto's file and boot record in it.
#include "startup/startup.hpp"

namespace startup {

Image image;

namespace {

// mkifs overwrites `address` (see abi/image.h).
struct Slot {
    char mark[8];
    uint64_t address;
};
[[gnu::used]] volatile Slot slot = {{'@', 'I', 'M', 'A', 'G', 'E', '@', 1}, 0};

uint32_t kernel_inode(const image_header* fs)
{
    uint32_t inode = 0;
    for (uint32_t ino : fs->boot_ino) {
        if (ino != 0)
            inode = ino;
    }
    return inode;
}

void find_kernel_file(const image_header* fs)
{
    const auto* base = reinterpret_cast<const uint8_t*>(fs);
    const uint32_t wanted = kernel_inode(fs) & ~IMAGE_INO_PROCESSED_ELF;
    for (uint32_t at = fs->dir_offset; at + 4 <= fs->hdr_dir_size;) {
        const auto* entry = reinterpret_cast<const image_dirent*>(base + at);
        if (entry->size == 0)
            break;
        if ((entry->ino & ~IMAGE_INO_PROCESSED_ELF) == wanted &&
            (entry->mode & 0170000) == 0100000) {
            image.kernel = base + entry->u.file.offset;
            image.kernel_size = entry->u.file.size;
            return;
        }
        at += entry->size;
    }
    fail("procnto is not in the image");
}

/// The last boot record is procnto's.
const image_bootrec* find_bootrec(const image_header* fs)
{
    const image_bootrec* last = nullptr;
    if (fs->bootrec_offset == 0)
        return nullptr;
    const auto* at = reinterpret_cast<const uint8_t*>(fs) + fs->bootrec_offset;
    for (;;) {
        const auto* record = reinterpret_cast<const image_bootrec*>(at);
        if (record->size == 0)
            return last;
        last = record;
        at += record->size;
    }
}

bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/// Both places must be RAM, and apart; else unpacking would write into nothing or over itself.
void check_place(const startup_header* header)
{
    const uint64_t to = header->imagefs_paddr, size = header->imagefs_size;
    if (overlap(to, size, reinterpret_cast<uint64_t>(header), header->stored_size) ||
        overlap(to, size, 0x100000, reinterpret_cast<uint64_t>(startup_end) - 0x100000))
        fail("the image would be unpacked over itself");
    for (uint32_t i = 0; i < memory.count; ++i) {
        const MemoryRange& range = memory.ranges[i];
        if (range.type == 1 && range.start <= to && to + size <= range.end)
            return;
    }
    fail("not enough RAM to unpack the image");
}

void check_sum(const uint8_t* fs, uint64_t size)
{
    uint32_t sum = 0;
    for (uint64_t at = 0; at + 4 <= size; at += 4)
        sum += *reinterpret_cast<const uint32_t*>(fs + at);
    if (sum != 0)
        fail("the image is damaged: its checksum is wrong");
}

/// Brings the image from where it was loaded to imagefs_paddr: it is compressed, or the buildfile says ram=.
void unpack_image(const startup_header* header)
{
    const uint64_t offset = header->info[STARTUP_INFO_IMAGEFS];
    if (offset > header->stored_size)
        fail("the startup header is damaged");
    const auto* from = reinterpret_cast<const uint8_t*>(header) + offset;
    auto* to = reinterpret_cast<uint8_t*>(uint64_t{header->imagefs_paddr});
    const uint64_t length = header->stored_size - offset, size = header->imagefs_size;
    if (from == to)
        return;
    check_place(header);
    bool good = false;
    switch (header->flags1 & STARTUP_HDR_FLAGS1_COMPRESS_MASK) {
    case STARTUP_HDR_FLAGS1_COMPRESS_NONE:
        good = length >= size;
        memcpy(to, from, good ? size : 0);
        break;
    case STARTUP_HDR_FLAGS1_COMPRESS_ZLIB:
        good = inflate(from, length, to, size);
        break;
    case STARTUP_HDR_FLAGS1_COMPRESS_LZO:
        good = unpack_lzo(from, length, to, size);
        break;
    default:
        fail("the image is compressed in a way startup does not know");
    }
    if (!good)
        fail("the image is damaged: it cannot be unpacked");
    check_sum(to, size);
    image.moved = true;
}

} // namespace

void find_image()
{
    const uint64_t address = slot.address;
    if (address == 0)
        fail("no image: mkifs has not filled in its address");
    const auto* header = reinterpret_cast<const startup_header*>(address);
    if (header->signature != STARTUP_HDR_SIGNATURE)
        fail("the startup header is not where it should be");
    image.header = header;
    unpack_image(header);
    image.fs = reinterpret_cast<const image_header*>(uint64_t{header->imagefs_paddr});
    if (memcmp(image.fs->signature, IMAGE_SIGNATURE, 7) != 0)
        fail("the image header is not where it should be");
    find_kernel_file(image.fs);
    image.bootrec = find_bootrec(image.fs);
}

} // namespace startup
