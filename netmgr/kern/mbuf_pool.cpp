// SPDX-License-Identifier: Apache-2.0
// Pages to mbufs and clusters and back.
#include "kern/mbuf_pool.hpp"

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
    : platform_(platform), limits_(limits)
{
    if (limits_.cluster_size < MCLBYTES)
        limits_.cluster_size = MCLBYTES;
    if (limits_.page_size < limits_.cluster_size)
        limits_.page_size = limits_.cluster_size;
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
    stats_.pages++;
    return header;
}

bool MbufPool::refill_mbufs_locked()
{
    if (stats_.mbufs_total >= limits_.max_mbufs)
        return false;
    PageHeader* header = new_page_locked();
    if (header == nullptr)
        return false;
    for (size_t at = 0; at + MSIZE <= limits_.page_size; at += MSIZE) {
        auto* m = reinterpret_cast<mbuf*>(header->page.pg_va + at);
        m->m_hdr.mh_pool = this;
        m->m_hdr.mh_paddr = header->page.pg_pa + at;
        m->m_next = free_mbufs_;
        free_mbufs_ = m;
        stats_.mbufs_total++;
    }
    return true;
}

bool MbufPool::refill_clusters_locked()
{
    if (stats_.clusters_total >= limits_.max_clusters)
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
        cluster->next = free_clusters_;
        cluster->header = header;
        free_clusters_ = cluster;
    }
    stats_.clusters_total += count;
    return true;
}

mbuf* MbufPool::get(int type)
{
    mbuf* m;
    {
        Guard guard(mutex_);
        if (free_mbufs_ == nullptr && !refill_mbufs_locked()) {
            stats_.mbuf_failures++;
            return nullptr;
        }
        m = free_mbufs_;
        free_mbufs_ = m->m_next;
        stats_.mbufs_in_use++;
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
    FreeCluster* cluster;
    {
        Guard guard(mutex_);
        if (free_clusters_ == nullptr && !refill_clusters_locked()) {
            stats_.cluster_failures++;
            return false;
        }
        cluster = free_clusters_;
        free_clusters_ = cluster->next;
        stats_.clusters_in_use++;
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
    mbuf* m = (flags & M_PKTHDR) != 0 ? get_hdr(type) : get(type);
    if (m != nullptr && !add_cluster(*m)) {
        put(*m);
        return nullptr;
    }
    return m;
}

void MbufPool::put(mbuf& m)
{
    FreeCluster* cluster = nullptr;
    if ((m.m_flags & M_EXT) != 0 &&
        __atomic_sub_fetch(m.m_ext.ext_refs, 1, __ATOMIC_ACQ_REL) == 0) {
        if (m.m_ext.ext_free != nullptr) {
            m.m_ext.ext_free(nullptr, m.m_ext.ext_buf, m.m_ext.ext_size, m.m_ext.ext_arg);
        } else {
            cluster = reinterpret_cast<FreeCluster*>(m.m_ext.ext_buf);
            cluster->header = reinterpret_cast<PageHeader*>(m.m_ext.ext_page);
        }
    }
    m.m_type = MT_FREE;
    m.m_flags = 0;
    Guard guard(mutex_);
    if (cluster != nullptr) {
        cluster->next = free_clusters_;
        free_clusters_ = cluster;
        stats_.clusters_in_use--;
    }
    m.m_next = free_mbufs_;
    free_mbufs_ = &m;
    stats_.mbufs_in_use--;
}

MbufPtr MbufPool::get_data(size_t size, size_t lead)
{
    MbufPtr packet(get_hdr(MT_DATA));
    if (!packet)
        return packet;
    packet->m_pkthdr.len = static_cast<int>(size);
    mbuf* m = packet.get();
    size_t room = static_cast<size_t>(MHLEN);
    for (;;) {
        if (size + lead > room) {
            if (!add_cluster(*m))
                return MbufPtr();
            room = limits_.cluster_size;
        }
        const size_t here = size + lead > room ? room - lead : size;
        m->m_data += lead;
        m->m_len = static_cast<int>(here);
        size -= here;
        lead = 0;
        if (size == 0)
            return packet;
        m->m_next = get(MT_DATA);
        if (m->m_next == nullptr)
            return MbufPtr();
        m = m->m_next;
        room = static_cast<size_t>(MLEN);
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

MbufStats MbufPool::stats()
{
    Guard guard(mutex_);
    return stats_;
}

MbufLimits MbufPool::limits()
{
    Guard guard(mutex_);
    return limits_;
}

bool MbufPool::set_max_clusters(uint32_t n)
{
    Guard guard(mutex_);
    if (n < limits_.max_clusters)
        return false;
    limits_.max_clusters = n;
    return true;
}

} // namespace netmgr
