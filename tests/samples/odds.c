/* SPDX-License-Identifier: Apache-2.0 */
/* What QNX's C library has beside POSIX': text, files, waits with limits; and headers that programs include. */
#include <atomic.h>
#include <devctl.h>
#include <errno.h>
#include <fcntl.h>
#include <gulliver.h>
#include <hw/inout.h>
#include <inttypes.h>
#include <libgen.h>
#include <process.h>
#include <pthread.h>
#include <semaphore.h>
#include <share.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/netmgr.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/procmgr.h>
#include <sys/rsrcdbmgr.h>
#include <sys/sched_aps.h>
#include <sys/slogcodes.h>
#include <sys/slog2.h>
#include <sys/states.h>
#include <sys/statvfs.h>
#include <sys/syspage.h>
#include <sys/sysmgr.h>
#include <sys/target_nto.h>
#include <sys/trace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <unix.h>
#include <x86/inout.h>

static int failed;
#define CHECK(condition) ((condition) ? (void)0 : (void)(failed++, printf("odds: line %d: %s (errno %d)\n", __LINE__, #condition, errno)))

static void *sleeper(void *unused)
{
    pause();
    return unused;
}

static void text(void)
{
    char buffer[80], word[] = "aBc";
    CHECK(strcmp(itoa(-42, buffer, 10), "-42") == 0 && strcmp(itoa(-1, buffer, 16), "ffffffff") == 0);
    CHECK(strcmp(ltoa(INT64_MIN, buffer, 10), "-9223372036854775808") == 0 && strcmp(utoa(10, buffer, 2), "1010") == 0);
    CHECK(strcmp(ultoa(35, buffer, 36), "z") == 0 && strcmp(lltoa(0, buffer, 10), "0") == 0 && strcmp(itoa(1, buffer, 37), "") == 0);
    CHECK(stricmp("Abc", "aBC") == 0 && strcmpi("a", "B") < 0 && strnicmp("abX", "ABy", 2) == 0 && memicmp("aB", "Ab", 2) == 0);
    CHECK(strcmp(strupr(word), "ABC") == 0 && strcmp(strlwr(word), "abc") == 0 && strcmp(strrev(word), "cba") == 0);
    CHECK(strcmp(strnset(word, '-', 2), "--a") == 0 && strcmp(strset(word, '+'), "+++") == 0);
    CHECK(ENDIAN_BE32(0x01020304) == 0x04030201 && ENDIAN_LE16(7) == 7 && UNALIGNED_RET32("\1\0\0\0x") == 1);
}

static void numbers(void)
{
    CHECK(min(3, -4) == -4 && max(3, -4) == 3 && min(2.5, 7) == 2.5);
    CHECK(getprio(0) == 10 && setprio(0, 12) == 10 && getprio(getpid()) == 12 && setprio(0, 10) == 12);
    CHECK(getprio(1 << 24) == -1 && errno == ESRCH && setprio(0, 300) == -1 && errno == EINVAL);
}

static void files(void)
{
    struct statvfs about;
    char data[20] = {0};
    int fd = sopen("/tmp/odds", O_RDWR | O_CREAT | O_TRUNC, SH_DENYNO, 0600), again;
    CHECK(fd != -1 && write(fd, "0123456789", 10) == 10 && tell(fd) == 10 && eof(fd) == 1);
    CHECK(lseek(fd, 3, SEEK_SET) == 3 && eof(fd) == 0 && (again = openfd(fd, O_RDONLY)) != -1);
    CHECK(tell(again) == 0 && write(again, "x", 1) == -1 && errno == EBADF && close(again) == 0);
    CHECK(readblock(fd, 4, 0, -1, data) == -1 && errno == EINVAL && readblock(fd, ~(size_t)0, 2, 1, data) == -1 && errno == EINVAL);
    CHECK(readblock(fd, 4, 1, 1, data) == 1 && memcmp(data, "4567", 4) == 0 && writeblock(fd, 5, 1, 1, "ABCDE") == 1);
    CHECK(pread(fd, data, 10, 0) == 10 && memcmp(data, "01234ABCDE", 10) == 0 && chsize(fd, 4) == 0);
    CHECK(fstatvfs(fd, &about) == 0 && about.f_bsize == 4096 && about.f_bfree > 0 && about.f_bfree <= about.f_blocks);
    CHECK(sopen("/tmp/odds", O_RDONLY, 1) == -1 && errno == EINVAL && openfd(99, O_RDONLY) == -1 && errno == EBADF);
    CHECK(statvfs("/dev/shmem", &about) == 0 && about.f_bavail > 0 && (about.f_flag & ST_RDONLY) == 0);
    CHECK(statvfs("/proc/boot", &about) == 0 && about.f_bavail == 0 && (about.f_flag & ST_RDONLY) != 0);
    CHECK(statvfs("/nothing", &about) == -1 && errno == ENOENT);
    CHECK(posix_devctl(fd, __DION(_DCMD_MISC, 77), NULL, 0, NULL) == ENOSYS && close(fd) == 0 && unlink("/tmp/odds") == 0);
}

