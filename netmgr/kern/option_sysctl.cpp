// SPDX-License-Identifier: Apache-2.0
// qnx.kern: what the options of the command line came to, and the pools and caches they set up.
#include <errno.h>
#include <stdio.h>

#include "kern/stack.hpp"

namespace netmgr {

namespace {

struct CacheRow {
    const char* name;
    const char* description;
    CacheCount MbufCache::*count;
};

constexpr CacheRow cache_rows[] = {
    {"mbuf_hits", "Mbufs that came from a thread's cache", &MbufCache::mbuf_hits},
    {"mbuf_misses", "Mbufs that came from the pool", &MbufCache::mbuf_misses},
    {"mbuf_puts", "Mbufs that went to a thread's cache", &MbufCache::mbuf_puts},
    {"mbuf_held", "Free mbufs in threads' caches", &MbufCache::mbufs_held},
    {"pkt_hits", "Mbufs with cluster that came from a thread's cache", &MbufCache::packet_hits},
    {"pkt_misses", "Mbufs with cluster that came from the pools", &MbufCache::packet_misses},
    {"pkt_puts", "Mbufs with cluster that went to a thread's cache", &MbufCache::packet_puts},
    {"pkt_held", "Free mbufs with cluster in threads' caches", &MbufCache::packets_held},
    {"mtag_hits", "Packet tags that came from a thread's cache", &MbufCache::tag_hits},
    {"mtag_misses", "Packet tags that came from the pool", &MbufCache::tag_misses},
    {"mtag_puts", "Packet tags that went to a thread's cache", &MbufCache::tag_puts},
    {"mtag_held", "Free packet tags in threads' caches", &MbufCache::tags_held},
};

int cache_value(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                const Cred&)
{
    auto& pool = static_cast<Stack*>(node.arg)->mbufs();
    for (const CacheRow& row : cache_rows) {
        if (strcmp(row.name, node.name) == 0) {
            const int64_t value = pool.cache_sum(row.count);
            return out.put(&value, sizeof(value));
        }
    }
    return ENOENT;
}

int physical_address(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                     const Cred&)
{
    uint64_t low;
    uint64_t high;
    static_cast<Stack*>(node.arg)->mbufs().physical_range(low, high);
    return out.put(strcmp(node.name, "lowest") == 0 ? &low : &high, sizeof(low));
}

int put_line(SysctlOut& out, const char* name, size_t size, size_t page, const PoolUse& use)
{
    char line[128];
    const int n = snprintf(
        line, sizeof(line), "%s size %zu page %zu pages %llu objects %llu used %llu\n", name, size,
        page, static_cast<unsigned long long>(use.pages),
        static_cast<unsigned long long>(use.objects), static_cast<unsigned long long>(use.in_use));
    return out.put(line, static_cast<size_t>(n));
}

// "name size N page N pages N objects N used N" lines.
int all_pools(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
              const Cred&)
{
    MbufPool& mbufs = static_cast<Stack*>(node.arg)->mbufs();
    const MbufStats s = mbufs.stats();
    const size_t page = mbufs.page_size();
    const uint64_t mbuf_pages = s.mbufs_total / (page / MSIZE);
    int error = put_line(out, "mbuf", MSIZE, page, {mbuf_pages, s.mbufs_total, s.mbufs_in_use});
    const PoolUse clusters = {s.pages - mbuf_pages, s.clusters_total, s.clusters_in_use};
    if (int e = put_line(out, "cluster", mbufs.cluster_size(), page, clusters))
        error = e;
    for (ObjectPool* p = mbufs.pools().first; p != nullptr; p = p->next())
        if (int e = put_line(out, p->name(), p->object_size(), p->page_size(), p->use()))
            error = e;
    const int end = out.put("", 1);
    return error != 0 ? error : end;
}

// How many mbufs each pool cache handed out, with a space between.
int pool_cache_use(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                   const Cred&)
{
    MbufPool& mbufs = static_cast<Stack*>(node.arg)->mbufs();
    const unsigned count = mbufs.limits().pool_caches;
    int error = 0;
    for (unsigned i = 0; i < count; i++) {
        char text[32];
        const int n = snprintf(text, sizeof(text), i + 1 < count ? "%llu " : "%llu",
                               static_cast<unsigned long long>(mbufs.pool_cache_gets(i)));
        if (int e = out.put(text, static_cast<size_t>(n)))
            error = e;
    }
    const int end = out.put("", 1);
    return error != 0 ? error : end;
}

int option_value(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                 const Cred&)
{
    auto& stack = *static_cast<Stack*>(node.arg);
    const StackOptions& o = stack.options();
    const MbufLimits m = stack.mbufs().limits();
    const struct {
        const char* name;
        uint64_t value;
    } values[] = {{"pagesize", m.page_size},
                  {"mclbytes", m.cluster_size},
                  {"mbuf_cache", m.mbuf_cache},
                  {"pkt_cache", m.pkt_cache},
                  {"mtag_cache", m.mtag_cache},
                  {"num_pool_cache", m.pool_caches},
                  {"ipid_reserved", o.ipid_reserved},
                  {"somaxconn", o.somaxconn},
                  {"num_tap_interface", o.tap_interfaces},
                  {"num_tun_control_interface", o.tun_control_interfaces},
                  {"fastforward", o.fastforward},
                  {"strict_ts", o.strict_timestamps},
                  {"reuseport_unicast", o.reuseport_unicast},
                  {"so_txprio_enable", o.txprio_enabled}};
    for (const auto& v : values)
        if (strcmp(v.name, node.name) == 0)
            return out.put(&v.value, sizeof(v.value));
    return ENOENT;
}

constexpr const char* option_names[] = {"pagesize",          "mclbytes",
                                        "mbuf_cache",        "pkt_cache",
                                        "mtag_cache",        "num_pool_cache",
                                        "ipid_reserved",     "somaxconn",
                                        "num_tap_interface", "num_tun_control_interface",
                                        "fastforward",       "strict_ts",
                                        "reuseport_unicast", "so_txprio_enable"};

} // namespace

int Stack::attach_option_sysctl(SysctlNode* kern)
{
    SysctlTree& t = sysctl_;
    SysctlNode* options = t.add_node(kern, ctl_auto, "options", "Options of -p tcpip in force");
    for (const char* name : option_names)
        t.add_handler(options, ctl_auto, name, name, CTLTYPE_QUAD, 0, option_value, this);
    SysctlNode* cache = t.add_node(kern, ctl_auto, "cache", "Threads' caches of mbufs and tags");
    for (const CacheRow& row : cache_rows)
        t.add_handler(cache, ctl_auto, row.name, row.description, CTLTYPE_QUAD, 0, cache_value,
                      this);
    SysctlNode* memory =
        t.add_node(kern, ctl_auto, "packet_memory", "Physical addresses of packets");
    for (const char* name : {"lowest", "highest"})
        t.add_handler(memory, ctl_auto, name, "A physical address", CTLTYPE_QUAD, CTLFLAG_HEX,
                      physical_address, this);
    t.add_handler(kern, ctl_auto, "pool_caches", "Mbufs each pool cache handed out", CTLTYPE_STRING,
                  0, pool_cache_use, this);
    return t.add_handler(kern, ctl_auto, "pools", "Memory pools: object size, page size, use",
                         CTLTYPE_STRING, CTLFLAG_TABLE, all_pools, this) != nullptr
               ? 0
               : ENOMEM;
}

} // namespace netmgr
