// SPDX-License-Identifier: Apache-2.0
// The manager of "/": files of the boot image, procnto's links, and directories that exist because names lie below them.
#include "arch/console.hpp"
#include "arch/machine.hpp"
#include "mm/frames.hpp"
#include "mm/shared_object.hpp"
#include "proc/image_files.hpp"
#include "proc/process_info.hpp"
#include "proc/resource_server.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>
#include <new>
#include <utility>

namespace proc {

namespace {

constexpr uint32_t mode_directory = 0040000, mode_file = 0100000, mode_link = 0120000,
                   mode_bits = 07777;
constexpr uint64_t image_ino_base =
    0x100000000; // image inodes and path-node ids are different number spaces

ImageDirectory image;
bool have_image;

struct CachedObject {
    uint32_t ino;
    mm::SharedObject* object;
};
CachedObject* cache;
uint32_t cache_used, cache_size;

class ImageFile final : public Resource {
public:
    explicit ImageFile(const ImageEntry& entry) : entry_(entry) {}

    void stat(_io_stat_data& out) const override
    {
        stat_common(out, image_ino_base + entry_.ino, mode_file | (entry_.mode & mode_bits),
                    entry_.size);
        out.uid = entry_.uid;
        out.gid = entry_.gid;
        out.mtime = out.ctime = out.atime = entry_.mtime;
    }
    int64_t read(Request&, uint64_t offset, uint8_t* to, uint64_t size) override
    {
        if (offset >= entry_.size) {
            return 0;
        }
        size = size < entry_.size - offset ? size : entry_.size - offset;
        std::memcpy(to, image.data(entry_) + offset, size);
        return static_cast<int64_t>(size);
    }
    mm::SharedObject* object() override { return image_object(entry_); }

private:
    ImageEntry entry_;
};

class Link final : public Resource {
public:
    Link(std::string_view text, uint32_t id) : text_(text), id_(id) {}
    bool sound() const { return static_cast<bool>(text_); }
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, id_, mode_link | 0777u, text_.view().size());
    }
    std::string_view link_text() const override { return text_.view(); }

private:
    OwnedText text_;
    uint32_t id_;
};

// The union of what the image has in a directory and the names attached below it.
class Directory final : public Resource {
public:
    Directory(std::string_view path, const ImageEntry* entry) : path_(path)
    {
        if (entry != nullptr) {
            mode_ = mode_directory | (entry->mode & mode_bits);
            ino_ = entry->ino != 0 ? image_ino_base + entry->ino : 1;
            mtime_ = entry->mtime;
        }
    }
    bool sound() const { return static_cast<bool>(path_); }
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, ino_, mode_, 0);
        out.mtime = out.ctime = out.atime = mtime_;
    }
    bool is_directory() const override { return true; }
    int list(Listing& listing) override;

private:
    OwnedText path_; // without leading '/'
    uint32_t mode_ = mode_directory | 0755u;
    uint64_t ino_ = 1;
    uint32_t mtime_ = 0;
};

int Directory::list(Listing& listing)
{
    bool room = listing.add(".", ino_) && listing.add("..", ino_);
    if (have_image) {
        image.for_each([&](const ImageEntry& entry) {
            std::string_view name;
            bool direct;
            if (ImageDirectory::child_name(entry, path_.view(), name, direct)) {
                room = room && listing.add(name, direct ? image_ino_base + entry.ino : 1);
            }
            return room;
        });
    }
    if (const PathNode* node = path_tree().lookup(path_.view()); node != nullptr) {
        for (const PathNode& child : node->children) {
            room = room && listing.add(child.name.view(), child.id);
        }
    }
    return room ? EOK : ENOMEM;
}

bool is_folder(std::string_view path)
{
    const PathNode* node = path_tree().lookup(path);
    ImageEntry entry;
    return path.empty() || (node != nullptr && !node->children.empty()) ||
           (have_image && image.lookup(path, entry) && entry.kind == ImageEntry::Kind::directory);
}

// Nothing is made here: because the folder cannot be changed, or because there is none.
int cannot_create(std::string_view path)
{
    const size_t slash = path.rfind('/');
    return is_folder(slash == path.npos ? std::string_view{} : path.substr(0, slash)) ? EROFS
                                                                                      : ENOENT;
}

class RootManager final : public Manager {
public:
    int open(const Connect& connect, Resource*& out) override;
    int unlink(const Connect& connect) override
    {
        const PathNode* node = path_tree().lookup(connect.path);
        if (node == nullptr || !node->link) {
            ImageEntry entry;
            return have_image && image.lookup(connect.path, entry) ? EROFS : ENOENT;
        }
        return able(*connect.client, Ability::pathspace) ? path_tree().unlink(connect.path) : EPERM;
    }
    int make_node(const Connect& connect) override
    {
        Resource* there = nullptr;
        if (open(connect, there) == EOK) {
            there->release();
            return EEXIST;
        }
        return cannot_create(connect.path);
    }
};

