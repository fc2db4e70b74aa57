// SPDX-License-Identifier: Apache-2.0
// Walks the directory records of the boot image.
#include "proc/image_directory.hpp"

#include <cstddef>
#include <cstring>

namespace proc {

namespace {
constexpr uint32_t type_mask = 0170000, type_directory = 0040000, type_file = 0100000,
                   type_link = 0120000;
constexpr size_t common_size = offsetof(image_dirent, u);

// A NUL-terminated string at `at`, inside `end`; false when it does not end.
bool string_at(const uint8_t* base, uint64_t at, uint64_t end, std::string_view& text)
{
    if (at >= end) {
        return false;
    }
    const auto* start = reinterpret_cast<const char*>(base + at);
    const void* nul = std::memchr(start, 0, end - at);
    if (nul == nullptr) {
        return false;
    }
    text = std::string_view(start, static_cast<size_t>(static_cast<const char*>(nul) - start));
    return true;
}
} // namespace

bool ImageDirectory::open(const uint8_t* image, uint64_t available)
{
    if (available < sizeof(image_header)) {
        return false;
    }
    image_header header;
    std::memcpy(&header, image, sizeof header);
    if (std::memcmp(header.signature, IMAGE_SIGNATURE, sizeof header.signature) != 0 ||
        header.image_size > available || header.dir_offset < sizeof(image_header) ||
        header.hdr_dir_size > header.image_size || header.dir_offset >= header.hdr_dir_size) {
        return false;
    }
    image_ = image;
    size_ = header.image_size;
    first_ = header.dir_offset;
    end_ = header.hdr_dir_size;
    return true;
}

bool ImageDirectory::next(uint64_t& at, ImageEntry& entry) const
{
    while (at + common_size <= end_) {
        image_dirent record;
        std::memcpy(&record, image_ + at, common_size);
        if (record.size < common_size + sizeof record.u.dir || record.size > end_ - at) {
            return false; // size 0: the end
        }
        const uint64_t start = at;
        const uint64_t stop = at + record.size;
        at = stop;
        std::memcpy(&record.u, image_ + start + common_size,
                    record.size - common_size < sizeof record.u ? record.size - common_size
                                                                : sizeof record.u);
        entry = ImageEntry{};
        entry.ino = record.ino;
        entry.mode = record.mode;
        entry.uid = record.uid;
        entry.gid = record.gid;
        entry.mtime = record.mtime;
        switch (record.mode & type_mask) {
        case type_file:
            entry.kind = ImageEntry::Kind::file;
            entry.offset = record.u.file.offset;
            entry.size = record.u.file.size;
            if (!string_at(image_, start + common_size + offsetof(decltype(record.u.file), path),
                           stop, entry.path) ||
                entry.offset > size_ || entry.size > size_ - entry.offset) {
                continue;
            }
            return true;
        case type_directory:
            entry.kind = ImageEntry::Kind::directory;
            if (!string_at(image_, start + common_size + offsetof(decltype(record.u.dir), path),
                           stop, entry.path)) {
                continue;
            }
            return true;
        case type_link: {
            entry.kind = ImageEntry::Kind::link;
            const uint64_t path = start + common_size + offsetof(decltype(record.u.link), path);
            if (!string_at(image_, path, stop, entry.path) ||
                path + record.u.link.sym_offset > stop ||
                record.u.link.sym_size > stop - path - record.u.link.sym_offset) {
                continue;
            }
            entry.link = std::string_view(
                reinterpret_cast<const char*>(image_ + path + record.u.link.sym_offset),
                record.u.link.sym_size);
            return true;
        }
        default:
            continue; // devices and FIFOs of the image have no server behind them
        }
    }
    return false;
}

bool ImageDirectory::child_name(const ImageEntry& entry, std::string_view directory,
                                std::string_view& name, bool& direct)
{
    std::string_view rest = entry.path;
    if (!directory.empty()) {
        if (rest.size() <= directory.size() || rest.compare(0, directory.size(), directory) != 0 ||
            rest[directory.size()] != '/') {
            return false;
        }
        rest.remove_prefix(directory.size() + 1);
    }
    if (rest.empty()) {
        return false;
    }
    const size_t slash = rest.find('/');
    direct = slash == std::string_view::npos;
    name = std::string_view(rest.data(), direct ? rest.size() : slash);
    return true;
}

bool ImageDirectory::lookup(std::string_view path, ImageEntry& found) const
{
    bool implied = path.empty();
    bool exact = false;
    for_each([&](const ImageEntry& entry) {
        std::string_view name;
        bool direct;
        if (entry.path == path) {
            found = entry;
            exact = true;
            return false;
        }
        implied = implied || child_name(entry, path, name, direct);
        return true;
    });
    if (!exact && implied) {
        found = ImageEntry{};
        found.mode = type_directory | 0755u;
        found.path = path;
    }
    return exact || implied;
}

bool ImageDirectory::by_ino(uint32_t ino, ImageEntry& found) const
{
    bool hit = false;
    for_each([&](const ImageEntry& entry) {
        if (entry.ino == ino) {
            found = entry;
            hit = true;
        }
        return !hit;
    });
    return hit;
}

} // namespace proc
