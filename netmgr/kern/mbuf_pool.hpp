// SPDX-License-Identifier: Apache-2.0
// Where mbufs and clusters come from: pages of the platform, cut up and kept on free lists. Any thread.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <sys/mbuf.h>

#include "kern/lock.hpp"
#include "kern/mbuf_ptr.hpp"
#include "kern/platform.hpp"

namespace netmgr {

struct MbufLimits {
    size_t page_size = 128 * 1024;  // "pagesize"
    size_t cluster_size = MCLBYTES; // "mclbytes", at most page_size
    uint32_t max_clusters = 16384;  // kern.mbuf.nmbclusters
    uint32_t max_mbufs = 65536;
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

    size_t cluster_size() const { return limits_.cluster_size; }
    MbufStats stats();
    MbufLimits limits();
    bool set_max_clusters(uint32_t n); // only grows

private:
    struct PageHeader;
    struct FreeCluster;
    PageHeader* new_page_locked();
    bool refill_mbufs_locked();
    bool refill_clusters_locked();

    Platform& platform_;
    MbufLimits limits_;
    Mutex mutex_;
    mbuf* free_mbufs_ = nullptr;
    FreeCluster* free_clusters_ = nullptr;
    PageHeader* pages_ = nullptr;
    MbufStats stats_;
};

} // namespace netmgr
