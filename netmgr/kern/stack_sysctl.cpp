// SPDX-License-Identifier: Apache-2.0
// The variables of the stack itself: kern, qnx, debug, and net.stats with every counter by name.
#include <errno.h>
#include <stdio.h>

#include <sys/socket.h>
#include <sys/sockinfo.h>

#include "kern/protosw.hpp"
#include "kern/socket.hpp"
#include "kern/stack.hpp"

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

int put_socket(Socket& so, SysctlOut& out)
{
    socket_info info = {};
    socklen_t len = 0;
    info.si_size = sizeof(info);
    info.si_id = so.id;
    info.si_domain = so.proto.domain;
    info.si_type = so.proto.type;
    info.si_protocol = so.proto.protocol != 0 ? so.proto.protocol : so.protocol;
    info.si_state = so.proto.pcb_state(so);
    info.si_flags = so.state;
    info.si_options = so.options;
    info.si_fib = so.fib;
    info.si_pid = so.owner.pid;
    info.si_uid = so.owner.uid;
    info.si_queue_length = so.queue_length;
    info.si_queue_limit = so.queue_limit;
    info.si_receive_bytes = so.rcv.bytes();
    info.si_receive_limit = so.rcv.hiwat;
    info.si_send_bytes = so.snd.bytes();
    info.si_send_limit = so.snd.hiwat;
    if (so.proto.sockname(so, info.si_local, len) != 0)
        info.si_local = {};
    if (so.proto.peername(so, info.si_foreign, len) != 0)
        info.si_foreign = {};
    return out.put(&info, sizeof(info));
}

int all_sockets(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                const Cred&)
{
    int error = 0;
    for (Socket* so = static_cast<Stack*>(node.arg)->sockets(); so != nullptr; so = so->next)
        if ((so->pcb != nullptr || so->proto.domain == AF_ROUTE) && so->proto.domain < AF_MAX)
            if (int e = put_socket(*so, out))
                error = e;
    return error;
}

int one_counter(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                const Cred&)
{
    const uint64_t value = static_cast<const Counter*>(node.arg)->value();
    return out.put(&value, sizeof(value));
}

} // namespace

int Stack::attach_kern_sysctl()
{
    SysctlTree& t = sysctl_;
    SysctlNode* kern = t.add_node(t.root(), CTL_KERN, "kern", "High kernel");
    t.add_handler(kern, KERN_CLOCKRATE, "clockrate", "Ticks of callouts", CTLTYPE_STRUCT, 0,
                  clockrate, nullptr);
    t.add_int(kern, KERN_SBMAX, "sbmax", "Largest socket buffer in bytes", &sb_max_, 1,
              1024 * 1024 * 1024); // what the largest window can say (RFC 7323 2.3)
    SysctlNode* mbuf_node = t.add_node(kern, KERN_MBUF, "mbuf", "mbufs and clusters");
    t.add_handler(mbuf_node, MBUF_MSIZE, "msize", "Bytes of an mbuf", CTLTYPE_INT, 0, mbuf_sizes,
                  &mbufs_);
    t.add_handler(mbuf_node, MBUF_MCLBYTES, "mclbytes", "Bytes of a cluster", CTLTYPE_INT, 0,
                  mbuf_sizes, &mbufs_);
    t.add_handler(mbuf_node, MBUF_NMBCLUSTERS, "nmbclusters", "Most clusters; only grows",
                  CTLTYPE_INT, CTLFLAG_READWRITE, mbuf_limit, &mbufs_);
    t.add_handler(mbuf_node, MBUF_STATS, "stats", "Use of mbufs and clusters", CTLTYPE_STRUCT,
                  CTLFLAG_TABLE, mbuf_stats, &mbufs_);
    t.add_handler(kern, KERN_SOCKETS, "sockets", "Every socket of the stack", CTLTYPE_STRUCT,
                  CTLFLAG_TABLE, all_sockets, this);
    SysctlNode* debug = t.add_node(t.root(), CTL_DEBUG, "debug", "Debugging");
    t.add_handler(debug, ctl_auto, "counters", "Every counter of the stack", CTLTYPE_STRING,
                  CTLFLAG_TABLE, all_counters, &counters_);
    t.add_node(t.root(), CTL_NET, "net", "Networking");
    SysctlNode* qnx = t.add_node(t.root(), CTL_QNX, "qnx", "io-pkt itself");
    return attach_option_sysctl(t.add_node(qnx, CTL_KERN, "kern", "Options of io-pkt"));
}

// "ip.bad_checksum" is net.stats.ip.bad_checksum. The groups' names live in the stack.
int Stack::attach_counter_sysctl()
{
    SysctlTree& t = sysctl_;
    SysctlNode* stats =
        t.add_node(t.find("net"), ctl_auto, "stats", "Counters of packets, drops and events");
    for (const Counter* c = counters_.first(); c != nullptr; c = c->next()) {
        const char* dot = strchr(c->name(), '.');
        const size_t length = dot != nullptr ? static_cast<size_t>(dot - c->name()) : 0;
        char name[group_name_size];
        if (length == 0 || length >= sizeof(name))
            return EINVAL;
        memcpy(name, c->name(), length);
        name[length] = '\0';
        unsigned i = 0;
        while (i < group_count_ && strcmp(groups_[i], name) != 0)
            i++;
        if (i == max_groups)
            return ENOMEM;
        if (i == group_count_)
            memcpy(groups_[group_count_++], name, length + 1);
        SysctlNode* group = t.add_node(stats, ctl_auto, groups_[i], "Counters");
        if (t.add_handler(group, ctl_auto, dot + 1, c->name(), CTLTYPE_QUAD, 0, one_counter,
                          const_cast<Counter*>(c)) == nullptr)
            return ENOMEM;
    }
    return 0;
}

} // namespace netmgr