static void waits(void)
{
    struct timespec soon;
    pthread_t thread;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    sem_t semaphore;
    pthread_create(&thread, NULL, sleeper, NULL);
    clock_gettime(CLOCK_MONOTONIC, &soon);
    CHECK(pthread_timedjoin_monotonic(thread, NULL, &soon) == ETIMEDOUT);
    CHECK(sem_init(&semaphore, 0, 0) == 0 && sem_timedwait_monotonic(&semaphore, &soon) == -1 && errno == ETIMEDOUT);
    CHECK(pthread_mutex_timedlock_monotonic(&mutex, &soon) == 0 && pthread_mutex_unlock(&mutex) == 0);
    clock_gettime(CLOCK_REALTIME, &soon);
    CHECK(pthread_timedjoin(thread, NULL, &soon) == ETIMEDOUT && pthread_abort(thread) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(delay(1) == 0);
    CHECK(SchedCtl(SCHED_APS_QUERY_PARMS, &soon, sizeof soon) == -1 && errno == ENOSYS);
    CHECK(SchedCtl(99, &soon, sizeof soon) == -1 && errno == EINVAL);
    CHECK(SYSPAGE_ENTRY(qtime)->cycles_per_sec > 0 && _syspage_ptr->num_cpu > 0 && ClockCycles() > 0);
}

static void resources(void)
{
    rsrc_alloc_t made = {0x100, 0x1ff, RSRCDBMGR_PCI_MEMORY | RSRCDBMGR_FLAG_NAME, "card"}, found[4];
    rsrc_request_t irq = {1, 0, 5, 5, RSRCDBMGR_IRQ | RSRCDBMGR_FLAG_RANGE, {0, 0}, NULL}, second = irq;
    rsrc_request_t part = {0x10, 0x20, 0, 0, RSRCDBMGR_PCI_MEMORY | RSRCDBMGR_FLAG_ALIGN | RSRCDBMGR_FLAG_TOPDOWN, {0, 0}, NULL};
    rsrc_request_t pair[2] = {{1, 0, 6, 6, RSRCDBMGR_IRQ | RSRCDBMGR_FLAG_RANGE, {0, 0}, NULL}, irq};
    CHECK(rsrcdbmgr_attach(&irq, 1) == 0 && irq.start == 5 && irq.end == 5);
    CHECK(rsrcdbmgr_attach(&second, 1) == -1 && errno == EAGAIN);
    CHECK(rsrcdbmgr_attach(pair, 2) == -1 && errno == EAGAIN && rsrcdbmgr_query(NULL, 0, 0, RSRCDBMGR_IRQ) == 2); /* all or none */
    CHECK(rsrcdbmgr_attach(&part, 1) == -1 && errno == EAGAIN && rsrcdbmgr_create(&made, 1) == 0);
    CHECK(rsrcdbmgr_create(&made, 1) == -1 && errno == EEXIST);
    CHECK(rsrcdbmgr_attach(&part, 1) == 0 && part.start == 0x1e0 && part.end == 0x1ef);
    CHECK(rsrcdbmgr_destroy(&made, 1) == -1 && errno == EBUSY);
    CHECK(rsrcdbmgr_query(found, 4, 0, RSRCDBMGR_PCI_MEMORY) == 2 && found[0].start == 0x100 && found[1].start == 0x1e0);
    CHECK((found[1].flags & RSRCDBMGR_FLAG_USED) != 0 && (found[0].flags & RSRCDBMGR_FLAG_USED) == 0);
    pid_t child = fork();
    if (child == 0) { /* another process' is not to be had; its own goes with it */
        rsrc_request_t own = {1, 0, 9, 9, RSRCDBMGR_IRQ | RSRCDBMGR_FLAG_RANGE, {0, 0}, NULL};
        _exit(rsrcdbmgr_detach(&irq, 1) == -1 && errno == EINVAL && rsrcdbmgr_attach(&own, 1) == 0 ? 0 : 1);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0 && rsrcdbmgr_query(NULL, 0, 0, RSRCDBMGR_IRQ) == 2);
    irq.flags |= RSRCDBMGR_FLAG_SHARE; /* the first did not want to share */
    CHECK(rsrcdbmgr_attach(&irq, 1) == -1 && errno == EAGAIN && rsrcdbmgr_detach(&irq, 1) == 0);
    CHECK(rsrcdbmgr_detach(&part, 1) == 0 && rsrcdbmgr_destroy(&made, 1) == 0);
    child = fork();
    if (child == 0) {
        setuid(1000);
        _exit(rsrcdbmgr_attach(&irq, 1) == -1 && errno == EPERM ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0 && rsrcdbmgr_query(found, 4, 0, 99) == -1 && errno == EINVAL);
}

int main(void)
{
    text();
    numbers();
    resources();
    files();
    waits();
    if (!failed) printf("odds: all well\n");
    return failed != 0;
}
