// SPDX-License-Identifier: Apache-2.0
// Shared-memory objects: names under /dev/shmem, handles, shm_ctl(); typed memory objects.
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "sys.h"

#define SHM_DIR "/dev/shmem/"

/* `buf` has room for NAME_MAX + sizeof SHM_DIR bytes. */
static char *full_name(const char *name, char *buf)
{
    while (*name == '/') name++;
    size_t length = strnlen(name, NAME_MAX + 1);
    if (!length || memchr(name, '/', length) || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))) {
        errno = EINVAL;
        return 0;
    }
    if (length > NAME_MAX) {
        errno = ENAMETOOLONG;
        return 0;
    }
    memcpy(buf, SHM_DIR, sizeof SHM_DIR - 1);
    memcpy(buf + sizeof SHM_DIR - 1, name, length + 1);
    return buf;
}

int shm_open(const char *name, int flags, mode_t mode)
{
    char buf[NAME_MAX + sizeof SHM_DIR];
    if (name == SHM_ANON) return open("/dev/shmem", O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* the folder itself: a nameless object */
    if (!(name = full_name(name, buf))) return -1;
    return open(name, flags | O_CLOEXEC, mode);
}

int shm_unlink(const char *name)
{
    char buf[NAME_MAX + sizeof SHM_DIR];
    if (!(name = full_name(name, buf))) return -1;
    return unlink(name);
}

int shm_ctl(int fd, int flags, unsigned long paddr, unsigned long length)
{
    struct mem_shm_ctl message = {.type = MEM_SHM_CTL, .fd = fd, .flags = (uint32_t)flags, .paddr = paddr, .len = length};
    long r = sysmgr_send(&message, sizeof message, 0, 0);
    if (r >= 0) return 0;
    errno = (int)-r;
    return -1;
}

/* A descriptor on procnto's folder becomes one on a memory object of it. Keeps errno of what failed. */
static int bind_fd(const char *folder, int flags, const struct mem_bind *wanted, const char *name)
{
    static const uint32_t access_of[] = {[O_RDONLY] = 1, [O_WRONLY] = 2, [O_RDWR] = 3};
    if ((unsigned)(flags & O_ACCMODE) > O_RDWR) {
        errno = EINVAL;
        return -1;
    }
    int fd = open(folder, O_RDONLY | (flags & O_CLOEXEC));
    if (fd < 0) return -1;
    struct mem_bind message = *wanted;
    message.type = MEM_BIND;
    message.fd = fd;
    message.access = access_of[flags & O_ACCMODE];
    message.name_len = name ? (uint32_t)strlen(name) + 1 : 0;
    struct iovec parts[2] = {{&message, sizeof message}, {(void *)name, message.name_len}};
    long r = msg_sendv(SYSMGR_COID, parts, name ? 2 : 1, 0, 0);
    if (r >= 0) return fd;
    close(fd);
    errno = (int)-r;
    return -1;
}

int posix_typed_mem_open(const char *name, int flags, int tflag)
{
    if (strnlen(name, SYS_PATH_MAX) == SYS_PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return bind_fd("/dev/tymem", flags, &(struct mem_bind){.tflag = (uint32_t)tflag}, name);
}

int posix_typed_mem_get_info(int fd, struct posix_typed_mem_info *info)
{
    struct mem_bind message = {.type = MEM_TYPED_INFO, .fd = fd};
    uint64_t bytes = 0;
    long r = sysmgr_send(&message, sizeof message, &bytes, sizeof bytes);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    info->posix_tmi_length = bytes;
    return 0;
}

int shm_create_handle(int fd, pid_t pid, int flags, shm_handle_t *handle, unsigned options)
{
    int access = flags & O_ACCMODE;
    struct mem_handle message = {.type = MEM_HANDLE, .fd = fd, .pid = pid, .access = access == O_RDONLY ? 1 : access == O_WRONLY ? 2 : 3};
    if (options || access > O_RDWR) return (int)__syscall_ret((unsigned long)-EINVAL);
    long r = sysmgr_send(&message, sizeof message, &message, sizeof message);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    *handle = message.handle;
    return 0;
}

int shm_open_handle(shm_handle_t handle, int flags)
{
    return bind_fd("/dev/shmem", flags | O_CLOEXEC, &(struct mem_bind){.handle = handle}, 0);
}

int shm_delete_handle(shm_handle_t handle)
{
    struct mem_handle message = {.type = MEM_HANDLE, .subtype = 1, .handle = handle};
    long r = sysmgr_send(&message, sizeof message, 0, 0);
    return r < 0 ? (int)__syscall_ret((unsigned long)r) : 0;
}
