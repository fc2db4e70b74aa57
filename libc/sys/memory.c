// SPDX-License-Identifier: Apache-2.0
// Address space: messages to the process manager, and file mappings for files of other servers, which are read into private memory.
#include <stdint.h>
#include <sys/mman.h>
#include "sys.h"

static long map_message(void *addr, size_t len, int prot, int flags, int fd, int64_t offset)
{
    struct mem_map message = {
        .type = MEM_MAP,
        .prot = (uint32_t)prot,
        .flags = (uint32_t)flags,
        .fd = flags & MAP_ANON ? -1 : fd,
        .addr = (uintptr_t)addr,
        .len = len,
        .offset = offset,
    };
    struct mem_map_reply reply = {0};
    long r = sysmgr_send(&message, sizeof message, &reply, sizeof reply);
    return r < 0 ? r : (long)reply.addr;
}

static long read_all(int fd, char *to, size_t len, int64_t offset)
{
    while (len) {
        struct iovec part = {to, len};
        long n = sys_readv(fd, &part, 1, offset, 1);
        if (n < 0 && n != -EINTR) return n;
        if (n == 0) return 0; /* the rest of the last page stays zero */
        if (n < 0) continue;
        to += n;
        len -= (size_t)n;
        offset += n;
    }
    return 0;
}

/* A copy of the file's contents: right for private mappings, and for shared ones nobody writes through. */
static long map_by_reading(void *addr, size_t len, int prot, int flags, int fd, int64_t offset)
{
    if (flags & MAP_SHARED && prot & PROT_WRITE) return -ENODEV;
    flags = (flags & ~(MAP_SHARED | MAP_PRIVATE)) | MAP_PRIVATE | MAP_ANON;
    long base = map_message(addr, len, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base < 0) return base;
    long r = read_all(fd, (char *)base, len, offset);
    if (r >= 0 && prot != (PROT_READ | PROT_WRITE)) r = sys_mprotect((void *)base, len, prot);
    if (r >= 0) return base;
    sys_munmap((void *)base, len);
    return r;
}

hidden long sys_mmap(void *addr, size_t len, int prot, int flags, int fd, int64_t offset)
{
    if (!len) return -EINVAL;
    long r = map_message(addr, len, prot, flags, fd, offset);
    if (r != -ENODEV || flags & (MAP_ANON | MAP_PHYS)) return r;
    return map_by_reading(addr, len, prot, flags, fd, offset);
}

hidden void __vm_wait(void);

/* Not musl's, which makes ENOMEM of an EPERM: here that one means a missing ability. */
void *__mmap(void *start, size_t len, int prot, int flags, int fd, off_t offset)
{
    if (len >= PTRDIFF_MAX) return (void *)__syscall_ret(-ENOMEM);
    if (flags & MAP_FIXED) __vm_wait();
    return (void *)__syscall_ret((unsigned long)sys_mmap(start, len, prot, flags, fd, offset));
}
weak_alias(__mmap, mmap);

static long range_message(uint16_t type, const void *addr, size_t len, uint32_t prot, void *reply, size_t reply_len)
{
    struct mem_range message = {.type = type, .prot = prot, .addr = (uintptr_t)addr, .len = len};
    return sysmgr_send(&message, sizeof message, reply, reply_len);
}

hidden long sys_munmap(void *addr, size_t len)
{
    long r = range_message(MEM_UNMAP, addr, len, 0, 0, 0);
    return r < 0 ? r : 0;
}

hidden long sys_mprotect(void *addr, size_t len, int prot)
{
    long r = range_message(MEM_PROTECT, addr, len, (uint32_t)prot, 0, 0);
    return r < 0 ? r : 0;
}

hidden long sys_mlock(uint16_t operation, void *addr, size_t len, int flags)
{
    struct mem_range message = {.type = MEM_LOCK, .subtype = operation, .prot = (uint32_t)flags, .addr = (uintptr_t)addr, .len = len};
    long r = sysmgr_send(&message, sizeof message, 0, 0);
    return r < 0 ? r : 0;
}

int munmap_flags(void *addr, size_t len, unsigned flags)
{
    (void)flags; /* they only say how memory is cleaned, and unmapped memory always is */
    return munmap(addr, len);
}

/* Device memory: physical addresses need not begin a page; the pointer keeps the offset. */
void *mmap_device_memory(void *addr, size_t len, int prot, int flags, unsigned long physical)
{
    unsigned long skew = physical & 4095;
    char *p = mmap(addr, len + skew, prot, (flags & ~MAP_TYPE) | MAP_SHARED | MAP_PHYS, NOFD, (off_t)(physical - skew));
    return p == MAP_FAILED ? MAP_FAILED : p + skew;
}

int munmap_device_memory(void *addr, size_t len)
{
    unsigned long skew = (uintptr_t)addr & 4095;
    return munmap((char *)addr - skew, len + skew);
}

/* Ports need no mapping on x86: the handle is the port number. */
unsigned long mmap_device_io(size_t len, unsigned long port)
{
    if (len > 0x10000 || port > 0x10000 - len) {
        errno = EINVAL;
        return MAP_DEVICE_FAILED;
    }
    return port;
}

int munmap_device_io(unsigned long port, size_t len)
{
    (void)port, (void)len;
    return 0;
}

int mem_offset64(const void *addr, int fd, size_t len, off_t *offset, size_t *contiguous)
{
    struct mem_offset_reply reply = {0};
    if (fd != NOFD) return (int)__syscall_ret(-EINVAL);
    long r = range_message(MEM_OFFSET, addr, len, 0, &reply, sizeof reply);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    *offset = (off_t)reply.paddr;
    if (contiguous) *contiguous = reply.contig_len < len ? reply.contig_len : len;
    return 0;
}

int mem_offset(const void *addr, int fd, size_t len, off_t *offset, size_t *contiguous)
{
    return mem_offset64(addr, fd, len, offset, contiguous);
}

int posix_mem_offset(const void *restrict addr, size_t len, off_t *restrict offset, size_t *restrict contiguous, int *restrict fd)
{
    *fd = NOFD;
    return mem_offset64(addr, NOFD, len, offset, contiguous);
}
