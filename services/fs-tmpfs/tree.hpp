// SPDX-License-Identifier: Apache-2.0
// The tree of files, directories and links.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <sys/iofunc.h>

#include "file_data.hpp"

namespace tmpfs {

struct Node;

struct Entry {
    std::string name;
    Node* node;
    uint64_t cookie; // its place for readdir(): grows with every entry made
};

// Lives while it has a name or is open.
struct Node {
    iofunc_attr_t attr; // first: iofunc calls come with a pointer to it
    Node* parent;       // of a directory
    std::vector<Entry> entries;
    uint64_t next_cookie;
    FileData data;
    std::string target; // of a symbolic link

    bool is_directory() const { return S_ISDIR(attr.mode); }
    bool is_link() const { return S_ISLNK(attr.mode); }
    Entry* find(const std::string& name);
    void add(const std::string& name, Node* node);
    void remove(const std::string& name);
};

inline Node& node_of(iofunc_ocb_t* ocb)
{
    return *reinterpret_cast<Node*>(ocb->attr);
}

class Tree {
public:
    // `mount_path` is where the root is seen, for links that lead back into it.
    explicit Tree(std::string mount_path, mode_t root_mode);

    struct Place {
        Node* directory = nullptr; // where the last component is or would be
        std::string name;          // that component; empty for the root
        Node* node = nullptr;      // null: not there
        Node* link = nullptr;      // a link the client must follow itself
        std::string rest;          // link: what of the path comes behind it
        size_t consumed = 0;       // link: bytes of the path up to and with the link's name
    };
    // EOK with a place, or an errno. A link in the middle is followed when it stays inside this file system.
    int find(resmgr_context_t* ctp, const char* path, bool follow_last,
             const struct _client_info& who, Place& place);

    Node* make(mode_t mode, Node* directory, const struct _client_info& who); // null: no memory
    static void release(Node* node);             // after a name or an open went away
    std::string seen_as(const Node& node) const; // its whole path from "/"; empty: it has no name

    Node* root;

private:
    bool inside(const std::string& target, std::string& path) const;
    std::string path_of(const Node* directory) const;

    std::string mount_path_;
    uint64_t next_inode_ = 1;
};

} // namespace tmpfs
