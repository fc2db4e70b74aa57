// SPDX-License-Identifier: Apache-2.0
// Where mbufs and clusters come from: pages of the platform, cut up and kept on free lists. Any thread.
//
//   a thread's MbufCache  (mbuf_cache=, pkt_cache=)   no lock: only its thread touches it
//     `-> a pool cache    (num_pool_cache= of them)   a lock each; threads are spread over them
//          `-> pages      (pagesize=)                 one lock; never given back before the pool's end
#pragma once
#include <atomic>
#include <stddef.h>
#include <stdint.h>

#include <sys/mbuf.h>

#include "kern/lock.hpp"
#include "kern/mbuf_ptr.hpp"
#include "kern/object_pool.hpp"
#include "kern/platform.hpp"

namespace netmgr {

struct MbufLimits {
    static constexpr unsigned max_pool_caches = 20;
    size_t page_size = 128 * 1024;  // "pagesize"
    size_t cluster_size = MCLBYTES; // "mclbytes", at most page_size
    uint32_t max_clusters = 16384;  // kern.mbuf.nmbclusters
    uint32_t max_mbufs = 65536;
    unsigned mbuf_cache = 128; // free mbufs a thread keeps
    unsigned pkt_cache = 128;  // free mbufs with a cluster a thread keeps
    unsigned mtag_cache = 128; // free packet tags a thread keeps
    unsigned pool_caches = 1;
    bool caching = true;    // cache=0 clears it
    bool big_pages = false; // bigpage_strict: other pools' pages are as large
};

struct MbufStats {
    uint64_t mbufs_in_use = 0;
    uint64_t clusters_in_use = 0;
    uint64_t mbufs_total = 0;
    uint64_t clusters_total = 0;
    uint64_t mbuf_failures = 0; // asked for and not given
    uint64_t cluster_failures = 0;
    uint64_t pages = 0;
};

// Written by one thread, read by any.
class CacheCount {
public:
    void add(int64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
    int64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<int64_t> value_{0};
};

// Free mbufs of one thread. Registered with MbufPool::adopt() for as long as the thread may touch mbufs.
struct MbufCache {
    mbuf* mbufs = nullptr;
    mbuf* packets = nullptr; // mbufs that still have their cluster
    struct m_tag* tags = nullptr;
    unsigned mbuf_count = 0;
    unsigned packet_count = 0;
    unsigned tag_count = 0;
    unsigned pool_cache = 0; // which one the thread uses

    CacheCount mbuf_hits, mbuf_misses, mbuf_puts;
    CacheCount packet_hits, packet_misses, packet_puts;
    CacheCount tag_hits, tag_misses, tag_puts;
    CacheCount mbufs_held, packets_held, tags_held; // free ones it has now
    MbufCache* next = nullptr;                      // of the pool's list
};

class MbufPool {
public:
    MbufPool(Platform& platform, const MbufLimits& limits);
    ~MbufPool();
    MbufPool(const MbufPool&) = delete;
    MbufPool& operator=(const MbufPool&) = delete;

    mbuf* get(int type); // nullptr when out of memory, as all below
    mbuf* get_hdr(int type);
    mbuf* get_cluster(int type, int flags);
    bool add_cluster(mbuf& m);
    void put(mbuf& m); // one mbuf and its reference to external storage

    // A packet of size bytes of uninitialised room in clusters, to be filled by the caller; lead bytes are left free in front.
    MbufPtr get_data(size_t size, size_t lead = 0);
    MbufPtr copy_in(const void* from, size_t size, size_t lead = 0);

    m_tag* get_tag(); // of M_TAG_SMALL bytes
    void put_tag(m_tag& tag);
    PoolList& pools() { return pools_of_objects_; }

    // The calling thread uses the cache until drop(), which gives back what is in it.
    void adopt(MbufCache& cache);
    void drop(MbufCache& cache);
    // The calling thread's; nullptr: it has none.
    MbufCache* cache();

    size_t cluster_size() const { return limits_.cluster_size; }
    size_t page_size() const { return limits_.page_size; }
    MbufStats stats();
    MbufLimits limits();
    bool set_max_clusters(uint32_t n); // only grows
    // Sum over all threads' caches that are or were.
    int64_t cache_sum(CacheCount MbufCache::*count);
    unsigned cache_count(); // threads that have one now
    // The lowest and the highest physical address of packet memory.
    void physical_range(uint64_t& low, uint64_t& high);
    // Mbufs that pool cache n has handed out.
    uint64_t pool_cache_gets(unsigned n);

private:
    struct PageHeader;
    struct FreeCluster;
    struct PoolCache {
        Mutex mutex;
        mbuf* mbufs = nullptr;
        FreeCluster* clusters = nullptr;
        int64_t mbufs_out =
            0; // handed out less given back here; the sum over all is what is in use
        int64_t clusters_out = 0;
        uint64_t gets = 0;
        uint64_t mbuf_failures = 0;
        uint64_t cluster_failures = 0;
    };
    PageHeader* new_page_locked();
    bool refill_mbufs_locked(PoolCache& pool);
    bool refill_clusters_locked(PoolCache& pool);
    PoolCache& own_pool();
    mbuf* take_mbuf(PoolCache& pool, bool refill);
    FreeCluster* take_cluster(PoolCache& pool, bool refill);
    mbuf* get_from_pool();
    void give_back(mbuf& m, FreeCluster* cluster);
    void give_back_cluster(FreeCluster& cluster);
    bool keep_packet(MbufCache& cache, mbuf& m);
    bool drop_reference(mbuf& m, FreeCluster*& cluster);

    Platform& platform_;
    MbufLimits limits_;
    PoolList pools_of_objects_;
    ObjectPool tags_;
    PoolCache pools_[MbufLimits::max_pool_caches];
    Mutex pages_mutex_; // guards what follows; taken after a pool cache's
    PageHeader* pages_ = nullptr;
    uint64_t mbufs_total_ = 0;
    uint64_t clusters_total_ = 0;
    uint64_t page_count_ = 0;
    Mutex caches_mutex_;
    MbufCache* caches_ = nullptr;
    MbufCache gone_; // counts of threads that ended
    unsigned adopted_ = 0;
};

} // namespace netmgr
