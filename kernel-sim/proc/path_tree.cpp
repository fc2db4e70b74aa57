// SPDX-License-Identifier: Apache-2.0
// The path-name space: attach, detach, links, and resolution by longest prefix.
#include "proc/path_tree.hpp"

#include <abi/errno.h>
#include <abi/proc_msg.h>
#include <sys/iomsg.h>

namespace proc {

namespace {
constexpr int max_links = 32; // followed in one resolution
}

void PathTree::clear(PathNode& node)
{
    node.children.clear_and_dispose([](PathNode* child) {
        clear(*child);
        delete child;
    });
    node.entries.clear_and_dispose([](PathEntry* entry) { delete entry; });
}

PathTree::~PathTree()
{
    clear(root_);
    mounts_.clear_and_dispose([](PathEntry* entry) { delete entry; });
}

PathNode* PathTree::child(const PathNode& node, std::string_view name)
{
    for (const PathNode& candidate : node.children) {
        if (candidate.name.view() == name) {
            return const_cast<PathNode*>(&candidate);
        }
    }
    return nullptr;
}

const PathNode* PathTree::lookup(std::string_view path) const
{
    const PathNode* node = &root_;
    std::string_view component;
    for (Components walk(path); node != nullptr && walk.next(component);) {
        node = child(*node, component);
    }
    return node;
}

PathNode* PathTree::make(std::string_view path)
{
    PathNode* node = &root_;
    std::string_view component;
    for (Components walk(path); walk.next(component);) {
        PathNode* next = child(*node, component);
        if (next == nullptr) {
            next = new (std::nothrow) PathNode;
            if (next != nullptr) {
                next->name = OwnedText(component);
            }
            if (next == nullptr || !next->name) {
                delete next;
                prune(node);
                return nullptr;
            }
            next->id = next_node_id_++;
            next->parent = node;
            node->children.push_back(*next);
            ++node_count_;
        }
        node = next;
    }
    return node;
}

void PathTree::prune(PathNode* node)
{
    while (node != &root_ && node->children.empty() && node->entries.empty() && !node->link) {
        PathNode* parent = node->parent;
        parent->children.erase(parent->children.iterator_to(*node));
        delete node;
        --node_count_;
        node = parent;
    }
}

int PathTree::attach(std::string_view path, const PathEntry& what, uint32_t& id)
{
    if (path.size() >= path_max) {
        return ENAMETOOLONG;
    }
    if (!path.empty() && path.front() != '/') {
        return EINVAL;
    }
    if (const PathNode* there = path.empty() ? nullptr : lookup(path); there != nullptr) {
        for (const PathEntry& other : there->entries) {
            if (((what.flags | other.flags) & PATH_FLAG_EXCLUSIVE) != 0) {
                return EEXIST;
            }
        }
    }
    auto* entry = new (std::nothrow) PathEntry;
    PathNode* node = entry == nullptr || path.empty() ? nullptr : make(path);
    if (entry == nullptr || (node == nullptr && !path.empty())) {
        delete entry;
        return ENOMEM;
    }
    entry->id = id = next_id_++;
    entry->pid = what.pid;
    entry->chid = what.chid;
    entry->handle = what.handle;
    entry->file_type = what.file_type;
    entry->flags = what.flags;
    entry->node = node;
    ++entry_count_;

    // Kept in asking order: BEFORE entries, then the ordinary ones newest first, then AFTER entries.
    auto& list = node == nullptr ? mounts_ : node->entries;
    auto place = list.begin();
    if ((what.flags & PATH_FLAG_AFTER) != 0) {
        place = list.end();
    } else if ((what.flags & PATH_FLAG_BEFORE) == 0) {
        while (place != list.end() && (place->flags & PATH_FLAG_BEFORE) != 0) {
            ++place;
        }
    }
    list.insert(place, *entry);
    return EOK;
}

void PathTree::remove(PathEntry& entry)
{
    PathNode* node = entry.node;
    auto& list = node == nullptr ? mounts_ : node->entries;
    list.erase(list.iterator_to(entry));
    delete &entry;
    --entry_count_;
}

template <typename Predicate>
uint32_t PathTree::remove_if(PathNode& node, Predicate&& unwanted)
{
    uint32_t removed = 0;
    for (auto at = node.children.begin(); at != node.children.end();) {
        PathNode& next = *at++;
        removed += remove_if(next, unwanted);
        if (next.children.empty() && next.entries.empty() && !next.link) {
            node.children.erase(
                node.children.iterator_to(next)); // not prune(): that could take `node` as well
            delete &next;
            --node_count_;
        }
    }
    for (auto at = node.entries.begin(); at != node.entries.end();) {
        PathEntry& entry = *at++;
        if (unwanted(entry)) {
            remove(entry);
            ++removed;
        }
    }
    return removed;
}

int PathTree::detach(uint32_t id, int32_t pid)
{
    const auto match = [&](const PathEntry& entry) { return entry.id == id && entry.pid == pid; };
    for (PathEntry& entry : mounts_) {
        if (match(entry)) {
            remove(entry);
            return EOK;
        }
    }
    const uint32_t removed = remove_if(root_, match);
    return removed == 0 ? ENOENT : EOK;
}

uint32_t PathTree::detach_process(int32_t pid)
{
    const auto match = [pid](const PathEntry& entry) { return entry.pid == pid; };
    uint32_t removed = remove_if(root_, match);
    for (auto at = mounts_.begin(); at != mounts_.end();) {
        PathEntry& entry = *at++;
        if (match(entry)) {
            remove(entry);
            ++removed;
        }
    }
    return removed;
}

uint32_t PathTree::detach_channel(int32_t pid, int32_t chid)
{
    const auto match = [&](const PathEntry& entry) {
        return entry.pid == pid && entry.chid == chid;
    };
    uint32_t removed = remove_if(root_, match);
    for (auto at = mounts_.begin(); at != mounts_.end();) {
        PathEntry& entry = *at++;
        if (match(entry)) {
            remove(entry);
            ++removed;
        }
    }
    return removed;
}

int PathTree::symlink(std::string_view target, std::string_view link, bool read_only)
{
    if (target.empty() || link.empty() || link.front() != '/') {
        return EINVAL;
    }
    if (target.size() >= path_max || link.size() >= path_max) {
        return ENAMETOOLONG;
    }
    const PathNode* there = lookup(link);
    if (there == &root_ || (there != nullptr && there->link)) {
        return EEXIST;
    }
    OwnedText text(target);
    PathNode* node = text ? make(link) : nullptr;
    if (node == nullptr) {
        return ENOMEM;
    }
    node->link = std::move(text);
    node->read_only = read_only;
    return EOK;
}

int PathTree::unlink(std::string_view path)
{
    auto* node = const_cast<PathNode*>(lookup(path));
    if (node == nullptr || !node->link) {
        return ENOENT;
    }
    if (node->read_only) {
        return EROFS;
    }
    node->link.reset();
    prune(node);
    return EOK;
}

// Replaces each of procnto's links on the way by its text, until none is left. Dots are resolved by the text alone, and do not lead
// out of the root, whose own part of the path has no links.
int PathTree::follow_links(PathText& path, const PathQuery& query, bool& final_link) const
{
    PathText result;
    for (int links = 0; links <= max_links; ++links) {
        result.clear();
        const PathNode* node = &root_;
        bool again = false;
        std::string_view component;
        for (Components walk(path.view()); walk.next(component);) {
            const size_t before = result.length();
            if (component == ".." && before <= query.root.size()) {
                continue;
            }
            if (!result.append_component(component)) {
                return ENAMETOOLONG;
            }
            if (component == ".") {
                continue;
            }
            node = component == ".." ? lookup(result.view())
                   : node == nullptr ? nullptr
                                     : child(*node, component);
            if (node == nullptr || !node->link || result.length() <= query.root.size()) {
                continue;
            }
            Components after = walk;
            std::string_view next;
            const bool last = !after.next(next);
            if (last && !query.follow_last && path.view().back() != '/') {
                final_link = true;
                continue;
            }
            const std::string_view text = node->link.view();
            PathText replaced;
            const bool absolute = text.front() == '/';
            const bool fits =
                replaced.append(absolute ? query.root : take_front(result.view(), before)) &&
                (absolute || replaced.append("/")) && replaced.append(text) &&
                replaced.append(walk.rest());
            if (!fits) {
                return ENAMETOOLONG;
            }
            path = replaced;
            again = true;
            break;
        }
        if (!again) {
            if (result.length() == 0 && !result.append("/")) {
                return ENAMETOOLONG;
            }
            path = result; // a trailing slash is not kept: the client tells it in eflag
            return EOK;
        }
    }
    return ELOOP;
}

void PathTree::collect(const PathNode& node, bool exact, uint16_t prefix_length,
                       const PathQuery& query, PathResolution& out, bool& opaque)
{
    for (const PathEntry& entry : node.entries) {
        if (!exact && (entry.flags & PATH_FLAG_DIR) == 0) {
            continue;
        }
        const bool type_fits = entry.file_type == query.file_type ||
                               (entry.flags & PATH_FLAG_FTYPEALL) != 0 ||
                               ((entry.flags & PATH_FLAG_FTYPEONLY) == 0 &&
                                (query.file_type == _FTYPE_ANY || entry.file_type == _FTYPE_ANY));
        if (!type_fits || (entry.pid == query.pid && (entry.flags & PATH_FLAG_SELF) == 0)) {
            continue;
        }
        if (out.count < PathResolution::max_candidates) {
            out.candidates[out.count++] = {entry.pid,       entry.chid,  entry.handle,
                                           entry.file_type, entry.flags, prefix_length};
        }
        if ((entry.flags & PATH_FLAG_OPAQUE) != 0) {
            opaque = true;
        }
    }
}

int PathTree::resolve(std::string_view path, const PathQuery& query, PathResolution& out) const
{
    out.count = 0;
    out.final_link = false;
    if (path.empty() || path.front() != '/') {
        return EINVAL;
    }
    if (!out.path.assign(query.root) || !out.path.append(path)) {
        return ENAMETOOLONG;
    }
    if (query.file_type ==
        _FTYPE_MOUNT) { // mount(): whoever registered for it, with or without a path
        for (const PathEntry& entry : mounts_) {
            if (entry.file_type == _FTYPE_MOUNT && out.count < PathResolution::max_candidates) {
                out.candidates[out.count++] = {entry.pid,       entry.chid,  entry.handle,
                                               entry.file_type, entry.flags, 0};
            }
        }
    }
    if (const int error = follow_links(out.path, query, out.final_link); error != EOK) {
        return error;
    }
    if (out.final_link) {
        return EOK;
    }
    const PathNode* node = &root_;
    size_t matched = 0; // bytes of the path that lead to node
    bool exact = true;
    std::string_view component;
    for (Components walk(out.path.view()); walk.next(component);) {
        const PathNode* next = child(*node, component);
        if (next == nullptr) {
            exact = false;
            break;
        }
        node = next;
        matched += 1 + component.size();
    }
    bool opaque = false;
    for (; node != nullptr && !opaque; node = node->parent) { // longest prefix first
        collect(*node, exact, static_cast<uint16_t>(matched == 0 ? 1 : matched), query, out,
                opaque);
        matched -= node->parent == nullptr ? 0 : 1 + node->name.view().size();
        exact = false;
    }
    return out.count == 0 ? ENOENT : EOK;
}

} // namespace proc
