// SPDX-License-Identifier: Apache-2.0
// Shared-memory objects: names under /dev/shmem, and shm_ctl().
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
    long r = msg_send(SYSMGR_COID, &message, sizeof message, 0, 0);
    if (r >= 0) return 0;
    errno = (int)-r;
    return -1;
}
