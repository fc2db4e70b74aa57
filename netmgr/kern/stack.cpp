// SPDX-License-Identifier: Apache-2.0
// Putting a stack together, and its main loop's step.
#include "kern/stack.hpp"

#include <errno.h>
#include <new>
#include <stdio.h>

#include <sys/socket.h>

#include "kern/protosw.hpp"
#include "kern/socket.hpp"

namespace netmgr {

namespace {

constexpr int32_t ticks_per_second = 1000; // callout_reset's unit

int clockrate(SysctlNode&, std::span<const int32_t>, SysctlOut& out, const SysctlIn*, const Cred&)
{
    clockinfo info = {};
    info.hz = info.stathz = info.profhz = ticks_per_second;
    info.tick = 1000000 / ticks_per_second;
    return out.put(&info, sizeof(info));
}

int mbuf_limit(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn* in,
               const Cred&)
{
    auto& pool = *static_cast<MbufPool*>(node.arg);
    const auto old_value = static_cast<int32_t>(pool.limits().max_clusters);
    int32_t value = 0;
    if (in != nullptr) {
        if (in->size != sizeof(value))
            return EINVAL;
        memcpy(&value, in->data, sizeof(value));
    }
    if (int error = out.put(&old_value, sizeof(old_value)))
        return error;
    if (in != nullptr && (value < 0 || !pool.set_max_clusters(static_cast<uint32_t>(value))))
        return EINVAL;
    return 0;
}

int mbuf_sizes(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
               const Cred&)
{
    const auto& pool = *static_cast<MbufPool*>(node.arg);
    const int32_t value =
        node.number == MBUF_MSIZE ? MSIZE : static_cast<int32_t>(pool.cluster_size());
    return out.put(&value, sizeof(value));
}

int mbuf_stats(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
               const Cred&)
{
    const MbufStats stats = static_cast<MbufPool*>(node.arg)->stats();
    return out.put(&stats, sizeof(stats));
}

// "name value" lines of every counter.
int all_counters(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                 const Cred&)
{
    int error = 0;
    for (const Counter* c = static_cast<CounterRegistry*>(node.arg)->first(); c != nullptr;
         c = c->next()) {
        char line[96];
        const int len = snprintf(line, sizeof(line), "%s %llu\n", c->name(),
                                 static_cast<unsigned long long>(c->value()));
        if (len > 0 && out.put(line, static_cast<size_t>(len)) != 0)
            error = ENOMEM;
    }
    const int end = out.put("", 1);
    return error != 0 ? error : end;
}

} // namespace

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
        soclose(sockets_);
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
    return 0;
}

int Stack::attach_kern_sysctl()
{
    SysctlTree& t = sysctl_;
    SysctlNode* kern = t.add_node(t.root(), CTL_KERN, "kern", "High kernel");
    t.add_handler(kern, KERN_CLOCKRATE, "clockrate", "Ticks of callouts", CTLTYPE_STRUCT, 0,
                  clockrate, nullptr);
    t.add_int(kern, KERN_SBMAX, "sbmax", "Largest socket buffer in bytes", &sb_max_, 1,
              16 * 1024 * 1024);
    SysctlNode* mbuf_node = t.add_node(kern, KERN_MBUF, "mbuf", "mbufs and clusters");
    t.add_handler(mbuf_node, MBUF_MSIZE, "msize", "Bytes of an mbuf", CTLTYPE_INT, 0, mbuf_sizes,
                  &mbufs_);
    t.add_handler(mbuf_node, MBUF_MCLBYTES, "mclbytes", "Bytes of a cluster", CTLTYPE_INT, 0,
                  mbuf_sizes, &mbufs_);
    t.add_handler(mbuf_node, MBUF_NMBCLUSTERS, "nmbclusters", "Most clusters; only grows",
                  CTLTYPE_INT, CTLFLAG_READWRITE, mbuf_limit, &mbufs_);
    t.add_handler(mbuf_node, MBUF_STATS, "stats", "Use of mbufs and clusters", CTLTYPE_STRUCT,
                  CTLFLAG_TABLE, mbuf_stats, &mbufs_);
    SysctlNode* debug = t.add_node(t.root(), CTL_DEBUG, "debug", "Debugging");
    t.add_handler(debug, ctl_auto, "counters", "Every counter of the stack", CTLTYPE_STRING,
                  CTLFLAG_TABLE, all_counters, &counters_);
    t.add_node(t.root(), CTL_NET, "net", "Networking");
    return t.add_node(t.root(), CTL_QNX, "qnx", "io-pkt itself") != nullptr ? 0 : ENOMEM;
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
