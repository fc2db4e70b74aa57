// SPDX-License-Identifier: Apache-2.0
// /proc/mount: a directory for each name that something is attached to or below, and in it a file for each claim, called
// "nd,pid,chid,handle,type" (user's guide, "The /proc/mount directory"). Listed when asked for, not shown in /proc.
#include "proc/mount_tree.hpp"

#include "proc/path_tree.hpp"
#include "proc/resource_server.hpp"
#include "proc/server.hpp"

#include <new>

namespace proc {

namespace {

constexpr uint32_t mode_directory = 0040555, mode_file = 0100444, mode_link = 0120777;
constexpr uint64_t node_ino_base = 0x500000000, entry_ino_base = 0x600000000;

/// "0,1,1,1,0" of an entry.
class ClaimName {
public:
    explicit ClaimName(const PathEntry& entry)
    {
        add(0); // this node
        add(static_cast<uint32_t>(entry.pid));
        add(static_cast<uint32_t>(entry.chid));
        add(entry.handle);
        add(entry.file_type);
    }
    std::string_view view() const { return std::string_view(text_, length_); }

private:
    void add(uint32_t value)
    {
        char digits[10];
        size_t at = sizeof digits;
        do {
            digits[--at] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
        if (length_ != 0) {
            text_[length_++] = ',';
        }
        std::memcpy(text_ + length_, digits + at, sizeof digits - at);
        length_ += sizeof digits - at;
    }

    char text_[5 * 11];
    size_t length_ = 0;
};

/// Names the node by its path: it may be gone at the next message.
class MountDirectory final : public Resource {
public:
    MountDirectory(std::string_view path, uint32_t id) : path_(path), id_(id) {}
    bool sound() const { return static_cast<bool>(path_); }
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, node_ino_base + id_, mode_directory, 0);
    }
    bool is_directory() const override { return true; }
    int list(Listing& listing) override
    {
        bool room = listing.add(".", node_ino_base + id_) && listing.add("..", node_ino_base);
        const PathNode* node = path_tree().lookup(path_.view());
        if (node == nullptr) {
            return room ? EOK : ENOMEM;
        }
        for (const PathEntry& entry : node->entries) {
            room = room && listing.add(ClaimName(entry).view(), entry_ino_base + entry.id);
        }
        for (const PathNode& child : node->children) {
            room = room && listing.add(child.name.view(), node_ino_base + child.id);
        }
        return room ? EOK : ENOMEM;
    }

private:
    OwnedText path_;
    uint32_t id_;
};

/// One of procnto's own links.
class MountLink final : public Resource {
public:
    MountLink(std::string_view text, uint32_t id) : text_(text), id_(id) {}
    bool sound() const { return static_cast<bool>(text_); }
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, node_ino_base + id_, mode_link, text_.view().size());
    }
    std::string_view link_text() const override { return text_.view(); }

private:
    OwnedText text_;
    uint32_t id_;
};

/// A claim; its name says all there is.
class MountClaim final : public Resource {
public:
    explicit MountClaim(uint32_t id) : id_(id) {}
    bool sound() const { return true; }
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, entry_ino_base + id_, mode_file, 0);
    }
    int64_t read(Request&, uint64_t, uint8_t*, uint64_t) override { return 0; }

private:
    uint32_t id_;
};

int made(Resource* resource, bool sound, Resource*& out)
{
    if (resource != nullptr && !sound) {
        resource->release();
        resource = nullptr;
    }
    out = resource;
    return resource == nullptr ? ENOMEM : EOK;
}

int open_claim(std::string_view path, Resource*& out)
{
    const size_t slash = path.rfind('/');
    const bool top = slash == std::string_view::npos;
    const PathNode* node = path_tree().lookup(top ? std::string_view() : take_front(path, slash));
    const std::string_view name = top ? path : drop_front(path, slash + 1);
    if (node == nullptr) {
        return ENOENT;
    }
    for (const PathEntry& entry : node->entries) {
        if (ClaimName(entry).view() == name) {
            auto* claim = new (std::nothrow) MountClaim(entry.id);
            return made(claim, true, out);
        }
    }
    return ENOENT;
}

} // namespace

int open_mount_tree(std::string_view path, Resource*& out)
{
    while (!path.empty() && path.front() == '/') {
        path.remove_prefix(1);
    }
    while (!path.empty() && path.back() == '/') {
        path.remove_suffix(1);
    }
    const PathNode* node = path_tree().lookup(path);
    if (node == nullptr) {
        return open_claim(path, out);
    }
    if (node->link) {
        auto* link = new (std::nothrow) MountLink(node->link.view(), node->id);
        return made(link, link != nullptr && link->sound(), out);
    }
    auto* directory = new (std::nothrow) MountDirectory(path, node->id);
    return made(directory, directory != nullptr && directory->sound(), out);
}

} // namespace proc
