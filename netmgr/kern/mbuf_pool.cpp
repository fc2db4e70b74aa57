// SPDX-License-Identifier: Apache-2.0
// Pages to mbufs and clusters and back.
#include "kern/mbuf_pool.hpp"

#include <algorithm>
#include <new>

namespace netmgr {

// Describes a page cut into clusters or mbufs. The mb_page comes first: a cluster's ext_page leads back here.
struct MbufPool::PageHeader {
    mb_page page;
    PageHeader* next;
    uint32_t* refs; // one a cluster; nullptr for a page of mbufs
};

// Lies in the free cluster itself.
struct MbufPool::FreeCluster {
    FreeCluster* next;
    PageHeader* header;
};

MbufPool::MbufPool(Platform& platform, const MbufLimits& limits)
    : platform_(platform),
      limits_(limits), pools_of_objects_{nullptr, limits.big_pages ? limits.page_size
                                                                   : PoolList().page_size},
      tags_(pools_of_objects_, platform, "mtag", sizeof(m_tag) + M_TAG_SMALL)
{
    if (limits_.cluster_size < MCLBYTES)
        limits_.cluster_size = MCLBYTES;
    if (limits_.page_size < limits_.cluster_size)
        limits_.page_size = limits_.cluster_size;
    if (limits_.pool_caches < 1 || limits_.pool_caches > MbufLimits::max_pool_caches)
        limits_.pool_caches = 1;
    if (!limits_.caching)
        limits_.mbuf_cache = limits_.pkt_cache = limits_.mtag_cache = 0;
}

MbufPool::~MbufPool()
{
    while (pages_ != nullptr) {
        PageHeader* header = pages_;
        pages_ = header->next;
        platform_.page_free(header->page);
        delete[] header->refs;
        delete header;
    }
}

MbufPool::PageHeader* MbufPool::new_page_locked()
{
    auto* header = new (std::nothrow) PageHeader{};
    if (header == nullptr)
        return nullptr;
    if (!platform_.page_alloc(limits_.page_size, header->page)) {
        delete header;
        return nullptr;
    }
    header->next = pages_;
    pages_ = header;
    page_count_++;
    return header;
}

bool MbufPool::refill_mbufs_locked(PoolCache& pool)
{
    Guard guard(pages_mutex_);
    if (mbufs_total_ >= limits_.max_mbufs)
        return false;
    PageHeader* header = new_page_locked();
    if (header == nullptr)
        return false;
    for (size_t at = 0; at + MSIZE <= limits_.page_size; at += MSIZE) {
        auto* m = reinterpret_cast<mbuf*>(header->page.pg_va + at);
        m->m_hdr.mh_pool = this;
        m->m_hdr.mh_paddr = header->page.pg_pa + at;
        m->m_next = pool.mbufs;
        pool.mbufs = m;
        mbufs_total_++;
    }
    return true;
}

bool MbufPool::refill_clusters_locked(PoolCache& pool)
{
    Guard guard(pages_mutex_);
    if (clusters_total_ >= limits_.max_clusters)
        return false;
    const size_t count = limits_.page_size / limits_.cluster_size;
    auto* refs = new (std::nothrow) uint32_t[count]();
    if (refs == nullptr)
        return false;
    PageHeader* header = new_page_locked();
    if (header == nullptr) {
        delete[] refs;
        return false;
    }
    header->refs = refs;
    for (size_t i = count; i-- > 0;) {
        auto* cluster =
            reinterpret_cast<FreeCluster*>(header->page.pg_va + i * limits_.cluster_size);
        cluster->next = pool.clusters;
        cluster->header = header;
        pool.clusters = cluster;
    }
    clusters_total_ += count;
    return true;
}

MbufPool::PoolCache& MbufPool::own_pool()
{
    const MbufCache* mine = cache();
    return pools_[mine != nullptr ? mine->pool_cache : 0];
}

mbuf* MbufPool::take_mbuf(PoolCache& pool, bool refill)
{
    Guard guard(pool.mutex);
    if (pool.mbufs == nullptr && !(refill && refill_mbufs_locked(pool)))
        return nullptr;
    mbuf* m = pool.mbufs;
    pool.mbufs = m->m_next;
    pool.mbufs_out++;
    pool.gets++;
    return m;
}

MbufPool::FreeCluster* MbufPool::take_cluster(PoolCache& pool, bool refill)
{
    Guard guard(pool.mutex);
    if (pool.clusters == nullptr && !(refill && refill_clusters_locked(pool)))
        return nullptr;
    FreeCluster* cluster = pool.clusters;
    pool.clusters = cluster->next;
    pool.clusters_out++;
    return cluster;
}

// Another pool cache's free ones come last, when no new page may be had.
mbuf* MbufPool::get_from_pool()
{
    PoolCache& own = own_pool();
    mbuf* m = take_mbuf(own, true);
    for (unsigned i = 0; m == nullptr && i < limits_.pool_caches; i++)
        m = take_mbuf(pools_[i], false);
    if (m == nullptr) {
        Guard guard(own.mutex);
        own.mbuf_failures++;
    }
    return m;
}

mbuf* MbufPool::get(int type)
{
    MbufCache* mine = cache();
    mbuf* m = mine != nullptr ? mine->mbufs : nullptr;
    if (m != nullptr) {
        mine->mbufs = m->m_next;
        mine->mbuf_count--;
        mine->mbufs_held.add(-1);
        mine->mbuf_hits.add(1);
    } else {
        if (mine != nullptr)
            mine->mbuf_misses.add(1);
        m = get_from_pool();
        if (m == nullptr)
            return nullptr;
    }
    m->m_next = nullptr;
    m->m_nextpkt = nullptr;
    m->m_data = m->m_dat;
    m->m_len = 0;
    m->m_flags = 0;
    m->m_type = type;
    return m;
}

mbuf* MbufPool::get_hdr(int type)
{
    mbuf* m = get(type);
    if (m != nullptr) {
        m->m_flags = M_PKTHDR;
        m->m_data = m->m_pktdat;
        memset(&m->m_pkthdr, 0, sizeof(m->m_pkthdr));
    }
    return m;
}

bool MbufPool::add_cluster(mbuf& m)
{
    PoolCache& own = own_pool();
    FreeCluster* cluster = take_cluster(own, true);
    for (unsigned i = 0; cluster == nullptr && i < limits_.pool_caches; i++)
        cluster = take_cluster(pools_[i], false);
    if (cluster == nullptr) {
        Guard guard(own.mutex);
        own.cluster_failures++;
        return false;
    }
    PageHeader* header = cluster->header;
    auto* buf = reinterpret_cast<char*>(cluster);
    const size_t index = static_cast<size_t>(buf - header->page.pg_va) / limits_.cluster_size;
    header->refs[index] = 1;
    m.m_ext.ext_buf = buf;
    m.m_ext.ext_refs = &header->refs[index];
    m.m_ext.ext_free = nullptr;
    m.m_ext.ext_arg = nullptr;
    m.m_ext.ext_size = limits_.cluster_size;
    m.m_ext.ext_page = &header->page;
    m.m_data = buf;
    m.m_flags |= M_EXT;
    return true;
}

mbuf* MbufPool::get_cluster(int type, int flags)
{
    MbufCache* mine = cache();
    if (mine != nullptr && mine->packets != nullptr) {
        mbuf* m = mine->packets;
        mine->packets = m->m_next;
        mine->packet_count--;
        mine->packets_held.add(-1);
        mine->packet_hits.add(1);
        *m->m_ext.ext_refs = 1;
        m->m_next = nullptr;
        m->m_nextpkt = nullptr;
        m->m_data = m->m_ext.ext_buf;
        m->m_len = 0;
        m->m_flags = M_EXT | (flags & M_PKTHDR);
        m->m_type = type;
        memset(&m->m_pkthdr, 0, sizeof(m->m_pkthdr));
        return m;
    }
    if (mine != nullptr)
        mine->packet_misses.add(1);
    mbuf* m = (flags & M_PKTHDR) != 0 ? get_hdr(type) : get(type);
    if (m != nullptr && !add_cluster(*m)) {
        put(*m);
        return nullptr;
    }
    return m;
}

// Lets go of the external storage. True: it was a cluster and nobody else uses it.
bool MbufPool::drop_reference(mbuf& m, FreeCluster*& cluster)
{
    if (__atomic_sub_fetch(m.m_ext.ext_refs, 1, __ATOMIC_ACQ_REL) != 0)
        return false;
    if (m.m_ext.ext_free != nullptr) {
        m.m_ext.ext_free(nullptr, m.m_ext.ext_buf, m.m_ext.ext_size, m.m_ext.ext_arg);
        return false;
    }
    cluster = reinterpret_cast<FreeCluster*>(m.m_ext.ext_buf);
    return true;
}

bool MbufPool::keep_packet(MbufCache& mine, mbuf& m)
{
    if (mine.packet_count >= limits_.pkt_cache)
        return false;
    m.m_next = mine.packets;
    mine.packets = &m;
    mine.packet_count++;
    mine.packets_held.add(1);
    mine.packet_puts.add(1);
    return true;
}

void MbufPool::put(mbuf& m)
{
    if ((m.m_flags & M_PKTHDR) != 0 && m.m_pkthdr.tags != nullptr)
        m_tag_delete_chain(&m, nullptr);
    MbufCache* mine = cache();
    FreeCluster* cluster = nullptr;
    const bool has_cluster = (m.m_flags & M_EXT) != 0 && drop_reference(m, cluster);
    m.m_type = MT_FREE;
    m.m_flags = 0;
    if (has_cluster && mine != nullptr && keep_packet(*mine, m))
        return;
    if (has_cluster)
        cluster->header = reinterpret_cast<PageHeader*>(m.m_ext.ext_page);
    if (mine != nullptr && mine->mbuf_count < limits_.mbuf_cache) {
        m.m_next = mine->mbufs;
        mine->mbufs = &m;
        mine->mbuf_count++;
        mine->mbufs_held.add(1);
        mine->mbuf_puts.add(1);
        if (cluster != nullptr)
            give_back_cluster(*cluster);
        return;
    }
    give_back(m, cluster);
}

void MbufPool::give_back_cluster(FreeCluster& cluster)
{
    PoolCache& pool = own_pool();
    Guard guard(pool.mutex);
    cluster.next = pool.clusters;
    pool.clusters = &cluster;
    pool.clusters_out--;
}

void MbufPool::give_back(mbuf& m, FreeCluster* cluster)
{
    PoolCache& pool = own_pool();
    Guard guard(pool.mutex);
    if (cluster != nullptr) {
        cluster->next = pool.clusters;
        pool.clusters = cluster;
        pool.clusters_out--;
    }
    m.m_next = pool.mbufs;
    pool.mbufs = &m;
    pool.mbufs_out--;
}

MbufPtr MbufPool::get_data(size_t size, size_t lead)
{
    const bool small = size + lead <= static_cast<size_t>(MHLEN);
    MbufPtr packet(small ? get_hdr(MT_DATA) : get_cluster(MT_DATA, M_PKTHDR));
    if (!packet)
        return packet;
    packet->m_pkthdr.len = static_cast<int>(size);
    mbuf* m = packet.get();
    size_t room = small ? static_cast<size_t>(MHLEN) : limits_.cluster_size;
    for (;;) {
        const size_t here = size + lead > room ? room - lead : size;
        m->m_data += lead;
        m->m_len = static_cast<int>(here);
        size -= here;
        lead = 0;
        if (size == 0)
            return packet;
        const bool fits = size <= static_cast<size_t>(MLEN);
        m->m_next = fits ? get(MT_DATA) : get_cluster(MT_DATA, 0);
        if (m->m_next == nullptr)
            return MbufPtr();
        m = m->m_next;
        room = fits ? static_cast<size_t>(MLEN) : limits_.cluster_size;
    }
}

MbufPtr MbufPool::copy_in(const void* from, size_t size, size_t lead)
{
    MbufPtr packet = get_data(size, lead);
    auto* bytes = static_cast<const char*>(from);
    for (mbuf* m = packet.get(); m != nullptr; m = m->m_next) {
        if (m->m_len != 0)
            memcpy(m->m_data, bytes, static_cast<size_t>(m->m_len));
        bytes += m->m_len;
    }
    return packet;
}

// Free mbufs of the threads' caches count as out of their pool cache; they are not in use.
MbufStats MbufPool::stats()
{
    MbufStats sum;
    int64_t mbufs = 0;
    int64_t clusters = 0;
    for (unsigned i = 0; i < limits_.pool_caches; i++) {
        PoolCache& pool = pools_[i];
        Guard guard(pool.mutex);
        mbufs += pool.mbufs_out;
        clusters += pool.clusters_out;
        sum.mbuf_failures += pool.mbuf_failures;
        sum.cluster_failures += pool.cluster_failures;
    }
    const int64_t packets = cache_sum(&MbufCache::packets_held);
    mbufs -= packets + cache_sum(&MbufCache::mbufs_held);
    clusters -= packets;
    // Other threads go on meanwhile: their sums may be a little off, but not below nothing.
    sum.mbufs_in_use = mbufs > 0 ? static_cast<uint64_t>(mbufs) : 0;
    sum.clusters_in_use = clusters > 0 ? static_cast<uint64_t>(clusters) : 0;
    Guard guard(pages_mutex_);
    sum.mbufs_total = mbufs_total_;
    sum.clusters_total = clusters_total_;
    sum.pages = page_count_;
    return sum;
}

MbufLimits MbufPool::limits()
{
    Guard guard(pages_mutex_);
    return limits_;
}

bool MbufPool::set_max_clusters(uint32_t n)
{
    Guard guard(pages_mutex_);
    if (n < limits_.max_clusters)
        return false;
    limits_.max_clusters = n;
    return true;
}

void MbufPool::physical_range(uint64_t& low, uint64_t& high)
{
    Guard guard(pages_mutex_);
    low = pages_ != nullptr ? UINT64_MAX : 0;
    high = 0;
    for (const PageHeader* p = pages_; p != nullptr; p = p->next) {
        low = std::min(low, p->page.pg_pa);
        high = std::max(high, p->page.pg_pa + p->page.pg_size - 1);
    }
}

uint64_t MbufPool::pool_cache_gets(unsigned n)
{
    Guard guard(pools_[n].mutex);
    return pools_[n].gets;
}

} // namespace netmgr
