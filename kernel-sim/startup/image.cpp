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
    image.fs = reinterpret_cast<const image_header*>(uint64_t{header->imagefs_paddr});
    if (memcmp(image.fs->signature, IMAGE_SIGNATURE, 7) != 0)
        fail("the image header is not where it should be");
    find_kernel_file(image.fs);
    image.bootrec = find_bootrec(image.fs);
}

} // namespace startup
