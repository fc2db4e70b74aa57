// SPDX-License-Identifier: Apache-2.0
// The process manager from a program's side: spawn, wait, memory, path names, rights, death notices, and nothing left behind.
#include "procmgr_test.hpp"

#include <abi/usage.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

QNX_USAGE("%C - process manager test\n"
          "%C\n");

namespace {

// What the program does when it is started as a child by one of the tests: its exit status.
struct Role {
    const char* name;
    int (*run)(char** argv);
};

int role_exit(char** argv)
{
    return atoi(argv[2]);
}

int role_sleep(char**)
{
    for (;;)
        sleep(10);
}

// Starts a sleeper, tells its pid through the file, and dies before it.
int role_parent(char** argv)
{
    const pid_t pid = start_role({"sleep"});
    const int fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return pid > 0 && write(fd, &pid, sizeof pid) == static_cast<ssize_t>(sizeof pid) ? 0 : 1;
}

// Which of fds 3..9 are open, as bits.
int role_fds(char**)
{
    int bits = 0;
    for (int fd = 3; fd < 10; ++fd) {
        struct stat info;
        bits |= fstat(fd, &info) == 0 ? 1 << (fd - 3) : 0;
    }
    return bits;
}

int role_exec(char** argv)
{
    char status[16];
    snprintf(status, sizeof status, "%d", static_cast<int>(getpid() == atoi(argv[2]) ? 41 : 42));
    char* next[] = {argv[0], const_cast<char*>("exit"), status, nullptr};
    if (strcmp(argv[2], "self") == 0) {
        char pid[16];
        snprintf(pid, sizeof pid, "%d", getpid());
        char* again[] = {argv[0], const_cast<char*>("exec"), pid, nullptr};
        execv(self_path, again);
        return 1;
    }
    execv(self_path, next);
    return 2;
}

const Role roles[] = {{"exit", role_exit},    {"sleep", role_sleep}, {"parent", role_parent},
                      {"fds", role_fds},      {"exec", role_exec},   {"rights", role_rights},
                      {"fuzz", role_fuzz},    {"touch", role_touch}, {"hog", role_hog},
                      {"server", role_server}};

const TapTest tests[] = {
    {"PROC-0001 exit status, killed status, WNOHANG, ECHILD", wait_status},
    {"PROC-0002 ignored SIGCHLD leaves no zombie", ignored_child},
    {"PROC-0003 children of a dead parent go to pid 1", orphans},
    {"PROC-0004 errors of spawn", spawn_errors},
    {"PROC-0005 inherited descriptors: map, all, close-on-exec", descriptors},
    {"PROC-0006 exec keeps the pid", exec_keeps_pid},
    {"PROC-0007 a stopped and a continued child are reported", stopped_child},
    {"PROC-0008 process groups and sessions", groups},
    {"PROC-0009 death notice as a pulse with the pid", death_notice},
    {"PROC-0010 a user without privilege is refused", rights},
    {"MEM-0001 lazy, zeroed, unmapped in the middle, replaced", anonymous_memory},
    {"MEM-0002 never writable and executable", write_xor_execute},
    {"MEM-0003 contiguous memory and its physical address", contiguous_memory},
    {"MEM-0004 shared memory between processes", shared_memory},
    {"MEM-0005 image files are mapped, privately written, never changed", image_mapping},
    {"MEM-0006 a program that takes all memory ends alone", out_of_memory},
    {"PATH-0001 links: created once, followed, removed", links},
    {"PATH-0002 names come and go with their server", names},
    {"PATH-0003 lists of /proc/boot, / and /dev are merged", listings},
    {"PROC-0011 broken messages are refused and change nothing", fuzz},
    {"PROC-0013 a program on another server's file is read and started", served_program},
    {"PROC-0012 nothing is left of 200 processes", no_leak},
    {"PROC-0030 nothing is left of 20000 opened files", opens_leave_nothing},
};

} // namespace

int main(int, char** argv)
{
    for (const Role& role : roles) {
        if (argv[1] && strcmp(argv[1], role.name) == 0)
            return role.run(argv);
    }
    return run_tests(tests);
}
