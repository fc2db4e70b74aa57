// SPDX-License-Identifier: Apache-2.0
// Putting a stack together, and its main loop's step.
#include "kern/stack.hpp"

#include <errno.h>
#include <new>

#include <sys/socket.h>

#include "kern/protosw.hpp"
#include "kern/socket.hpp"

namespace netmgr {

Stack::Stack(Platform& platform, const StackOptions& options)
    : platform_(platform), options_(options), mbufs_(platform, options.mbufs), callouts_(platform)
{
}

Stack* Stack::create(Platform& platform, const StackOptions& options,
                     std::span<const Component> components, int* error)
{
    auto* stack = new (std::nothrow) Stack(platform, options);
    *error = stack == nullptr ? ENOMEM : stack->attach_components(components);
    if (*error != 0) {
        delete stack;
        return nullptr;
    }
    return stack;
}

Stack::~Stack()
{
    while (sockets_ != nullptr)
        soabort(sockets_);
    while (attached_ > 0)
        components_[--attached_].detach(*this);
}

int Stack::attach_components(std::span<const Component> components)
{
    components_ = components;
    if (int error = attach_kern_sysctl())
        return error;
    for (const Component& component : components) {
        if (int error = component.attach(*this))
            return error;
        attached_++;
    }
    return attach_counter_sysctl();
}

uint64_t Stack::run(unsigned budget)
{
    callouts_.run_due(now_ns());
    while (budget-- > 0) {
        MbufPtr m = input_.take();
        if (!m)
            break;
        // Layer 2 only queues types that have a handler.
        input_.handler(m->m_pkthdr.ether_type)(*this, std::move(m));
    }
    return has_work() ? 0 : callouts_.next_deadline();
}

uint32_t Stack::random32()
{
    uint32_t value = 0;
    platform_.random_bytes(&value, sizeof(value));
    return value;
}

uint32_t Stack::random_below(uint32_t limit)
{
    if (limit < 2)
        return 0;
    const uint32_t uneven =
        static_cast<uint32_t>(-limit) % limit; // values that would make some results likelier
    uint32_t value = random32();
    while (value < uneven)
        value = random32();
    return value % limit;
}

void Stack::add_protosw(Protosw& protosw)
{
    Protosw** link = &protosws_;
    while (*link != nullptr)
        link = &(*link)->next;
    *link = &protosw;
}

void Stack::remove_protosw(Protosw& protosw)
{
    Protosw** link = &protosws_;
    while (*link != nullptr && *link != &protosw)
        link = &(*link)->next;
    if (*link != nullptr)
        *link = protosw.next;
}

bool Stack::has_domain(int domain) const
{
    for (const Protosw* p = protosws_; p != nullptr; p = p->next)
        if (p->domain == domain)
            return true;
    return false;
}

Protosw* Stack::find_protosw(int domain, int type, int protocol, int& error)
{
    if (!has_domain(domain)) {
        error = EAFNOSUPPORT;
        return nullptr;
    }
    bool type_known = false;
    for (Protosw* p = protosws_; p != nullptr; p = p->next) {
        if (p->domain != domain || p->type != type)
            continue;
        type_known = true;
        if (p->protocol == protocol || (protocol == 0 && type != SOCK_RAW) ||
            (p->protocol == 0 && type == SOCK_RAW))
            return p;
    }
    error = type_known ? EPROTONOSUPPORT : EPROTOTYPE;
    return nullptr;
}

} // namespace netmgr
