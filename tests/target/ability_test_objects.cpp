// SPDX-License-Identifier: Apache-2.0
// More guarded calls: names, memory and what it is shared by, resources.
#include "ability_test.hpp"

#include <abi/proc_msg.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/procmgr.h>
#include <sys/rsrcdbmgr.h>
#include <unistd.h>

namespace {

int call_symlink()
{
    const int result = result_of(pathmgr_symlink("/nowhere", "/dev/ability-test-link") == 0);
    pathmgr_unlink("/dev/ability-test-link");
    return result;
}

int call_attach_name()
{
    struct {
        path_attach head;
        char path[24];
    } request{{}, "/dev/ability-test-name"};
    request.head.type = PATH_ATTACH;
    request.head.file_type = _FTYPE_ANY;
    request.head.chid = ChannelCreate(_NTO_CHF_PRIVATE);
    request.head.path_len = static_cast<uint32_t>(strlen(request.path) + 1);
    uint32_t id = 0;
    const long result = MsgSend_r(SYSMGR_COID, &request, sizeof request, &id, sizeof id);
    ChannelDestroy(request.head.chid);
    return result < 0 ? static_cast<int>(-result) : EOK;
}

int call_chroot()
{
    return result_of(chroot("/") == 0);
}

int call_unlink_name()
{
    const int result = result_of(pathmgr_unlink("/dev/ability-test-none") == 0);
    return result == ENOENT ? EOK : result;
}

int map(int prot, int flags, void* at, int64_t offset)
{
    void* p = mmap(at, 4096, prot, flags, NOFD, offset);
    const int result = result_of(p != MAP_FAILED);
    if (p != MAP_FAILED)
        munmap(p, 4096);
    return result;
}

int call_map_phys()
{
    return map(PROT_READ, MAP_PHYS | MAP_SHARED, nullptr, 0xfee00000);
}

int call_map_fixed()
{
    return map(PROT_READ, MAP_ANON | MAP_PRIVATE | MAP_FIXED, reinterpret_cast<void*>(0x10000000),
               0);
}

int call_map_exec()
{
    return map(PROT_READ | PROT_EXEC, MAP_ANON | MAP_PRIVATE, nullptr, 0);
}

int call_protect_exec()
{
    void* p = mmap(nullptr, 4096, PROT_READ, MAP_ANON | MAP_PRIVATE, NOFD, 0);
    return result_of(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
}

// No page is ever writable and executable: with the ability the refusal is another one.
int call_map_write_exec()
{
    const int result = map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_ANON | MAP_PRIVATE, nullptr, 0);
    return result == EPERM ? EPERM : EOK;
}

int call_lock_memory()
{
    static char bytes[64];
    const int result = result_of(mlock(bytes, sizeof bytes) == 0);
    munlock(bytes, sizeof bytes);
    return result;
}

int call_lock_all()
{
    const int result = result_of(mlockall(MCL_FUTURE) == 0);
    munlockall();
    return result;
}

int call_shm_create()
{
    const int fd = shm_open("/ability-test", O_RDWR | O_CREAT, 0600);
    const int result = result_of(fd != -1);
    close(fd);
    shm_unlink("/ability-test");
    return result;
}

// The object is there before the ability is asked for.
int with_object(int (*use)(int fd))
{
    const int fd = open("/dev/shmem/ability-test-object", O_RDWR);
    const int result = fd == -1 ? errno : use(fd);
    close(fd);
    return result;
}

int call_object_size()
{
    return with_object([](int fd) { return result_of(ftruncate(fd, 4096) == 0); });
}

int call_object_control()
{
    return with_object([](int fd) { return result_of(shm_ctl(fd, SHMCTL_ANON, 0, 4096) == 0); });
}

int call_object_physical()
{
    const int fd = shm_open(SHM_ANON, O_RDWR | O_CREAT, 0600); // one without a size
    const int result = result_of(shm_ctl(fd, SHMCTL_PHYS, 0xfee00000, 4096) == 0);
    close(fd);
    return result;
}

int call_typed_memory()
{
    const int fd = posix_typed_mem_open("below4G", O_RDWR, POSIX_TYPED_MEM_ALLOCATE);
    const int result = result_of(fd != -1);
    close(fd);
    return result;
}

int call_resources()
{
    rsrc_request_t port{};
    port.length = 1;
    port.start = port.end = 0x2f8;
    port.flags = RSRCDBMGR_IO_PORT | RSRCDBMGR_FLAG_RANGE;
    const int result = result_of(rsrcdbmgr_attach(&port, 1) == 0);
    if (result == EOK)
        rsrcdbmgr_detach(&port, 1);
    return result;
}

} // namespace

const GuardedCall guarded_objects[] = {
    {PROCMGR_AID_PATHSPACE, "pathspace: pathmgr_symlink", call_symlink},
    {PROCMGR_AID_MEM_PHYS, "mem_phys", call_map_phys},
    {PROCMGR_AID_MAP_FIXED, "map_fixed", call_map_fixed},
    {PROCMGR_AID_PROT_EXEC, "prot_exec: mmap", call_map_exec},
    {PROCMGR_AID_PROT_EXEC, "prot_exec: mprotect", call_protect_exec},
    {PROCMGR_AID_PROT_WRITE_AND_EXEC, "prot_write_and_exec", call_map_write_exec},
    {PROCMGR_AID_MEM_LOCK, "mem_lock: mlock", call_lock_memory},
    {PROCMGR_AID_MEM_LOCK, "mem_lock: mlockall", call_lock_all},
    {PROCMGR_AID_RSRCDBMGR, "rsrcdbmgr", call_resources},
    {PROCMGR_AID_MEM_PHYS, "mem_phys: typed memory", call_typed_memory},
    {PROCMGR_AID_SHMEM_CREATE, "shmem_create: ftruncate", call_object_size},
    {PROCMGR_AID_SHMEM_CREATE, "shmem_create: shm_ctl", call_object_control},
    {PROCMGR_AID_MEM_PHYS, "mem_phys: shm_ctl", call_object_physical},
    {PROCMGR_AID_CHROOT, "chroot", call_chroot},
    {PROCMGR_AID_PATHSPACE, "pathspace: attach", call_attach_name},
    {PROCMGR_AID_PATHSPACE, "pathspace: pathmgr_unlink", call_unlink_name},
    {PROCMGR_AID_SHMEM_CREATE, "shmem_create", call_shm_create},
};
const unsigned guarded_object_count = sizeof guarded_objects / sizeof *guarded_objects;
