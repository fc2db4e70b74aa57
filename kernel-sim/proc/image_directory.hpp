// SPDX-License-Identifier: Apache-2.0
// Reader of the boot image's file system: its directory is checked once, then only looked up.
#pragma once

#include <abi/image.h>
#include <cstdint>
#include <string_view>

namespace proc {

struct ImageEntry {
    enum class Kind : uint8_t { file, directory, link };
    Kind kind = Kind::directory;
    uint32_t ino = 0, mode = 0, uid = 0, gid = 0, mtime = 0;
    std::string_view path;         // without leading '/'
    std::string_view link;         // text of a link
    uint64_t offset = 0, size = 0; // of a file, from the image header
};

class ImageDirectory {
public:
    /// `image` is the image header; at most `available` bytes of it may be read. False: not a sound image.
    bool open(const uint8_t* image, uint64_t available);

    /// The entry of a path without leading '/'; directories exist when something lies in them. False: none.
    bool lookup(std::string_view path, ImageEntry& entry) const;
    bool by_ino(uint32_t ino, ImageEntry& entry) const;
    /// Calls visit(entry) for every entry of the image; it returns false to stop.
    template <typename Visit>
    void for_each(Visit&& visit) const
    {
        ImageEntry entry;
        for (uint64_t at = first_; next(at, entry);) {
            if (!visit(static_cast<const ImageEntry&>(entry))) {
                return;
            }
        }
    }
    /// The name of `entry` inside `directory` when it lies directly or deeper in it: its first component there.
    static bool child_name(const ImageEntry& entry, std::string_view directory,
                           std::string_view& name, bool& direct);

    const uint8_t* data(const ImageEntry& entry) const { return image_ + entry.offset; }
    const image_header& header() const { return *reinterpret_cast<const image_header*>(image_); }
    uint64_t size() const { return size_; }

private:
    bool next(uint64_t& at,
              ImageEntry& entry) const; // at moves past the entry; false at the end or at a bad one

    const uint8_t* image_ = nullptr;
    uint64_t size_ = 0;
    uint64_t first_ = 0, end_ = 0; // of the directory
};

} // namespace proc
