// SPDX-License-Identifier: Apache-2.0
// Memory messages and path names.
#include "procmgr_test.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr size_t page = 4096;

char* map(void* at, size_t length, int prot, int flags, int fd = -1, off_t offset = 0)
{
    return static_cast<char*>(mmap(at, length, prot, flags, fd, offset));
}

bool in_directory(const char* path, const char* name)
{
    bool found = false;
    DIR* dir = opendir(path);
    while (const dirent* entry = dir ? readdir(dir) : nullptr)
        found = found || strcmp(entry->d_name, name) == 0;
    if (dir)
        closedir(dir);
    return found;
}

} // namespace

bool anonymous_memory()
{
    sys_objects before{}, after{};
    CHECK(settled_objects(before));
    char* at = map(nullptr, 1000 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON);
    CHECK(at != MAP_FAILED);
    CHECK(objects_now(after) && before.pages_free - after.pages_free >= 1000); // set aside at once
    CHECK(at[500 * page] == 0);
    at[0] = 'a';
    at[2 * page] = 'c';
    CHECK(munmap(at + page, page) == 0);
    CHECK(at[0] == 'a' && at[2 * page] == 'c');
    CHECK(map(at + 2 * page, page, PROT_READ, MAP_PRIVATE | MAP_ANON | MAP_FIXED) == at + 2 * page);
    CHECK(at[2 * page] == 0);
    CHECK(mprotect(at + page, page, PROT_READ) == -1 && errno == ENOMEM);
    CHECK(munmap(at, 1000 * page) == 0);
    CHECK(map(reinterpret_cast<void*>(0x1000), page, PROT_READ,
              MAP_PRIVATE | MAP_ANON | MAP_FIXED) == MAP_FAILED);
    CHECK(map(reinterpret_cast<void*>(0xffff800000000000), page, PROT_READ,
              MAP_PRIVATE | MAP_ANON | MAP_FIXED) == MAP_FAILED);
    CHECK(objects_now(after) && after.regions == before.regions);
    return true;
}

bool write_xor_execute()
{
    CHECK(map(nullptr, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON) ==
              MAP_FAILED &&
          errno == EACCES);
    char* at = map(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON);
    CHECK(mprotect(at, page, PROT_READ | PROT_WRITE | PROT_EXEC) == -1 && errno == EACCES);
    CHECK(mprotect(at, page, PROT_READ | PROT_EXEC) == 0);
    return munmap(at, page) == 0;
}

bool contiguous_memory()
{
    const size_t size = 64 * page;
    char* at = map(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_PHYS | MAP_ANON);
    CHECK(at != MAP_FAILED);
    off_t paddr = 0, again = 0;
    size_t length = 0;
    CHECK(mem_offset64(at, NOFD, size, &paddr, &length) == 0);
    CHECK(length == size && paddr > 0 && paddr % static_cast<off_t>(page) == 0);
    CHECK(mem_offset64(at + 5 * page + 17, NOFD, 1, &again, &length) == 0);
    CHECK(again == paddr + 5 * static_cast<off_t>(page) + 17 && length == 1);
    at[100] = 'x';
    char* window = map(nullptr, page, PROT_READ | PROT_NOCACHE, MAP_SHARED | MAP_PHYS, NOFD, paddr);
    CHECK(window != MAP_FAILED && window[100] == 'x');
    CHECK(munmap(window, page) == 0 && munmap(at, size) == 0);
    return true;
}

