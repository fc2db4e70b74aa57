// SPDX-License-Identifier: Apache-2.0
// The list of device nodes, and opening one.
#include "kern/device.hpp"

#include <errno.h>
#include <new>
#include <stdio.h>
#include <string.h>

#include "kern/stack.hpp"

namespace netmgr {

DeviceList::~DeviceList()
{
    while (first_ != nullptr) {
        DeviceNode* gone = first_;
        first_ = gone->next;
        delete gone;
    }
}

int DeviceList::add(DeviceProtosw& driver, const char* kind, const char* path, int unit)
{
    auto* node = new (std::nothrow) DeviceNode;
    if (node == nullptr)
        return ENOMEM;
    snprintf(node->path, sizeof(node->path), "%s", path);
    node->kind = kind;
    node->driver = &driver;
    node->unit = unit;
    node->id = ++last_id_;
    if (space_ != nullptr)
        if (int error = space_->publish(*node)) {
            delete node;
            return error;
        }
    DeviceNode** at = &first_;
    while (*at != nullptr)
        at = &(*at)->next;
    *at = node;
    return 0;
}

void DeviceList::remove(DeviceProtosw& driver, int unit)
{
    for (DeviceNode** at = &first_; *at != nullptr;) {
        DeviceNode* node = *at;
        if (node->driver != &driver || node->unit != unit) {
            at = &node->next;
            continue;
        }
        *at = node->next;
        if (space_ != nullptr)
            space_->withdraw(*node);
        delete node;
    }
}

void DeviceList::remove_all(DeviceProtosw& driver)
{
    for (DeviceNode* node = first_; node != nullptr;) {
        DeviceNode* next = node->next;
        if (node->driver == &driver) {
            remove(driver, node->unit);
            next = first_;
        }
        node = next;
    }
}

DeviceNode* DeviceList::find(uint32_t id)
{
    for (DeviceNode* node = first_; node != nullptr; node = node->next)
        if (node->id == id)
            return node;
    return nullptr;
}

int DeviceList::set_space(DeviceSpace* space)
{
    space_ = space;
    for (DeviceNode* node = first_; node != nullptr && space != nullptr; node = node->next)
        if (int error = space->publish(*node))
            return error;
    return 0;
}

void device_take_record(Socket& so, size_t room, Received& out)
{
    out.data = so.rcv.take_record();
    out.full_size = static_cast<size_t>(m_length(out.data.get()));
    if (out.full_size > room)
        m_adj(out.data.get(), -static_cast<int>(out.full_size - room));
}

int device_open(Stack& stack, const DeviceNode& node, const Cred& cred, Socket** out)
{
    auto* so = new (std::nothrow) Socket(stack, *node.driver, 0);
    if (so == nullptr)
        return ENOMEM;
    so->owner = cred;
    so->state = ss_connected;
    if (int error = node.driver->open(*so, node.unit, cred)) {
        delete so;
        return error;
    }
    *out = so;
    return 0;
}

} // namespace netmgr
