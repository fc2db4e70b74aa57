// SPDX-License-Identifier: Apache-2.0
// Names of local sockets, and the component that brings the family into a stack.
#include <abi/sockright.h>
#include <errno.h>
#include <new>

#include "kern/control.hpp"
#include "local/local.hpp"

namespace netmgr {

namespace {

// The path of an address, made sure to end. False: not an address of a local socket.
bool path_of(const sockaddr* name, sockaddr_un& out)
{
    constexpr size_t head = offsetof(sockaddr_un, sun_path);
    if (name->sa_len <= head || name->sa_len > sizeof(out))
        return false;
    out = {};
    memcpy(&out, name, name->sa_len);
    const size_t length = strnlen(out.sun_path, name->sa_len - head);
    if (length == 0 || length == sizeof(out.sun_path))
        return false;
    out.sun_len = static_cast<uint8_t>(head + length + 1);
    return true;
}

} // namespace

bool LocalName::may_write(const Cred& cred) const
{
    if (cred.uid == 0)
        return true;
    const uint32_t bits = cred.uid == uid ? mode >> 6 : cred.gid == gid ? mode >> 3 : mode;
    return (bits & 2) != 0;
}

LocalDomain::LocalDomain(Stack& owner)
    : stack(owner), refused(owner.counters(), "local.refused"),
      socket_full(owner.counters(), "local.socket_full"),
      rights_dropped(owner.counters(), "local.descriptors_dropped"),
      sockets_collected(owner.counters(), "local.sockets_collected")
{
}

LocalDomain::~LocalDomain()
{
    while (names_ != nullptr) {
        LocalName* name = names_;
        names_ = name->next;
        if (space != nullptr)
            space->withdraw(*name);
        delete name;
    }
}

LocalName* LocalDomain::find(const char* path)
{
    for (LocalName* n = names_; n != nullptr; n = n->next)
        if (strcmp(n->address.sun_path, path) == 0)
            return n;
    return nullptr;
}

LocalName* LocalDomain::find(uint32_t id)
{
    for (LocalName* n = names_; n != nullptr; n = n->next)
        if (n->id == id)
            return n;
    return nullptr;
}

int LocalDomain::bind(LocalPcb& pcb, const sockaddr* name, const Cred& cred)
{
    sockaddr_un address;
    if (pcb.name != nullptr)
        return EINVAL;
    if (name->sa_family != AF_LOCAL)
        return EAFNOSUPPORT;
    if (!path_of(name, address))
        return EINVAL;
    if (find(address.sun_path) != nullptr)
        return EADDRINUSE;
    auto* made = new (std::nothrow) LocalName;
    if (made == nullptr)
        return ENOBUFS;
    made->id = ++last_id_;
    made->uid = cred.uid;
    made->gid = cred.gid;
    made->pid = cred.pid;
    made->address = address;
    if (space != nullptr)
        if (int error = space->publish(*made)) {
            delete made;
            return error;
        }
    made->pcb = &pcb;
    pcb.name = made;
    pcb.address = address;
    made->next = names_;
    names_ = made;
    return 0;
}

int LocalDomain::unlink(LocalName& name, const Cred& cred)
{
    if (cred.uid != 0 && cred.uid != name.uid)
        return EPERM;
    LocalName** link = &names_;
    while (*link != &name)
        link = &(*link)->next;
    *link = name.next;
    if (name.pcb != nullptr)
        name.pcb->name = nullptr;
    if (space != nullptr)
        space->withdraw(name);
    delete &name;
    return 0;
}

int LocalDomain::open(const sockaddr* name, int type, const Cred& cred, LocalPcb*& out)
{
    sockaddr_un address;
    if (name->sa_family != AF_LOCAL)
        return EAFNOSUPPORT;
    if (!path_of(name, address))
        return EINVAL;
    const LocalName* there = find(address.sun_path);
    if (there == nullptr)
        return ENOENT;
    if (!there->may_write(cred))
        return EACCES;
    if (there->pcb == nullptr) {
        ++refused;
        return ECONNREFUSED;
    }
    if (there->pcb->so.proto.type != type)
        return EPROTOTYPE;
    out = there->pcb;
    return 0;
}

void LocalDomain::drop_rights(const mbuf* record)
{
    for_each_right(
        record,
        [](void* arg, const uint8_t* right) {
            auto& domain = *static_cast<LocalDomain*>(arg);
            ++domain.rights_dropped;
            if (domain.keeper != nullptr)
                domain.keeper->drop(right);
        },
        this);
}

void LocalDomain::for_each_right(const mbuf* record, RightFn fn, void* arg)
{
    struct Call {
        RightFn fn;
        void* arg;
    } call = {fn, arg};
    alignas(8) uint8_t bytes[control_max];
    size_t size = 0;
    while (record != nullptr && record->m_type == MT_SONAME)
        record = record->m_next; // a datagram's sender
    for (; record != nullptr && record->m_type == MT_CONTROL; record = record->m_next) {
        const auto len = static_cast<size_t>(record->m_len);
        if (len > sizeof(bytes) - size)
            return;
        memcpy(bytes + size, record->m_data, len);
        size += len;
    }
    (void)control_walk(
        {bytes, size},
        [](void* arg, const cmsghdr& header, const uint8_t* data, size_t left) {
            const auto& each = *static_cast<const Call*>(arg);
            if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_RIGHTS)
                return 0;
            for (; left >= sizeof(sock_right);
                 left -= sizeof(sock_right), data += sizeof(sock_right))
                each.fn(each.arg, data);
            return 0;
        },
        &call);
}

// What may be sent: descriptors, whole ones. Credentials are never the sender's to make up.
int LocalDomain::check_control(const mbuf* control)
{
    return control_walk(
        control,
        [](void*, const cmsghdr& header, const uint8_t*, size_t size) {
            const bool rights = header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS;
            return rights && size % sizeof(sock_right) == 0 ? 0 : EINVAL;
        },
        nullptr);
}

int attach_local(Stack& stack)
{
    auto* domain = new (std::nothrow) LocalDomain(stack);
    if (domain == nullptr)
        return ENOMEM;
    stack.set_local(domain);
    for (int type : {SOCK_STREAM, SOCK_DGRAM}) {
        auto* protosw = new (std::nothrow) LocalProtosw(*domain, type);
        if (protosw == nullptr) {
            detach_local(stack);
            return ENOMEM;
        }
        stack.add_protosw(*protosw);
    }
    return 0;
}

void detach_local(Stack& stack)
{
    int error = 0;
    for (int type : {SOCK_STREAM, SOCK_DGRAM})
        if (Protosw* protosw = stack.find_protosw(AF_LOCAL, type, 0, error)) {
            stack.remove_protosw(*protosw);
            delete static_cast<LocalProtosw*>(protosw);
        }
    delete stack.local();
    stack.set_local(nullptr);
}

} // namespace netmgr
