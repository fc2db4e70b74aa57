// SPDX-License-Identifier: Apache-2.0
// Sentences of the manuals on interrupts, names, processes and memory that no other test takes up.
#include "tap.hpp"

#include <abi/usage.h>

#include <fcntl.h>
#include <hw/inout.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <sys/syspage.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - more facts of the manuals\n"
          "%C [key]\n");

namespace {

constexpr int keyboard = 1;
constexpr size_t page = 4096;

/// 0..255 as a status of a child that runs `body`.
template <typename Body>
int in_child(Body body)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

resmgr_connect_funcs_t connect_funcs;
resmgr_io_funcs_t io_funcs;
iofunc_attr_t device;

int attach(dispatch_t* dispatch, const char* path, int type, unsigned flags)
{
    return resmgr_attach(dispatch, nullptr, path, type, flags, &connect_funcs, &io_funcs, &device);
}

bool exists(const char* path)
{
    struct stat info;
    char name[128]; // asks procnto, not the server: it does not receive here
    snprintf(name, sizeof name, "/proc/mount%s", path);
    return stat(name, &info) == 0;
}

bool attaching()
{
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    iofunc_attr_init(&device, S_IFCHR | 0666, nullptr, nullptr);
    dispatch_t* dispatch = dispatch_create();
    CHECK(dispatch != nullptr);
    CHECK(chdir("/dev") == 0);
    const int relative = attach(dispatch, "manual-relative", _FTYPE_ANY, 0);
    CHECK(chdir("/") == 0 && relative != -1 && exists("/dev/manual-relative"));
    CHECK(resmgr_detach(dispatch, relative, 0) != -1 && !exists("/dev/manual-relative"));
    const int mount =
        attach(dispatch, nullptr, _FTYPE_MOUNT, _RESMGR_FLAG_DIR | _RESMGR_FLAG_FTYPEONLY);
    CHECK(mount != -1 && resmgr_detach(dispatch, mount, 0) != -1);
    CHECK(in_child([] {
              procmgr_ability(0, PROCMGR_ADN_ROOT | PROCMGR_AOP_DENY | PROCMGR_AID_PATHSPACE,
                              PROCMGR_AID_EOL);
              dispatch_t* own = dispatch_create();
              return attach(own, "/dev/manual-denied", _FTYPE_ANY, 0) == -1 && errno == EPERM ? 0
                                                                                              : 1;
          }) == 0);
    CHECK(in_child([] {
              procmgr_ability(0, PROCMGR_ADN_ROOT | PROCMGR_AOP_DENY | PROCMGR_AID_PUBLIC_CHANNEL,
                              PROCMGR_AID_EOL);
              dispatch_t* own = dispatch_create();
              return own == nullptr || (attach(own, "/dev/manual-denied", _FTYPE_ANY, 0) == -1 &&
                                        errno == EPERM)
                         ? 0
                         : 1;
          }) == 0);
    return true;
}

bool mapping_rules()
{
    const int fd = open("/proc/boot/libc.so", O_RDONLY);
    CHECK(fd != -1);
    off_t at = 0;
    size_t length = 0;
    CHECK(mmap(nullptr, page, PROT_READ, MAP_PRIVATE, NOFD, 0) == MAP_FAILED && errno == EBADF);
    char* memory = static_cast<char*>(mmap(nullptr, 4 * page, PROT_READ | PROT_WRITE,
                                           MAP_PHYS | MAP_ANON | MAP_PRIVATE, NOFD, 0));
    CHECK(memory != MAP_FAILED && memory[0] == 0 && memory[4 * page - 1] == 0);
    CHECK(mem_offset(memory, NOFD, 4 * page, &at, &length) == 0 && length == 4 * page);
    CHECK(mem_offset(memory, fd, page, &at, &length) == -1 && errno == EINVAL);
    // the same memory by its physical address
    char* again = static_cast<char*>(
        mmap_device_memory(nullptr, page, PROT_READ | PROT_WRITE, 0, static_cast<uint64_t>(at)));
    CHECK(again != MAP_FAILED);
    again[5] = 'x';
    CHECK(memory[5] == 'x' && munmap_device_memory(again, page) == 0);
    CHECK(munmap(memory, 4 * page) == 0 && close(fd) == 0);
    CHECK(mmap_device_io(8, 0x3f8) == 0x3f8);
    CHECK(in_child([] {
              *const_cast<volatile unsigned short*>(&_syspage_ptr->num_cpu) = 9;
              return 0;
          }) == 1000 + SIGSEGV); // the system page can only be read
    CHECK(in_child([] { return in8(0x3fa); }) == 1000 + SIGSEGV); // no I/O privilege
    return true;
}

bool spawned_descriptors()
{
    const int fd = open("/dev/null", O_RDWR);
    const int map[3] = {fd, SPAWN_FDCLOSED, 2};
    char* argv[] = {const_cast<char*>("manual-test"), const_cast<char*>("descriptors"), nullptr};
    inheritance how{};
    int status = 0;
    const pid_t pid = spawn("/proc/boot/manual-test", 3, map, &how, argv, environ);
    return pid != -1 && close(fd) == 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/// The child of that.
int check_descriptors()
{
    return fcntl(0, F_GETFD) != -1 && fcntl(1, F_GETFD) == -1 && errno == EBADF &&
                   fcntl(2, F_GETFD) != -1 && fcntl(3, F_GETFD) == -1
               ? 0
               : 1;
}

bool text_is(const char* path, const char* expected)
{
    char text[16] = "";
    const int fd = open(path, O_RDONLY);
    const bool same = fd != -1 && read(fd, text, sizeof text - 1) >= 0 && !strcmp(text, expected);
    close(fd);
    return same;
}

bool put(const char* path, const char* text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const bool good =
        fd != -1 && write(fd, text, strlen(text)) == static_cast<ssize_t>(strlen(text));
    close(fd);
    return good;
}

/// What a process sees whose root is /tmp/cell: 0, or which look failed.
int in_the_cell()
{
    char name[64];
    const int outside = open("/tmp", O_RDONLY | O_DIRECTORY);
    if (chdir("/tmp/cell/inner") != 0 || chroot("/tmp/cell") != 0)
        return 1;
    if (!getcwd(name, sizeof name) || strcmp(name, "/inner") != 0)
        return 2;
    if (!text_is("/file", "inside") || !text_is("../file", "inside") ||
        !text_is("/../../file", "inside") || !text_is("/inner/../../../file", "inside"))
        return 3;
    if (access("/proc/boot", F_OK) == 0 || access("/tmp", F_OK) == 0 ||
        open("/proc/self/as", O_RDONLY) != -1)
        return 4;
    if (!text_is("/absolute", "inside") || !text_is("/inner/relative", "inside") ||
        !text_is("/escape", "inside")) // links: /file, ../file, ../../../file
        return 5;
    if (rename("/file", "/inner/moved") != 0 || access("/file", F_OK) == 0 ||
        !text_is("/inner/moved", "inside") || rename("/inner/moved", "/file") != 0)
        return 6;
    const int folder = open("/inner", O_RDONLY | O_DIRECTORY);
    if (folder == -1 || faccessat(folder, "../file", R_OK, 0) != 0 || fchdir(folder) != 0)
        return 7;
    if (faccessat(outside, "outside", F_OK, 0) == 0 || fchdir(outside) == 0)
        return 8;
    // a second cell in the first; its children are in it, too
    if (chroot("/inner") != 0 || !getcwd(name, sizeof name) || strcmp(name, "/") != 0)
        return 9;
    return in_child([] {
               return text_is("/../mark", "deep") && access("/file", F_OK) != 0 ? 0 : 1;
           }) == 0
               ? 0
               : 10;
}

bool roots()
{
    CHECK(mkdir("/tmp/cell", 0755) == 0 && mkdir("/tmp/cell/inner", 0755) == 0);
    CHECK(put("/tmp/outside", "outside") && put("/tmp/file", "outside"));
    CHECK(put("/tmp/cell/file", "inside") && put("/tmp/cell/inner/mark", "deep"));
    CHECK(symlink("/file", "/tmp/cell/absolute") == 0);
    CHECK(symlink("../file", "/tmp/cell/inner/relative") == 0);
    CHECK(symlink("../../../file", "/tmp/cell/escape") == 0);
    const int result = in_child(in_the_cell);
    if (result != 0)
        printf("# look %d\n", result);
    CHECK(result == 0);
    CHECK(chroot("/tmp/file") == -1 && errno == ENOTDIR);
    CHECK(chroot("/tmp/none") == -1 && errno == ENOENT && access("/tmp/outside", F_OK) == 0);
    CHECK(in_child([] {
              return setuid(1000) == 0 && chroot("/tmp/cell") == -1 && errno == EPERM ? 0 : 1;
          }) == 0);
    return system("rm -r /tmp/cell /tmp/outside /tmp/file") == 0;
}

bool many_attachments()
{
    struct sigevent event;
    SIGEV_INTR_INIT(&event);
    int ids[300], count = 0;
    while (count < 300 && (ids[count] = InterruptAttachEvent(13, &event, 0)) != -1)
        ++count;
    const int error = errno;
    for (int i = 0; i < count; ++i)
        CHECK(InterruptDetach(ids[i]) == 0);
    return count > 100 && count < 300 && error == EAGAIN;
}

const TapTest tests[] = {
    {"MAN-0001 resmgr_attach(): relative paths, no path, EPERM", attaching},
    {"MAN-0002 NOFD, contiguous memory by its physical address, ports, the system page",
     mapping_rules},
    {"MAN-0003 spawn() with a map of descriptors", spawned_descriptors},
    {"MAN-0007 chroot(): names, links, descriptors, children", roots},
    {"MAN-0004 no more attachments to interrupts: EAGAIN", many_attachments},
};

/// Waits for the keyboard, as the manuals' example does, and says what it sends.
int wait_for_key()
{
    struct sigevent event;
    SIGEV_INTR_INIT(&event);
    if (ThreadCtl(_NTO_TCTL_IO, nullptr) == -1)
        return 1;
    while (in8(0x64) & 1)
        in8(0x60);
    const int id = InterruptAttachEvent(keyboard, &event, _NTO_INTR_FLAGS_TRK_MSK);
    if (id == -1)
        return 1;
    printf("press a key\n");
    fflush(stdout);
    const int result = InterruptWait(0, nullptr);
    printf("scan code 0x%02x\n", in8(0x60));
    return result == 0 && InterruptUnmask(keyboard, id) >= 0 && InterruptDetach(id) == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "descriptors") == 0)
        return check_descriptors();
    if (argc > 1 && strcmp(argv[1], "key") == 0)
        return wait_for_key();
    return run_tests(tests);
}
