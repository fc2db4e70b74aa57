// SPDX-License-Identifier: Apache-2.0
// Memory beyond plain mmap(): typed memory, handles, locks, placement.
#include "tap.hpp"

#include <abi/proc_msg.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr size_t page = 4096, slack = 4 * page;
constexpr int rw = PROT_READ | PROT_WRITE;

char* map(size_t length, int flags, int fd = NOFD, off_t offset = 0, void* at = nullptr)
{
    return static_cast<char*>(mmap(at, length, rw, flags, fd, offset));
}

// Physical address and contiguous length of mapped memory; 0 = none.
uint64_t paddr_of(const void* at, size_t length, size_t* contiguous = nullptr)
{
    off_t paddr = 0;
    return mem_offset64(at, NOFD, length, &paddr, contiguous) == 0 ? static_cast<uint64_t>(paddr)
                                                                   : 0;
}

size_t typed_free(int fd)
{
    posix_typed_mem_info info{};
    return posix_typed_mem_get_info(fd, &info) == 0 ? info.posix_tmi_length : ~size_t{0};
}

uint64_t pages_free()
{
    const proc_simple message{SYS_OBJECTS, 0, 0, 0, 0, 0, 0};
    sys_objects objects{};
    return MsgSend(SYSMGR_COID, &message, sizeof message, &objects, sizeof objects) < 0
               ? 0
               : objects.pages_free;
}

// Runs in a child of its own; its exit status, or -1.
template <typename Body>
int in_child(Body&& body)
{
    const pid_t child = fork();
    if (child == 0)
        _exit(body());
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : -1;
}

// Many threads at once, then none: their stacks in the kernel are memory again.
bool kernel_stacks()
{
    constexpr int most = 120, pages_each = 4, kept = 32;
    static pthread_barrier_t together;
    static pthread_t threads[most];
    const auto wait = [](void*) -> void* {
        pthread_barrier_wait(&together);
        return nullptr;
    };
    const uint64_t before = pages_free();
    CHECK(pthread_barrier_init(&together, nullptr, most + 1) == 0);
    for (pthread_t& thread : threads)
        CHECK(pthread_create(&thread, nullptr, wait, nullptr) == 0);
    const uint64_t during = pages_free();
    pthread_barrier_wait(&together);
    for (const pthread_t thread : threads)
        pthread_join(thread, nullptr);
    CHECK(before - during >= (most - kept) * pages_each);
    CHECK(pages_free() + kept * pages_each >= before);
    return true;
}

bool typed_names()
{
    static const char* const known[] = {
        "/memory", "/memory/isa", "below4G",           "ram",
        "sysram",  "isa/ram",     "ram/dma",           "/memory/isa/ram/sysram",
        "imagefs", "below4G&ram", "isa&sysram|imagefs"};
    for (const char* name : known) {
        const int fd = posix_typed_mem_open(name, O_RDWR, POSIX_TYPED_MEM_ALLOCATE);
        struct stat stat {};
        if (fd < 0)
            printf("# %s\n", name);
        CHECK(fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size > 0 && close(fd) == 0);
    }
    CHECK(posix_typed_mem_open("no-such", O_RDWR, 0) == -1 && errno == ENOENT);
    CHECK(posix_typed_mem_open("/ram", O_RDWR, 0) == -1 && errno == ENOENT); // not the whole path
    CHECK(posix_typed_mem_open("am", O_RDWR, 0) == -1 && errno == ENOENT);   // not a whole part
    CHECK(posix_typed_mem_open("ram&no-such", O_RDWR, 0) == -1 && errno == ENOENT);
    CHECK(posix_typed_mem_open("ram", O_RDWR, 3) == -1 && errno == EINVAL);
    return true;
}

bool typed_allocation()
{
    const int fd = posix_typed_mem_open("isa/ram", O_RDWR, POSIX_TYPED_MEM_ALLOCATE);
    const size_t before = typed_free(fd), size = 16 * page;
    CHECK(fd >= 0 && before >= size && before < (16u << 20));
    char* at = map(size, MAP_SHARED, fd);
    CHECK(at != MAP_FAILED);
    const size_t taken = before - typed_free(fd); // procnto's own tables may lie there, too
    CHECK(taken >= size && taken <= size + slack);
    for (size_t i = 0; i < size; i += page)
        CHECK(at[i] == 0 && (at[i] = 'x') && paddr_of(at + i, 1) < (1u << 24) &&
              paddr_of(at + i, 1) != 0);
    CHECK(munmap(at, size) == 0 && typed_free(fd) + slack >= before);
    CHECK(map(before + page, MAP_SHARED, fd) == MAP_FAILED && errno == ENOMEM);
    CHECK(typed_free(fd) + slack >= before);
    at = map(size, MAP_PRIVATE, fd); // its own pages all the same
    CHECK(at != MAP_FAILED && paddr_of(at, 1) < (1u << 24) && munmap(at, size) == 0 &&
          close(fd) == 0);
    return true;
}

