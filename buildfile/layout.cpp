// SPDX-License-Identifier: Apache-2.0
// The image file system part: header, boot records, directory, file data, trailer.
#include "layout.hpp"

#include <abi/image.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <stdexcept>

namespace buildfile {
namespace {

uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

// With mount= the paths in the directory begin with the mount point; the root keeps its empty one.
std::string stored_path(const Image& image, const Entry& entry)
{
    std::string mount = clean_path(image.mount);
    return mount.empty() || entry.path.empty() ? entry.path : mount + "/" + entry.path;
}

size_t dirent_size(const Entry& entry, const std::string& path)
{
    size_t size = offsetof(image_dirent, u);
    switch (entry.type) {
    case FileType::file:
    case FileType::hard_link:
        size += offsetof(decltype(image_dirent::u.file), path) + path.size() + 1;
        break;
    case FileType::dir:
        size += path.size() + 1;
        break;
    case FileType::link:
        size += offsetof(decltype(image_dirent::u.link), path) + path.size() + 1 +
                entry.text.size() + 1;
        break;
    case FileType::fifo:
        size += offsetof(decltype(image_dirent::u.device), path) + path.size() + 1;
        break;
    }
    return round_up(size, 4);
}

// Strings lie outside the declared path[4]: written through the buffer.
void put_string(Bytes& out, size_t at, const std::string& text)
{
    std::memcpy(out.data() + at, text.c_str(), text.size() + 1);
}

void write_dirent(Bytes& out, size_t at, const Entry& entry, const std::string& path)
{
    image_dirent head{};
    head.size = static_cast<uint16_t>(dirent_size(entry, path));
    head.ino = entry.ino;
    head.mode = entry.mode;
    head.gid = entry.gid;
    head.uid = entry.uid;
    head.mtime = entry.mtime;
    size_t fixed = offsetof(image_dirent, u);
    size_t strings = fixed;
    if (entry.type == FileType::file) {
        head.u.file.offset = static_cast<uint32_t>(entry.offset);
        head.u.file.size = static_cast<uint32_t>(entry.size);
        strings += offsetof(decltype(image_dirent::u.file), path);
    } else if (entry.type == FileType::link) {
        head.u.link.sym_offset = static_cast<uint16_t>(path.size() + 1);
        head.u.link.sym_size = static_cast<uint16_t>(entry.text.size());
        strings += offsetof(decltype(image_dirent::u.link), path);
    }
    if (entry.type == FileType::fifo) {
        strings += offsetof(decltype(image_dirent::u.device), path);
    }
    std::memcpy(out.data() + at, &head, std::min(strings, sizeof(head)));
    put_string(out, at + strings, path);
    if (entry.type == FileType::link) {
        put_string(out, at + strings + path.size() + 1, entry.text);
    }
}

// Aligned files in order; small ones go into the holes before them when they fit.
class Placer {
public:
    explicit Placer(uint64_t start) : end_(start) {}

    void place_aligned(Entry& entry, uint64_t align)
    {
        uint64_t aligned = round_up(end_, align);
        add_hole(end_, aligned);
        entry.offset = aligned;
        end_ = aligned + entry.data.size();
    }

    void place_small(Entry& entry)
    {
        uint64_t size = entry.data.size();
        for (Hole& hole : holes_) {
            if (hole.end - hole.start >= size) {
                entry.offset = hole.start;
                hole.start = std::min(round_up(hole.start + size, small_align), hole.end);
                return;
            }
        }
        entry.offset = round_up(end_, small_align);
        end_ = entry.offset + size;
    }
    uint64_t end() const { return end_; }

private:
    static constexpr uint64_t small_align = 8;
    struct Hole {
        uint64_t start, end;
    };
    void add_hole(uint64_t start, uint64_t end)
    {
        start = round_up(start, small_align);
        if (start < end) {
            holes_.push_back({start, end});
        }
    }

