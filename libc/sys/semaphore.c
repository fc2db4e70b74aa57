// SPDX-License-Identifier: Apache-2.0
// Semaphores: the value is taken in user space when there is one; waiting and every post are kernel calls. Named ones lie in
// shared-memory objects.
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sync.h"

#define SEM_DIR "sem."

int sem_init(sem_t *sem, int shared, unsigned value)
{
    (void)shared; /* the kernel keys waiters by physical address: always possible */
    if (value > SEM_VALUE_MAX) return (int)__syscall_ret(-EINVAL);
    sem->__count = value;
    sem->__owner = 0;
    return 0;
}

int sem_destroy(sem_t *sem)
{
    (void)sem;
    return 0;
}

int sem_getvalue(sem_t *restrict sem, int *restrict value)
{
    *value = (int)load(&sem->__count);
    return 0;
}

int sem_post(sem_t *sem)
{
    long r = __kercall1(KER_SYNC_SEM_POST, (long)sem);
    return (int)__syscall_ret((unsigned long)(r == -EAGAIN ? -EOVERFLOW : r));
}

static int take(sem_t *sem)
{
    for (;;) {
        uint32_t count = load(&sem->__count);
        if (!count) return 0;
        if (replace(&sem->__count, count, count - 1)) return 1;
    }
}

int sem_trywait(sem_t *sem)
{
    return take(sem) ? 0 : (int)__syscall_ret(-EAGAIN);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
    if (take(sem)) return 0;
    int error = until ? arm_timeout(CLOCK_REALTIME, TIMEOUT_SEM, until) : 0;
    long r = error ? -error : __nto_call_cp(KER_SYNC_SEM_WAIT, (long)sem, 0, 0, 0, 0, 0);
    return (int)__syscall_ret((unsigned long)r);
}

int sem_wait(sem_t *sem)
{
    return sem_timedwait(sem, 0);
}

static int object_name(const char *name, char out[NAME_MAX + 1])
{
    while (*name == '/') name++;
    size_t n = strlen(name);
    if (!n || n > NAME_MAX - sizeof SEM_DIR) return (int)__syscall_ret(n ? -ENAMETOOLONG : -EINVAL);
    memcpy(out, SEM_DIR, sizeof SEM_DIR - 1);
    memcpy(out + sizeof SEM_DIR - 1, name, n + 1);
    return 0;
}

/* Another process may have made the object and not yet given it its size. */
static int wait_for_size(int fd)
{
    for (int i = 0; i < 100; i++) {
        struct stat st;
        struct timespec pause = {.tv_nsec = 1000000};
        if (fstat(fd, &st) < 0) return -1;
        if (st.st_size >= (off_t)sizeof(sem_t)) return 0;
        nanosleep(&pause, 0);
    }
    return (int)__syscall_ret(-EINVAL);
}

sem_t *sem_open(const char *name, int flags, ...)
{
    char object[NAME_MAX + 1];
    mode_t mode = 0;
    unsigned value = 0;
    if (flags & O_CREAT) {
        va_list ap;
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        value = va_arg(ap, unsigned);
        va_end(ap);
    }
    if (value > SEM_VALUE_MAX) return __syscall_ret(-EINVAL), SEM_FAILED;
    if (object_name(name, object) < 0) return SEM_FAILED;
    int made = 0, fd = flags & O_CREAT ? shm_open(object, O_RDWR | O_CREAT | O_EXCL, mode) : -1;
    if (fd >= 0) made = 1;
    else if (flags & O_CREAT && (errno != EEXIST || flags & O_EXCL)) return SEM_FAILED;
    else fd = shm_open(object, O_RDWR, 0);
    if (fd < 0) return SEM_FAILED;
    sem_t *sem = MAP_FAILED;
    if ((made ? ftruncate(fd, sizeof *sem) : wait_for_size(fd)) == 0)
        sem = mmap(0, sizeof *sem, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = errno;
    close(fd);
    if (sem == MAP_FAILED) {
        errno = error;
        return SEM_FAILED;
    }
    if (made) /* posts, so that one that has it open and waits already gets them */
        while (value--) sem_post(sem);
    return sem;
}

int sem_close(sem_t *sem)
{
    return munmap(sem, sizeof *sem);
}

int sem_unlink(const char *name)
{
    char object[NAME_MAX + 1];
    if (object_name(name, object) < 0) return -1;
    return shm_unlink(object);
}
