// SPDX-License-Identifier: Apache-2.0
// The path-name space: which resource manager owns which prefix, and the symbolic links procnto keeps itself.
#pragma once

#include "proc/path_text.hpp"

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <string_view>

namespace proc {

struct PathNode;

/// One resmgr_attach(): a manager's claim on a node, or (node == nullptr) a mount receiver without a path.
struct PathEntry : boost::intrusive::list_base_hook<> {
    uint32_t id = 0;
    int32_t pid = 0;
    int32_t chid = 0;
    uint32_t handle = 0;
    uint32_t file_type = 0; // _FTYPE_*
    uint32_t flags = 0;     // PATH_FLAG_*
    PathNode* node = nullptr;
};

/// One component of a path. Exists while it has children, entries or a link text.
struct PathNode : boost::intrusive::list_base_hook<> {
    OwnedText name;         // without slashes; empty for the root
    OwnedText link;         // text of a procnto symlink, or null
    bool read_only = false; // a link that comes from the boot image
    uint32_t id = 0;        // inode number towards clients
    uint32_t link_time = 0;
    PathNode* parent = nullptr;
    boost::intrusive::list<PathNode, boost::intrusive::constant_time_size<false>> children;
    boost::intrusive::list<PathEntry, boost::intrusive::constant_time_size<false>> entries;
};

struct PathCandidate {
    int32_t pid, chid;
    uint32_t handle, file_type, flags;
    uint16_t prefix_length; // bytes of the resolved path that are the manager's
};

struct PathQuery {
    uint32_t file_type = 0; // _FTYPE_* wanted
    int32_t pid = 0;        // who asks: its own entries are skipped unless attached with SELF
    bool follow_last = true;
    std::string_view root; // chroot(): stands before the path and before links' absolute texts
};

/// Where a path leads: the path with procnto's links followed, and its managers, best first.
struct PathResolution {
    static constexpr uint32_t max_candidates = 24;
    PathText path;
    PathCandidate candidates[max_candidates];
    uint32_t count = 0;
    bool final_link = false; // follow_last was off and the path names one of procnto's links
};

/// Not locked: the big kernel lock guards it.
class PathTree {
public:
    PathTree() = default;
    ~PathTree();
    PathTree(const PathTree&) = delete;
    PathTree& operator=(const PathTree&) = delete;

    /// path empty: no path (mount receiver). EOK, EEXIST (exclusive), EINVAL, ENAMETOOLONG, ENOMEM.
    int attach(std::string_view path, const PathEntry& what, uint32_t& id);
    /// ENOENT when pid has no such entry.
    int detach(uint32_t id, int32_t pid);
    /// Everything a dead process had attached; how many entries that were.
    uint32_t detach_process(int32_t pid);
    uint32_t detach_channel(int32_t pid, int32_t chid);

    /// EEXIST when the name is already a link.
    int symlink(std::string_view target, std::string_view link, bool read_only);
    /// ENOENT when it is no link, EROFS when it is the image's.
    int unlink(std::string_view path);

    /// EOK, ENOENT (nobody), ELOOP, ENAMETOOLONG, EINVAL (not absolute).
    int resolve(std::string_view path, const PathQuery& query, PathResolution& out) const;

    /// The node of exactly this path, links not followed; nullptr if there is none.
    const PathNode* lookup(std::string_view path) const;
    const PathNode& root() const { return root_; }
    uint32_t entry_count() const { return entry_count_; }
    uint32_t node_count() const { return node_count_; }
    /// Entries without a path, newest first.
    const auto& mount_receivers() const { return mounts_; }

private:
    PathNode* make(std::string_view path);
    static PathNode* child(const PathNode& node, std::string_view name);
    static void clear(PathNode& node);
    void prune(PathNode* node);
    void remove(PathEntry& entry);
    template <typename Predicate>
    uint32_t remove_if(PathNode& node, Predicate&& unwanted);
    int follow_links(PathText& path, const PathQuery& query, bool& final_link) const;
    static void collect(const PathNode& node, bool exact, uint16_t prefix_length,
                        const PathQuery& query, PathResolution& out, bool& opaque);

    PathNode root_;
    boost::intrusive::list<PathEntry, boost::intrusive::constant_time_size<false>> mounts_;
    uint32_t next_id_ = 1;
    uint32_t next_node_id_ = 2;
    uint32_t entry_count_ = 0;
    uint32_t node_count_ = 0;
};

} // namespace proc