bool typed_contiguous()
{
    const int fd = posix_typed_mem_open("below4G", O_RDWR, POSIX_TYPED_MEM_ALLOCATE_CONTIG);
    const size_t longest = typed_free(fd), size = 64 * page;
    CHECK(fd >= 0 && longest >= size);
    char* at = map(size, MAP_SHARED, fd);
    size_t contiguous = 0;
    CHECK(at != MAP_FAILED && paddr_of(at, size, &contiguous) != 0 &&
          contiguous == page); // not touched yet
    memset(at, 1, size);
    CHECK(paddr_of(at, size, &contiguous) != 0 && contiguous == size);
    return munmap(at, size) == 0 && typed_free(fd) == longest && close(fd) == 0;
}

bool typed_places()
{
    const int source = posix_typed_mem_open("sysram", O_RDWR, POSIX_TYPED_MEM_ALLOCATE_CONTIG);
    char* own = map(4 * page, MAP_SHARED, source);
    CHECK(own != MAP_FAILED);
    strcpy(own, "here");
    const auto paddr = static_cast<off_t>(paddr_of(own, page));
    const int any = posix_typed_mem_open("sysram", O_RDWR, POSIX_TYPED_MEM_MAP_ALLOCATABLE);
    char* seen = map(page, MAP_SHARED, any, paddr);
    CHECK(seen != MAP_FAILED && strcmp(seen, "here") == 0 && munmap(seen, page) == 0);
    const int place = posix_typed_mem_open("sysram", O_RDWR, 0);
    CHECK(typed_free(place) == 0);
    CHECK(map(page, MAP_SHARED, place, paddr) == MAP_FAILED && errno == EBUSY); // it is allocated
    CHECK(munmap(own, 4 * page) == 0);
    const size_t before = typed_free(source);
    char* taken = map(page, MAP_SHARED, place, paddr);
    CHECK(taken != MAP_FAILED && paddr_of(taken, page) == static_cast<uint64_t>(paddr) &&
          typed_free(source) <= before);
    CHECK(munmap(taken, page) == 0);
    CHECK(map(page, MAP_SHARED, place, off_t{1} << 45) == MAP_FAILED && errno == ENXIO);
    return close(source) == 0 && close(any) == 0 && close(place) == 0;
}

bool typed_needs_ability()
{
    const int status = in_child([] {
        if (setuid(7) != 0)
            return 1;
        return posix_typed_mem_open("ram", O_RDWR, POSIX_TYPED_MEM_ALLOCATE) == -1 && errno == EPERM
                   ? 0
                   : 2;
    });
    CHECK(status == 0);
    return true;
}

bool handles()
{
    const int fd = shm_open(SHM_ANON, O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && ftruncate(fd, page) == 0);
    char* at = map(page, MAP_SHARED, fd);
    strcpy(at, "shared");
    int order[2];
    CHECK(at != MAP_FAILED && pipe(order) == 0);
    const pid_t child = fork();
    if (child == 0) {
        shm_handle_t handle = 0;
        if (read(order[0], &handle, sizeof handle) != sizeof handle)
            _exit(1);
        if (shm_open_handle(handle, O_RDWR) != -1 || errno != EACCES) // given for reading only
            _exit(2);
        const int mine = shm_open_handle(handle, O_RDONLY);
        const char* text = static_cast<char*>(mmap(nullptr, page, PROT_READ, MAP_SHARED, mine, 0));
        if (mine < 0 || text == MAP_FAILED || strcmp(text, "shared") != 0)
            _exit(3);
        if (mmap(nullptr, page, rw, MAP_SHARED, mine, 0) != MAP_FAILED)
            _exit(4);
        _exit(shm_open_handle(handle, O_RDONLY) == -1 && errno == ENOENT ? 0 : 5); // once only
    }
    shm_handle_t handle = 0, second = 0;
    CHECK(shm_create_handle(fd, child, O_RDONLY, &handle, 0) == 0 && handle != 0);
    CHECK(shm_open_handle(handle, O_RDONLY) == -1 && errno == EACCES); // not for us
    CHECK(write(order[1], &handle, sizeof handle) == sizeof handle);
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(shm_create_handle(fd, getpid(), O_RDWR, &second, 0) == 0 &&
          shm_delete_handle(second) == 0);
    CHECK(shm_open_handle(second, O_RDWR) == -1 && errno == ENOENT);
    CHECK(shm_create_handle(fd, 999999, O_RDWR, &second, 0) == -1 && errno == ESRCH);
    CHECK(shm_create_handle(fd, getpid(), O_RDWR, &second, 1) == -1 && errno == EINVAL);
    CHECK(shm_create_handle(0, getpid(), O_RDONLY, &second, 0) == -1);
    return munmap(at, page) == 0 && close(fd) == 0 && close(order[0]) == 0 && close(order[1]) == 0;
}

