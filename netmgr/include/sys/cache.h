/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance for DMA. x86 keeps its caches coherent with DMA, so flushing is a compiler barrier only. */
#ifndef _SYS_CACHE_H
#define _SYS_CACHE_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cache_ctrl {
    int fd;
    unsigned cache_line_size;
    unsigned flags;
};
int cache_init(int flags, struct cache_ctrl *info, const char *dllname);
int cache_fini(struct cache_ctrl *info);
#define CACHE_FLUSH(info, vaddr, paddr, len) \
    ((void)(info), (void)(vaddr), (void)(paddr), (void)(len), __atomic_thread_fence(__ATOMIC_SEQ_CST))
#define CACHE_INVAL(info, vaddr, paddr, len) CACHE_FLUSH(info, vaddr, paddr, len)

#ifdef __cplusplus
}
#endif
#endif
