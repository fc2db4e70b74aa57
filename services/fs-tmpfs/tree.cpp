// SPDX-License-Identifier: Apache-2.0
// Names: looking up paths, adding and removing entries.
#include "tree.hpp"

#include <cerrno>
#include <cstring>
#include <new>

namespace tmpfs {

Entry* Node::find(const std::string& name)
{
    for (Entry& e : entries) {
        if (e.name == name) {
            return &e;
        }
    }
    return nullptr;
}

void Node::add(const std::string& name, Node* node)
{
    entries.push_back({name, node, next_cookie++});
    attr.nbytes = static_cast<int64_t>(entries.size());
    attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    if (node->is_directory()) {
        node->parent = this;
        ++attr.nlink;
    }
}

void Node::remove(const std::string& name)
{
    for (size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].name == name) {
            attr.nlink -= entries[i].node->is_directory();
            entries.erase(entries.begin() + static_cast<long>(i));
            break;
        }
    }
    attr.nbytes = static_cast<int64_t>(entries.size());
    attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
}

Tree::Tree(std::string mount_path, mode_t root_mode)
    : root(nullptr), mount_path_(std::move(mount_path))
{
    const struct _client_info nobody = {};
    root = make(S_IFDIR | root_mode, nullptr, nobody);
    if (root) {
        root->parent = root;
    }
}

Node* Tree::make(mode_t mode, Node* directory, const struct _client_info& who)
{
    Node* node = new (std::nothrow) Node{};
    if (!node) {
        return nullptr;
    }
    struct _client_info info = who;
    iofunc_attr_init(&node->attr, mode, directory ? &directory->attr : nullptr, &info);
    node->attr.inode = next_inode_++;
    node->attr.nlink = S_ISDIR(mode) ? 2 : 1;
    node->next_cookie = 3; // 1 and 2 are "." and ".."
    return node;
}

void Tree::release(Node* node)
{
    const bool named = node->attr.nlink > (node->is_directory() ? 1u : 0u);
    if (!named && node->attr.count == 0) {
        delete node;
    }
}

std::string Tree::path_of(const Node* directory) const
{
    std::string path;
    for (; directory != root; directory = directory->parent) {
        for (const Entry& e : directory->parent->entries) {
            if (e.node == directory) {
                path = e.name + (path.empty() ? "" : "/") + path;
                break;
            }
        }
    }
    return path;
}

// Files know no parent, so the folders are looked through; no recursion, as folders nest as deep as a client likes.
std::string Tree::seen_as(const Node& node) const
{
    if (&node == root) {
        return mount_path_;
    }
    std::vector<const Node*> folders{root};
    while (!folders.empty()) {
        const Node* folder = folders.back();
        folders.pop_back();
        for (const Entry& e : folder->entries) {
            if (e.node == &node) {
                const std::string way = path_of(folder);
                return (mount_path_ == "/" ? "" : mount_path_) + '/' + way +
                       (way.empty() ? "" : "/") + e.name;
            }
            if (e.node->is_directory()) {
                folders.push_back(e.node);
            }
        }
    }
    return "";
}

// An absolute target below the mount point, as a path of this tree.
bool Tree::inside(const std::string& target, std::string& path) const
{
    if (mount_path_ == "/" || target.compare(0, mount_path_.size(), mount_path_) != 0) {
        return false;
    }
    if (target.size() > mount_path_.size() && target[mount_path_.size()] != '/') {
        return false;
    }
    path = target.substr(mount_path_.size());
    return true;
}

int Tree::find(resmgr_context_t* ctp, const char* path, bool follow_last,
               const struct _client_info& who, Place& place)
{
    std::string todo = path;
    size_t from_client = todo.size(); // bytes at the end of todo that are still the client's own
    Node* at = root;
    place = Place{};
    place.node = root;
    for (int links = 0;;) {
        const size_t begin = todo.find_first_not_of('/');
        if (begin == std::string::npos) {
            break;
        }
        size_t end = todo.find('/', begin);
        end = end == std::string::npos ? todo.size() : end;
        const std::string name = todo.substr(begin, end - begin);
        const bool last = todo.find_first_not_of('/', end) == std::string::npos;
        todo.erase(0, end);
        from_client = from_client < todo.size() ? from_client : todo.size();
        if (!at->is_directory()) {
            return ENOTDIR;
        }
        if (const int error = iofunc_check_access(ctp, &at->attr, S_IXUSR, &who); error != EOK) {
            return error;
        }
        if (name.size() > 255) {
            return ENAMETOOLONG;
        }
        place.directory = at;
        place.name = name;
        if (name == "." || name == "..") {
            place.node = at = name == "." ? at : at->parent;
            continue;
        }
        Entry* entry = at->find(name);
        place.node = entry ? entry->node : nullptr;
        if (!entry) {
            return last ? EOK : ENOENT;
        }
        if (!entry->node->is_link() || (last && !follow_last)) {
            at = entry->node;
            continue;
        }
        std::string inner;
        const std::string& target = entry->node->target;
        if (last || (target[0] == '/' && !inside(target, inner))) {
            place.link = entry->node;
            place.consumed = std::strlen(path) - from_client;
            place.rest = todo;
            return EOK;
        }
        if (++links > 16) {
            return ELOOP;
        }
        if (target[0] == '/') {
            at = root;
            todo = inner + todo;
        } else {
            todo = target + todo;
        }
    }
    return EOK;
}

} // namespace tmpfs
