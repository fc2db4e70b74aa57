// SPDX-License-Identifier: Apache-2.0
// The sysctl tree: adding, finding, reading and writing.
#include "kern/sysctl.hpp"

#include <errno.h>
#include <new>
#include <string.h>

namespace netmgr {

namespace {

void free_children(SysctlNode& node)
{
    while (node.child != nullptr) {
        SysctlNode* gone = node.child;
        node.child = gone->sibling;
        free_children(*gone);
        delete gone;
    }
}

SysctlNode* child_numbered(SysctlNode& node, int32_t number)
{
    for (SysctlNode* c = node.child; c != nullptr; c = c->sibling)
        if (c->number == number)
            return c;
    return nullptr;
}

SysctlNode* child_named(SysctlNode& node, const char* name, size_t len)
{
    for (SysctlNode* c = node.child; c != nullptr; c = c->sibling)
        if (strlen(c->name) == len && memcmp(c->name, name, len) == 0)
            return c;
    return nullptr;
}

} // namespace

int SysctlOut::put(const void* from, size_t bytes)
{
    const bool fits = size + bytes <= room;
    if (data != nullptr && fits)
        memcpy(static_cast<uint8_t*>(data) + size, from, bytes);
    size += bytes;
    return data == nullptr || fits ? 0 : ENOMEM;
}

SysctlTree::~SysctlTree()
{
    free_children(root_);
}

SysctlNode* SysctlTree::insert(SysctlNode* parent, int32_t number, const char* name,
                               const char* description, uint32_t type)
{
    if (parent == nullptr)
        return nullptr;
    if (SysctlNode* there = child_named(*parent, name, strlen(name)))
        return type == CTLTYPE_NODE && there->type == CTLTYPE_NODE ? there : nullptr;
    if (number == ctl_auto) { // numbers given out by us start behind the documented ones
        number = 1000;
        while (child_numbered(*parent, number) != nullptr)
            number++;
    } else if (child_numbered(*parent, number) != nullptr) {
        return nullptr;
    }
    auto* node = new (std::nothrow) SysctlNode;
    if (node == nullptr)
        return nullptr;
    node->number = number;
    node->name = name;
    node->description = description;
    node->type = type;
    node->parent = parent;
    SysctlNode** link = &parent->child;
    while (*link != nullptr && (*link)->number < number)
        link = &(*link)->sibling;
    node->sibling = *link;
    *link = node;
    return node;
}

SysctlNode* SysctlTree::add_node(SysctlNode* parent, int32_t number, const char* name,
                                 const char* description)
{
    return insert(parent, number, name, description, CTLTYPE_NODE);
}

SysctlNode* SysctlTree::add_int(SysctlNode* parent, int32_t number, const char* name,
                                const char* description, int32_t* value, int32_t minimum,
                                int32_t maximum)
{
    SysctlNode* node = insert(parent, number, name, description, CTLTYPE_INT);
    if (node != nullptr) {
        node->flags = CTLFLAG_READWRITE;
        node->int_value = value;
        node->minimum = minimum;
        node->maximum = maximum;
    }
    return node;
}

int SysctlTree::add_ints(SysctlNode* parent, std::span<const SysctlInt> list)
{
    if (parent == nullptr)
        return ENOMEM;
    for (const SysctlInt& v : list)
        if (add_int(parent, v.number, v.name, v.description, v.value, v.minimum, v.maximum) ==
            nullptr)
            return ENOMEM;
    return 0;
}

SysctlNode* SysctlTree::add_readonly(SysctlNode* parent, int32_t number, const char* name,
                                     const char* description, const int32_t* value)
{
    SysctlNode* node = insert(parent, number, name, description, CTLTYPE_INT);
    if (node != nullptr)
        node->int_value =
            const_cast<int32_t*>(value); // without CTLFLAG_READWRITE it is never written
    return node;
}

SysctlNode* SysctlTree::add_quad(SysctlNode* parent, int32_t number, const char* name,
                                 const char* description, uint64_t* value)
{
    SysctlNode* node = insert(parent, number, name, description, CTLTYPE_QUAD);
    if (node != nullptr)
        node->quad_value = value;
    return node;
}

SysctlNode* SysctlTree::add_string(SysctlNode* parent, int32_t number, const char* name,
                                   const char* description, const char* value)
{
    SysctlNode* node = insert(parent, number, name, description, CTLTYPE_STRING);
    if (node != nullptr)
        node->string_value = value;
    return node;
}

SysctlNode* SysctlTree::add_handler(SysctlNode* parent, int32_t number, const char* name,
                                    const char* description, uint32_t type, uint32_t flags,
                                    SysctlNode::Handler handler, void* arg)
{
    SysctlNode* node = insert(parent, number, name, description, type);
    if (node != nullptr) {
        node->flags = flags;
        node->handler = handler;
        node->arg = arg;
    }
    return node;
}

SysctlNode* SysctlTree::find(std::span<const int32_t> mib)
{
    SysctlNode* node = &root_;
    for (int32_t number : mib)
        if (node == nullptr || (node = child_numbered(*node, number)) == nullptr)
            return nullptr;
    return node;
}

SysctlNode* SysctlTree::find(const char* dotted)
{
    SysctlNode* node = &root_;
    while (node != nullptr && *dotted != '\0') {
        const char* end = strchrnul(dotted, '.');
        node = child_named(*node, dotted, static_cast<size_t>(end - dotted));
        dotted = *end == '.' ? end + 1 : end;
    }
    return node;
}

int SysctlTree::name_to_mib(const char* dotted, std::span<int32_t> mib, size_t& count)
{
    const SysctlNode* node = find(dotted);
    if (node == nullptr || node == &root_)
        return EOPNOTSUPP;
    count = 0;
    for (const SysctlNode* n = node; n != &root_; n = n->parent)
        count++;
    if (count > mib.size())
        return ENOMEM;
    size_t at = count;
    for (const SysctlNode* n = node; n != &root_; n = n->parent)
        mib[--at] = n->number;
    return 0;
}

int SysctlTree::query(SysctlNode& node, SysctlOut& out)
{
    if (node.type != CTLTYPE_NODE)
        return ENOTDIR;
    int error = 0;
    for (SysctlNode* c = node.child; c != nullptr; c = c->sibling) {
        sysctlnode_info info = {};
        info.number = c->number;
        info.type = c->type;
        info.flags = c->flags;
        info.size = c->type == CTLTYPE_INT    ? sizeof(int32_t)
                    : c->type == CTLTYPE_QUAD ? sizeof(uint64_t)
                                              : 0;
        strncpy(info.name, c->name, sizeof(info.name) - 1);
        if (int e = out.put(&info, sizeof(info)))
            error = e;
    }
    return error;
}

int SysctlTree::access_int(SysctlNode& node, SysctlOut* out, const SysctlIn* in)
{
    int32_t value = 0;
    if (in != nullptr) {
        if (in->size != sizeof(value))
            return EINVAL;
        memcpy(&value, in->data, sizeof(value));
        if (value < node.minimum || value > node.maximum)
            return EINVAL;
    }
    if (out != nullptr)
        if (int error = out->put(node.int_value, sizeof(int32_t)))
            return error;
    if (in != nullptr) {
        if (node.changed != nullptr)
            if (int error = node.changed(node, value))
                return error;
        *node.int_value = value;
    }
    return 0;
}

int SysctlTree::access(SysctlNode& node, std::span<const int32_t> rest, SysctlOut* out,
                       const SysctlIn* in, const Cred& cred)
{
    if (in != nullptr && (!cred.has(able_sysctl) || (node.flags & CTLFLAG_READWRITE) == 0))
        return EPERM;
    if ((node.flags & CTLFLAG_PRIVATE) != 0 && !cred.has(able_sysctl))
        return EPERM;
    if (node.handler != nullptr) {
        SysctlOut unused;
        return node.handler(node, rest, out != nullptr ? *out : unused, in, cred);
    }
    if (!rest.empty())
        return EOPNOTSUPP;
    if (node.int_value != nullptr)
        return access_int(node, out, in);
    if (out == nullptr)
        return 0;
    if (node.quad_value != nullptr)
        return out->put(node.quad_value, sizeof(uint64_t));
    return node.string_value != nullptr ? out->put(node.string_value, strlen(node.string_value) + 1)
                                        : EOPNOTSUPP;
}

int SysctlTree::call(std::span<const int32_t> mib, SysctlOut* out, const SysctlIn* in,
                     const Cred& cred)
{
    if (mib.empty() || mib.size() > CTL_MAXNAME)
        return EINVAL;
    const int32_t last = mib.back();
    if (last == CTL_NAME2MIB) {
        char name[256];
        int32_t found[CTL_MAXNAME];
        size_t count = 0;
        if (mib.size() != 1 || in == nullptr || out == nullptr || in->size == 0 ||
            in->size > sizeof(name))
            return EINVAL;
        memcpy(name, in->data, in->size);
        name[in->size - 1] = '\0';
        if (int error = name_to_mib(name, found, count))
            return error;
        return out->put(found, count * sizeof(found[0]));
    }
    if (last == CTL_QUERY || last == CTL_DESCRIBE) {
        SysctlNode* node = find(mib.first(mib.size() - 1));
        if (node == nullptr || out == nullptr)
            return node == nullptr ? EOPNOTSUPP : EINVAL;
        return last == CTL_QUERY ? query(*node, *out)
                                 : out->put(node->description, strlen(node->description) + 1);
    }
    if (mib.size() < 2)
        return EINVAL;
    SysctlNode* node = &root_;
    size_t depth = 0;
    while (depth < mib.size() && node->type == CTLTYPE_NODE && node->handler == nullptr) {
        node = child_numbered(*node, mib[depth++]);
        if (node == nullptr)
            return EOPNOTSUPP;
    }
    if (node->type == CTLTYPE_NODE && node->handler == nullptr)
        return ENOTDIR;
    return access(*node, mib.subspan(depth), out, in, cred);
}

} // namespace netmgr