int role_touch(char** argv)
{
    const int fd = shm_open(argv[2], O_RDWR, 0);
    char* at = fd < 0 ? nullptr : map(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    if (!at || at == MAP_FAILED || at[page] != 'p')
        return 1;
    at[2 * page] = 'c';
    return 0;
}

bool shared_memory()
{
    const char* name = "/procmgr-test-shared";
    shm_unlink(name);
    const int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 3 * page) == 0);
    CHECK(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
    char* at = map(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    char* own = map(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    CHECK(at != MAP_FAILED && own != MAP_FAILED);
    at[page] = 'p';
    CHECK(own[page] == 'p');
    own[page] = 'q';
    CHECK(at[page] == 'p');
    CHECK(finish(start_role({"touch", name})) == 0);
    CHECK(at[2 * page] == 'c');
    char byte = 0;
    CHECK(pread(fd, &byte, 1, 2 * page) == 1 && byte == 'c');
    CHECK(in_directory("/dev/shmem", name + 1) && shm_unlink(name) == 0 &&
          !in_directory("/dev/shmem", name + 1));
    close(fd);
    CHECK(at[page] == 'p');
    return munmap(at, 3 * page) == 0 && munmap(own, 3 * page) == 0;
}

bool image_mapping()
{
    const int fd = open(self_path, O_RDONLY);
    CHECK(fd >= 0);
    CHECK(open(self_path, O_RDWR) == -1 && errno == EROFS);
    CHECK(map(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd) == MAP_FAILED &&
          errno == EACCES);
    char* at = map(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    CHECK(at != MAP_FAILED && memcmp(at, "\177ELF", 4) == 0);
    at[0] = 'x';
    char head[4];
    CHECK(pread(fd, head, 4, 0) == 4 && memcmp(head, "\177ELF", 4) == 0);
    close(fd);
    return munmap(at, page) == 0;
}

// Takes memory until there is none: first mmap() says so, then (with lazy memory, which it always gets) the page fault.
int role_hog(char**)
{
    const size_t piece = 256 * page;
    while (char* at = map(nullptr, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON)) {
        if (at == MAP_FAILED)
            break;
        for (size_t i = 0; i < piece; i += page)
            at[i] = 1;
    }
    if (errno != ENOMEM)
        return 1;
    signal(SIGSEGV,
           [](int) { _exit(9); }); // the expected end; without a handler it would be a fault block
    char* at = map(nullptr, 2 * piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_LAZY);
    if (at == MAP_FAILED)
        return 2;
    for (size_t i = 0; i < 2 * piece; i += page)
        at[i] = 1;
    return 3;
}

bool out_of_memory()
{
    sys_objects before{};
    CHECK(settled_objects(before));
    const int status = finish(start_role({"hog"}));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    return same_objects(before);
}

bool links()
{
    const char* link = "/dev/procmgr-test-link";
    CHECK(pathmgr_symlink("/proc/boot", link) == 0);
    CHECK(pathmgr_symlink("/other", link) == -1 && errno == EEXIST);
    struct stat info;
    CHECK(stat("/dev/procmgr-test-link/procmgr-test", &info) == 0 && S_ISREG(info.st_mode));
    CHECK(lstat(link, &info) == 0 && S_ISLNK(info.st_mode));
    char text[32] = "";
    CHECK(readlink(link, text, sizeof text) == 10 && memcmp(text, "/proc/boot", 10) == 0);
    CHECK(in_directory("/dev", link + 5));
    CHECK(pathmgr_unlink(link) == 0 && stat(link, &info) == -1 && errno == ENOENT);
    CHECK(unlink(self_path) == -1 && errno == EROFS);
    CHECK(mkdir("/proc/boot/new", 0777) == -1 && errno == EROFS);
    return true;
}

bool names()
{
    const int chid = ChannelCreate(0);
    struct {
        path_attach head;
        char path[32];
    } message{};
    message.head.type = PATH_ATTACH;
    message.head.flags = PATH_FLAG_EXCLUSIVE;
    message.head.chid = chid;
    message.head.handle = 1;
    strcpy(message.path, "/dev/procmgr-test-name");
    message.head.path_len = static_cast<uint32_t>(strlen(message.path)) + 1;
    const size_t size = sizeof message.head + message.head.path_len;
    uint32_t id = 0;
    CHECK(MsgSend(SYSMGR_COID, &message, size, &id, sizeof id) != -1 && id != 0);
    CHECK(in_directory("/dev", "procmgr-test-name"));
    CHECK(MsgSend(SYSMGR_COID, &message, size, &id, sizeof id) == -1 && errno == EEXIST);
    CHECK(ChannelDestroy(chid) == 0);
    CHECK(!in_directory("/dev", "procmgr-test-name")); // went with its channel
    CHECK(MsgSend(SYSMGR_COID, &message, size, &id, sizeof id) == -1 && errno == ESRCH);
    return true;
}

bool listings()
{
    CHECK(in_directory("/", "proc") && in_directory("/", "dev") && in_directory("/proc", "boot"));
    CHECK(in_directory("/proc", "1") && in_directory("/proc/self", "as"));
    CHECK(in_directory("/proc/boot", "procmgr-test") && in_directory("/dev", "null") &&
          in_directory("/dev", "shmem"));
    return !in_directory("/proc/boot", "as");
}
