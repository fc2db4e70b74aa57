// SPDX-License-Identifier: Apache-2.0
// What is refused: to users without privilege, and to everybody who sends broken messages.
#include "procmgr_test.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

bool refused(uint16_t type, int64_t a)
{
    proc_simple message{};
    message.type = type;
    message.a = a;
    return MsgSend(SYSMGR_COID, &message, sizeof message, nullptr, 0) == -1 && errno == EPERM;
}

uint64_t random_state = 88172645463325252u;

uint64_t next_random()
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

// Small numbers, addresses, extremes: values that get past the first checks.
uint64_t interesting()
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      8,
                                      0xff,
                                      0x1000,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      ~uint64_t{0},
                                      0x7ffffffff000,
                                      0xffff800000000000,
                                      0x8000000000000000};
    const uint64_t pick = next_random();
    return pick % 3 == 0 ? next_random() : values[(pick >> 8) % (sizeof values / sizeof *values)];
}

void fill(unsigned char* message, size_t size, uint16_t type)
{
    for (size_t at = 0; at < size; at += 4) {
        const uint64_t value = interesting();
        memcpy(message + at, &value, size - at < 4 ? size - at : 4);
    }
    if (size >= 2)
        memcpy(message, &type, 2);
}

// Types that would end the program, wait, or unmap what it runs on.
bool left_out(uint16_t type)
{
    return type == PROC_EXIT || type == PROC_REBOOT || type == MEM_UNMAP || type == MEM_PROTECT ||
           type == MEM_MAP || type == PROC_DAEMON;
}

} // namespace

int role_rights(char**)
{
    if (getuid() != 1000 || geteuid() != 1000)
        return 1;
    if (pathmgr_symlink("/a", "/dev/procmgr-test-no") != -1 || errno != EPERM)
        return 2;
    if (ChannelCreate(0) != -1 || errno != EPERM) // public channels need an ability
        return 3;
    if (!refused(PROC_REBOOT, 0))
        return 4;
    if (mmap(nullptr, 4096, PROT_READ, MAP_PHYS | MAP_SHARED, NOFD, 0x100000) != MAP_FAILED ||
        errno != EPERM)
        return 5;
    if (kill(getppid(), SIGTERM) != -1 || errno != EPERM)
        return 6;
    if (setuid(0) != -1 || errno != EPERM)
        return 7;
    if (open("/dev/null", O_RDWR) < 0)
        return 8;
    if (ThreadCtl(_NTO_TCTL_IO, nullptr) != -1 || errno != EPERM)
        return 9;
    if (InterruptAttachEvent(5, nullptr, 0) != -1)
        return 10;
    return 0;
}

bool rights()
{
    // spawn() has no user id: the message has.
    struct {
        proc_spawn head;
        char text[128];
    } message{};
    char* at = message.text;
    const auto add = [&at](const char* text) {
        strcpy(at, text);
        at += strlen(text) + 1;
    };
    add(self_path);
    message.head.path_len = static_cast<uint32_t>(at - message.text);
    add(self_path);
    add("rights");
    message.head.type = PROC_SPAWN;
    message.head.flags = PROC_SPAWN_SETCRED;
    message.head.uid = message.head.gid = 1000;
    message.head.argc = 2;
    message.head.strings_len = static_cast<uint32_t>(at - message.text) - message.head.path_len;
    const long pid =
        MsgSend(SYSMGR_COID, &message, sizeof message.head + static_cast<size_t>(at - message.text),
                nullptr, 0);
    CHECK(pid > 0);
    const int status = finish(static_cast<pid_t>(pid));
    if (status != 0)
        printf("# refused wrongly or not at all: %d\n", status >> 8);
    return status == 0;
}

int role_fuzz(char** argv)
{
    random_state += static_cast<uint64_t>(atoi(argv[2])) * 0x9e3779b97f4a7c15u;
    alignas(8) static unsigned char message[512], reply[20000];
    const int fd = open("/dev/shmem/procmgr-test-fuzz", O_RDWR | O_CREAT, 0600);
    const int dir = open("/proc/boot", O_RDONLY);
    const int targets[] = {SYSMGR_COID, fd, dir};
    for (int i = 0; i < 4000; ++i) {
        static const uint16_t bases[] = {PROC_SPAWN,    MEM_MAP,  PATH_ATTACH,
                                         SYS_MSI_ALLOC, _IO_BASE, _IO_BASE | _IO_COMBINE_FLAG};
        const auto type = static_cast<uint16_t>(bases[next_random() % 6] + next_random() % 26);
        if (left_out(type))
            continue;
        const size_t size = next_random() % 160;
        fill(message, size, type);
        if (type == PROC_WAIT && size >= sizeof(proc_wait))
            reinterpret_cast<proc_wait*>(message)->options |= 0x40;
        if (type == PROC_SPAWN && size >= sizeof(proc_spawn))
            reinterpret_cast<proc_spawn*>(message)->flags &= ~PROC_SPAWN_EXEC;
        const auto got =
            MsgSend(targets[next_random() % 3], message, size, reply, next_random() % sizeof reply);
        if (type == PROC_FORK && got == 0)
            _exit(0); // a child; the parent goes on with its pid
    }
    return 0;
}

bool fuzz()
{
    sys_objects before{};
    CHECK(WEXITSTATUS(finish(start_role({"fuzz", "0"}))) == 0);
    unlink("/dev/shmem/procmgr-test-fuzz");
    CHECK(settled_objects(before));
    for (int seed = 1; seed < 4; ++seed) {
        char text[8];
        snprintf(text, sizeof text, "%d", seed);
        const int status = finish(start_role({"fuzz", text}));
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        unlink("/dev/shmem/procmgr-test-fuzz");
    }
    return same_objects(before);
}
