// SPDX-License-Identifier: Apache-2.0
// Threads' caches of free mbufs, packets and tags: coming, going, and their counters.
#include "kern/mbuf_pool.hpp"

namespace netmgr {

namespace {

// A thread works for one pool at a time (in io-pkt there is one in all).
thread_local MbufPool* cache_owner;
thread_local MbufCache* thread_cache;

constexpr CacheCount MbufCache::*all_counts[] = {
    &MbufCache::mbuf_hits,   &MbufCache::mbuf_misses,   &MbufCache::mbuf_puts,
    &MbufCache::packet_hits, &MbufCache::packet_misses, &MbufCache::packet_puts,
    &MbufCache::tag_hits,    &MbufCache::tag_misses,    &MbufCache::tag_puts,
};

} // namespace

MbufCache* MbufPool::cache()
{
    return cache_owner == this ? thread_cache : nullptr;
}

void MbufPool::adopt(MbufCache& cache)
{
    Guard guard(caches_mutex_);
    cache.pool_cache = adopted_++ % limits_.pool_caches;
    cache.next = caches_;
    caches_ = &cache;
    thread_cache = &cache;
    cache_owner = this;
}

void MbufPool::drop(MbufCache& cache)
{
    cache_owner = nullptr; // put() goes to the pool from here on
    thread_cache = nullptr;
    while (mbuf* m = cache.packets) {
        cache.packets = m->m_next;
        cache.packets_held.add(-1);
        m->m_flags = M_EXT;
        *m->m_ext.ext_refs = 1;
        put(*m);
    }
    while (mbuf* m = cache.mbufs) {
        cache.mbufs = m->m_next;
        cache.mbufs_held.add(-1);
        m->m_flags = 0;
        put(*m);
    }
    while (m_tag* tag = cache.tags) {
        cache.tags = tag->m_tag_link;
        cache.tags_held.add(-1);
        tags_.put(tag);
    }
    Guard guard(caches_mutex_);
    for (CacheCount MbufCache::*count : all_counts)
        (gone_.*count).add((cache.*count).get());
    for (MbufCache** at = &caches_; *at != nullptr; at = &(*at)->next) {
        if (*at == &cache) {
            *at = cache.next;
            break;
        }
    }
}

int64_t MbufPool::cache_sum(CacheCount MbufCache::*count)
{
    Guard guard(caches_mutex_);
    int64_t sum = (gone_.*count).get();
    for (const MbufCache* c = caches_; c != nullptr; c = c->next)
        sum += (c->*count).get();
    return sum;
}

unsigned MbufPool::cache_count()
{
    Guard guard(caches_mutex_);
    unsigned n = 0;
    for (const MbufCache* c = caches_; c != nullptr; c = c->next)
        n++;
    return n;
}

} // namespace netmgr