    uint64_t end_;
    std::vector<Hole> holes_;
};

// The files of a phys_align group lie together: only the first is aligned to the group's size.
void place_groups(Tree& tree, Placer& placer)
{
    std::map<unsigned, std::vector<Entry*>> groups;
    for (auto& [path, entry] : tree.entries()) {
        if (entry.group) {
            groups[entry.group].push_back(&entry);
        }
    }
    for (auto& [number, files] : groups) {
        for (size_t i = 0; i < files.size(); ++i) {
            placer.place_aligned(*files[i], i ? page_size : files[i]->align);
        }
    }
}

void place_files(Tree& tree, Placer& placer)
{
    auto single = [](const Entry& entry) {
        return entry.type == FileType::file && entry.same_as.empty() && !entry.group;
    };
    place_groups(tree, placer);
    for (auto& [path, entry] : tree.entries()) {
        if (single(entry) && entry.align > 1) {
            placer.place_aligned(entry, entry.align);
        }
    }
    for (auto& [path, entry] : tree.entries()) {
        if (single(entry) && entry.align <= 1) {
            placer.place_small(entry);
        }
        entry.size = entry.data.size();
    }
    for (auto& [path, entry] : tree.entries()) {
        if (const Entry* file = entry.same_as.empty() ? nullptr : tree.find(entry.same_as)) {
            entry.offset = file->offset;
            entry.size = file->size;
        }
    }
}

void fill_header(image_header& header, Image& image, const std::string& mount)
{
    std::memcpy(header.signature, IMAGE_SIGNATURE, sizeof(header.signature));
    header.flags = IMAGE_FLAGS_READONLY | IMAGE_FLAGS_INO_BITS | IMAGE_FLAGS_SORTED;
    header.flags = static_cast<uint8_t>(header.flags | (mount == "/" ? 0 : IMAGE_FLAGS_MOUNTED));
    if (image.boot) {
        header.boot_ino[0] = startup_ino;
        if (Entry* procnto = image.tree.find(image.procnto_path)) {
            header.boot_ino[1] = procnto->ino;
        }
    }
    if (Entry* script = image.tree.find(image.script_path); script && !image.script_path.empty()) {
        header.script_ino = script->ino;
    }
    header.chain_paddr = static_cast<uint32_t>(image.chain.value_or(0));
    if (mount.size() >= 256) {
        throw std::runtime_error("the mount point is too long");
    }
}

void list_rows(const Tree& tree, std::vector<LayoutRow>& rows)
{
    for (const auto& [path, entry] : tree.entries()) {
        std::string name = path.empty() ? "Root-dirent" : path;
        if (entry.added) {
            name = "[A] " + name;
        }
        if (entry.type == FileType::link) {
            rows.push_back({-1, entry.text.size(), name + " -> " + entry.text});
        } else if (entry.type != FileType::file) {
            rows.push_back({-1, 0, name});
        } else {
            const std::string& from = entry.same_as.empty() ? entry.origin : entry.same_as;
            rows.push_back({static_cast<int64_t>(entry.offset), entry.size, name + "=" + from});
        }
    }
}

} // namespace

uint32_t sum_words(const uint8_t* bytes, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        uint32_t word;
        std::memcpy(&word, bytes + i, 4);
        sum += word;
    }
    return sum;
}

void set_checksum(Bytes& bytes, size_t from, size_t size)
{
    size_t last = from + size - 4;
    std::memset(bytes.data() + last, 0, 4);
    uint32_t value = 0u - sum_words(bytes.data() + from, size);
    std::memcpy(bytes.data() + last, &value, 4);
}

Bytes layout_imagefs(Image& image, std::vector<LayoutRow>& rows)
{
    image_header header{};
    fill_header(header, image, image.mount);
    size_t mount_at = offsetof(image_header, mountpoint);
    size_t records_at = mount_at + round_up(image.mount.size() + 1, 4);
    Bytes records = image.boot ? boot_records(*image.boot) : Bytes{};
    size_t dir_at = round_up(records_at + records.size(), 4);
    size_t dir_size = 4; // the terminating size 0
    for (const auto& [path, entry] : image.tree.entries()) {
        dir_size += dirent_size(entry, stored_path(image, entry));
    }
    Placer placer(dir_at + dir_size);
    place_files(image.tree, placer);
    uint64_t trailer_at = round_up(placer.end(), 4);
    uint64_t total = trailer_at + sizeof(image_trailer);
    if (total > UINT32_MAX) {
        throw std::runtime_error("the image is larger than 4 GiB");
    }
    header.image_size = static_cast<uint32_t>(total);
    header.hdr_dir_size = static_cast<uint32_t>(dir_at + dir_size);
    header.dir_offset = static_cast<uint32_t>(dir_at);
    header.bootrec_offset = image.boot ? static_cast<uint32_t>(records_at) : 0;

    Bytes out(total);
    std::memcpy(out.data(), &header, mount_at);
    put_string(out, mount_at, image.mount);
    std::copy(records.begin(), records.end(), out.begin() + static_cast<ptrdiff_t>(records_at));
    size_t at = dir_at;
    for (const auto& [path, entry] : image.tree.entries()) {
        std::string stored = stored_path(image, entry);
        write_dirent(out, at, entry, stored);
        at += dirent_size(entry, stored);
        std::copy(entry.data.begin(), entry.data.end(),
                  out.begin() + static_cast<ptrdiff_t>(entry.offset));
    }
    set_checksum(out, 0, total);
    rows.push_back({0, dir_at, "Image-header mountpoint=" + image.mount});
    rows.push_back({static_cast<int64_t>(dir_at), dir_size, "Image-directory"});
    list_rows(image.tree, rows);
    rows.push_back({static_cast<int64_t>(trailer_at), sizeof(image_trailer), "Image-trailer"});
    return out;
}

} // namespace buildfile