template <typename T, typename... Args>
int make(Resource*& out, Args&&... args)
{
    T* made = new (std::nothrow) T(std::forward<Args>(args)...);
    if (made != nullptr && !made->sound()) {
        made->release();
        made = nullptr;
    }
    out = made;
    return made == nullptr ? ENOMEM : EOK;
}

int RootManager::open(const Connect& connect, Resource*& out)
{
    std::string_view path = connect.path;
    while (!path.empty() && path.back() == '/') {
        path.remove_suffix(1);
    }
    const PathNode* node = path_tree().lookup(path);
    if (node != nullptr && node->link) {
        return make<Link>(out, node->link.view(), node->id);
    }
    ImageEntry entry;
    const bool in_image = have_image && image.lookup(path, entry);
    if (in_image && entry.kind == ImageEntry::Kind::file) {
        if (connect.creates() && connect.exclusive()) {
            return EEXIST;
        }
        if (connect.wants_write() || connect.truncates()) {
            return EROFS;
        }
        out = new (std::nothrow) ImageFile(entry);
        return out == nullptr ? ENOMEM : EOK;
    }
    const bool directory =
        (in_image && entry.kind == ImageEntry::Kind::directory) ||
        (node != nullptr && (!node->children.empty() || node == &path_tree().root()));
    if (directory) {
        return make<Directory>(out, path, in_image ? &entry : nullptr);
    }
    return connect.creates() ? cannot_create(path) : ENOENT;
}

/// The image's files once more below /proc/boot, where nearly everything is opened: otherwise each open would ask /proc first.
class BootManager final : public Manager {
public:
    int open(const Connect& connect, Resource*& out) override;
    int unlink(const Connect& connect) override;
    int make_node(const Connect& connect) override;
};

RootManager root_manager;
BootManager boot_manager;
uint32_t handle_of_root;
constexpr const char* boot_path = "/proc/boot";

template <typename Call>
int below_boot(const Connect& connect, Call&& call)
{
    PathText path;
    if (!path.append(std::string_view(boot_path + 1)) ||
        (!connect.path.empty() && !path.append("/")) || !path.append(connect.path)) {
        return ENAMETOOLONG;
    }
    Connect whole = connect;
    whole.path = path.view();
    return call(whole);
}

int BootManager::open(const Connect& connect, Resource*& out)
{
    return below_boot(connect, [&](const Connect& whole) { return root_manager.open(whole, out); });
}

int BootManager::unlink(const Connect& connect)
{
    return below_boot(connect, [](const Connect& whole) { return root_manager.unlink(whole); });
}

int BootManager::make_node(const Connect& connect)
{
    return below_boot(connect, [](const Connect& whole) { return root_manager.make_node(whole); });
}

} // namespace

void mount_image()
{
    const auto* start = static_cast<const uint8_t*>(arch::image());
    const auto* header = reinterpret_cast<const image_header*>(start);
    if (start == nullptr || !image.open(start, header->image_size)) {
        PANIC("no sound image file system");
    }
    have_image = true;
    ImageEntry boot;
    if (image.lookup(boot_path + 1, boot)) {
        add_manager(boot_path, boot_manager, PATH_FLAG_DIR | PATH_FLAG_AFTER, _FTYPE_ANY);
    }
    image.for_each([](const ImageEntry& entry) {
        if (entry.kind == ImageEntry::Kind::link) {
            PathText path;
            if (!path.append("/") || !path.append(entry.path) ||
                path_tree().symlink(entry.link, path.view(), true) != EOK) {
                kernel::print("procnto: link %s of the image is not usable\n", path.c_str());
            }
        }
        return true;
    });
}

const ImageDirectory& boot_image()
{
    return image;
}

mm::SharedObject* image_object(const ImageEntry& file)
{
    for (uint32_t i = 0; i < cache_used; ++i) {
        if (cache[i].ino == file.ino) {
            return cache[i].object;
        }
    }
    if (cache_used == cache_size) {
        const uint32_t size = cache_size == 0 ? 32 : cache_size * 2;
        auto* grown = new (std::nothrow) CachedObject[size];
        if (grown == nullptr) {
            return nullptr;
        }
        for (uint32_t i = 0; i < cache_used; ++i) {
            grown[i] = cache[i];
        }
        delete[] cache;
        cache = grown;
        cache_size = size;
    }
    auto* object = mm::SharedObject::create_image(arch::image_paddr() + file.offset, file.size);
    if (object != nullptr) {
        cache[cache_used++] = {file.ino, object};
    }
    return object;
}

std::string_view image_object_path(const mm::SharedObject* object)
{
    for (uint32_t i = 0; i < cache_used; ++i) {
        ImageEntry entry;
        if (cache[i].object == object && image.by_ino(cache[i].ino, entry)) {
            return entry.path;
        }
    }
    return {};
}

void add_root_manager()
{
    add_manager("/", root_manager, PATH_FLAG_DIR | PATH_FLAG_AFTER, _FTYPE_ANY);
    handle_of_root = 1;
}

uint32_t root_handle()
{
    return handle_of_root;
}

} // namespace proc
