// SPDX-License-Identifier: Apache-2.0
// The sysctl tree: typed, described variables with limits and handlers, found by number or by dotted name.
#pragma once
#include <span>
#include <stddef.h>
#include <stdint.h>

#include <sys/sysctl.h>

#include "kern/cred.hpp"

namespace netmgr {

constexpr int32_t ctl_auto = -1;

// The old value's destination. room 0 with data nullptr asks for the size only.
struct SysctlOut {
    void* data = nullptr;
    size_t room = 0;
    size_t size = 0; // what the whole value takes

    // 0, or ENOMEM when the room is too small (the size is still right).
    int put(const void* from, size_t bytes);
};

struct SysctlIn {
    const void* data = nullptr;
    size_t size = 0;
};

class SysctlNode {
public:
    // A computed variable. The name below the node (a table's arguments) is in rest.
    using Handler = int (*)(SysctlNode& node, std::span<const int32_t> rest, SysctlOut& out,
                            const SysctlIn* in, const Cred& cred);

    int32_t number = 0;
    uint32_t type = CTLTYPE_NODE;
    uint32_t flags = 0;
    const char* name = "";
    const char* description = "";

    int32_t* int_value = nullptr; // CTLTYPE_INT
    int32_t minimum = INT32_MIN;
    int32_t maximum = INT32_MAX;
    uint64_t* quad_value = nullptr;     // CTLTYPE_QUAD, read only
    const char* string_value = nullptr; // CTLTYPE_STRING, read only
    Handler handler = nullptr;          // instead of the above
    void* arg = nullptr;                // the handler's
    int (*changed)(SysctlNode& node,
                   int32_t value) = nullptr; // before an int is stored; an errno refuses it

    SysctlNode* parent = nullptr;
    SysctlNode* child = nullptr; // sorted by number
    SysctlNode* sibling = nullptr;
};

// A line of a table of variables, as SysctlTree::add_int takes them.
struct SysctlInt {
    int32_t number;
    const char* name;
    const char* description;
    int32_t* value;
    int32_t minimum, maximum;
};

class SysctlTree {
public:
    SysctlTree() = default;
    ~SysctlTree();
    SysctlTree(const SysctlTree&) = delete;
    SysctlTree& operator=(const SysctlTree&) = delete;

    // Adding returns nullptr when memory is out. number ctl_auto picks the next free one. Strings must live as long as the tree.
    SysctlNode* add_node(SysctlNode* parent, int32_t number, const char* name,
                         const char* description);
    SysctlNode* add_int(SysctlNode* parent, int32_t number, const char* name,
                        const char* description, int32_t* value, int32_t minimum, int32_t maximum);
    int add_ints(SysctlNode* parent,
                 std::span<const SysctlInt> list); // 0, or ENOMEM (also for no parent)
    SysctlNode* add_readonly(SysctlNode* parent, int32_t number, const char* name,
                             const char* description, const int32_t* value);
    SysctlNode* add_quad(SysctlNode* parent, int32_t number, const char* name,
                         const char* description, uint64_t* value);
    SysctlNode* add_string(SysctlNode* parent, int32_t number, const char* name,
                           const char* description, const char* value);
    SysctlNode* add_handler(SysctlNode* parent, int32_t number, const char* name,
                            const char* description, uint32_t type, uint32_t flags,
                            SysctlNode::Handler handler, void* arg);
    SysctlNode* root() { return &root_; }
    SysctlNode* find(std::span<const int32_t> mib);
    SysctlNode* find(const char* dotted);

    // sysctl(2) with the documented errnos. out and in may be null; out->size is set when it is not.
    int call(std::span<const int32_t> mib, SysctlOut* out, const SysctlIn* in, const Cred& cred);
    int name_to_mib(const char* dotted, std::span<int32_t> mib, size_t& count);

private:
    SysctlNode* insert(SysctlNode* parent, int32_t number, const char* name,
                       const char* description, uint32_t type);
    int query(SysctlNode& node, SysctlOut& out);
    int access(SysctlNode& node, std::span<const int32_t> rest, SysctlOut* out, const SysctlIn* in,
               const Cred& cred);
    int access_int(SysctlNode& node, SysctlOut* out, const SysctlIn* in);

    SysctlNode root_;
};

} // namespace netmgr