bool locking()
{
    const size_t size = 64 * page;
    char* at = map(size, MAP_PRIVATE | MAP_ANON | MAP_LAZY);
    const uint64_t before = pages_free();
    CHECK(at != MAP_FAILED && mlock(at, size) == 0);
    CHECK(before - pages_free() >= 64); // all there, though nobody touched it
    CHECK(munlock(at, size) == 0 && munmap(at, size) == 0);
    CHECK(mlock(reinterpret_cast<void*>(0x20000), page) == -1 && errno == ENOMEM);
    CHECK(mlockall(0) == -1 && errno == EINVAL);
    const int status = in_child([] {
        if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
            return 1;
        const uint64_t then = pages_free();
        if (map(32 * page, MAP_PRIVATE | MAP_ANON | MAP_LAZY) == MAP_FAILED ||
            then - pages_free() < 32)
            return 2;
        return munlockall() == 0 ? 0 : 3;
    });
    CHECK(status == 0);
    return true;
}

bool lock_limits()
{
    const int limited = in_child([] {
        const rlimit limit{8 * page, 8 * page};
        if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || setuid(7) != 0)
            return 1;
        char* at = map(16 * page, MAP_PRIVATE | MAP_ANON);
        if (mlock(at, 16 * page) != -1 || errno != ENOMEM)
            return 2;
        if (mlock(at, 8 * page) != 0 || mlock(at + 8 * page, page) != -1 || errno != ENOMEM)
            return 3;
        return munlock(at, 8 * page) == 0 && mlock(at + 8 * page, page) == 0 ? 0 : 4;
    });
    CHECK(limited == 0);
    const int denied = in_child([] {
        procmgr_ability(0, PROCMGR_ADN_ROOT | PROCMGR_AOP_DENY | PROCMGR_AID_MEM_LOCK,
                        PROCMGR_AID_EOL);
        char* at = map(page, MAP_PRIVATE | MAP_ANON);
        return mlock(at, page) == -1 && errno == EPERM && mlockall(MCL_FUTURE) == -1 &&
                       errno == EPERM
                   ? 0
                   : 1;
    });
    CHECK(denied == 0);
    return true;
}

bool placement()
{
    char* const limit = reinterpret_cast<char*>(0x400000000000);
    char* below = map(4 * page, MAP_PRIVATE | MAP_ANON | MAP_BELOW, NOFD, 0, limit);
    char* next = map(4 * page, MAP_PRIVATE | MAP_ANON | MAP_BELOW, NOFD, 0, limit);
    CHECK(below == limit - 4 * page && next == below - 4 * page);
    CHECK(munmap(below, 4 * page) == 0 && munmap(next, 4 * page) == 0);
    for (size_t size = page; size <= 32 * page; size *= 2) {
        char* at = map(size, MAP_SHARED | MAP_PHYS | MAP_ANON | MAP_NOX64K);
        const uint64_t paddr = paddr_of(at, size);
        CHECK(at != MAP_FAILED && paddr != 0);
        CHECK(size > 65536 ? paddr % 65536 == 0 : paddr / 65536 == (paddr + size - 1) / 65536);
        CHECK(munmap(at, size) == 0);
    }
    char* dirty = map(page, MAP_PRIVATE | MAP_ANON | MAP_NOINIT);
    CHECK(dirty != MAP_FAILED && *dirty == 0 && munmap(dirty, page) == 0); // zeroed all the same
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "where") ==
                        0) { // of stack, program and library, for the test of procnto -mr
        int local = 0;
        printf("%p %p %p\n", static_cast<void*>(&local), reinterpret_cast<void*>(&main),
               reinterpret_cast<void*>(&printf));
        return 0;
    }
    static const TapTest tests[] = {
        {"MEM-0010 names of typed memory, whole, in part, joined", typed_names},
        {"MEM-0011 typed memory is allocated from its ranges and comes back", typed_allocation},
        {"MEM-0012 contiguous typed memory", typed_contiguous},
        {"MEM-0013 typed memory at a place that is chosen", typed_places},
        {"MEM-0014 typed memory needs MEM_PHYS", typed_needs_ability},
        {"MEM-0015 handles of shared memory: for one process, once, for what was given", handles},
        {"MEM-0016 locked memory is there: mlock, mlockall, later mappings", locking},
        {"MEM-0017 RLIMIT_MEMLOCK and the MEM_LOCK ability", lock_limits},
        {"MEM-0018 MAP_BELOW, MAP_NOX64K, MAP_NOINIT", placement},
        {"MEM-0020 stacks of ended threads in the kernel are given back", kernel_stacks},
    };
    return run_tests(tests);
}
