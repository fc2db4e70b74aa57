// SPDX-License-Identifier: Apache-2.0
// Processes beyond spawn: fork, sessions and terminals, users, limits.
#include "process_test.hpp"

#include <abi/usage.h>

#include <stdio.h>
#include <string.h>
#include <sys/neutrino.h>
#include <unistd.h>

QNX_USAGE("%C - test of fork and of process attributes\n"
          "%C\n");

namespace {

const TapTest tests[] = {
    {"FORK-0001 the child is a copy with a pid of its own", fork_copies},
    {"FORK-0002 shared mappings are shared, private ones copied", fork_shares},
    {"FORK-0003 descriptors are duplicated, channels and side channels are not", fork_descriptors},
    {"FORK-0004 one thread of several goes on, with its mutexes", fork_of_threads},
    {"FORK-0005 pthread_atfork() handlers run in order", fork_handlers},
    {"FORK-0006 timers and pending signals stay with the parent", fork_leaves_out},
    {"FORK-0007 floating-point registers go along", fork_registers},
    {"FORK-0008 vfork, daemon, wordexp, popen, system", fork_users},
    {"FORK-0009 no memory: ENOMEM and nothing left", fork_errors},
    {"PROC-0020 waitpid() and waitid() in all forms", wait_forms},
    {"PROC-0021 posix_spawn: folder, priority, user, held, no zombie", spawn_attributes},
    {"PROC-0022 limits take effect", limits},
    {"PROC-0028 sysconf(): values as they are, wrong names", configuration},
    {"PROC-0029 pathconf() and fpathconf(): each file's server is asked", path_configuration},
    {"PROC-0023 an orphaned stopped group is hung up and continued", hangup},
    {"PROC-0024 set-user-ID programs", set_id_program},
    {"PROC-0025 a process ends though its own thread waits for its answer",
     ends_while_asking_itself},
    {"PROC-0026 mmap() and fork() go on when signals come", signals_and_memory},
    {"PROC-0027 a process is killed while its memory is unmapped", killed_while_unmapping},
    {"DBG-0001 stop, registers and memory read and written, run", debug_stop},
    {"DBG-0002 breakpoints and single steps", debug_breakpoints},
    {"DBG-0003 a stop as an event; a debugger that ends lets go", debug_events},
    {"DBG-0004 who may debug whom", debug_rights},
    {"DBG-0005 watches of the processor: writes, reads and writes, instructions", debug_watches},
    {"FORK-0010 nothing is left of 100 children", fork_leaves_nothing},
};

// What a test on the host wants of a file: its pages that are not zero, in hexadecimal.
int print_pages(const char* path)
{
    static unsigned char page[4096];
    FILE* file = fopen(path, "r");
    for (long offset = 0; file && fread(page, 1, sizeof page, file) > 0; offset += sizeof page) {
        bool zero = true;
        for (unsigned char byte : page)
            zero = zero && byte == 0;
        if (zero)
            continue;
        printf("page %lx ", offset);
        for (unsigned char byte : page)
            printf("%02x", byte);
        printf("\n");
        memset(page, 0, sizeof page);
    }
    return file ? 0 : 1;
}

// set_id_program()'s: who am I, who may I become, and are servers to know of it?
int who_am_i()
{
    const bool foreign = geteuid() != getuid();
    if (((ConnectFlags(0, STDOUT_FILENO, 0, 0) & _NTO_COF_INSECURE) != 0) != foreign)
        return 1;
    const bool both = seteuid(getuid()) == 0 && seteuid(66) == 0 && getuid() == 66 &&
                      (seteuid(55) != 0 || setegid(56) == 0);
    if (!both)
        return 1;
    return seteuid(55) == 0 ? 55 : 66;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 3 && strcmp(argv[1], "pages") == 0)
        return print_pages(argv[2]);
    if (argv[1] && strcmp(argv[1], "ids") == 0)
        return who_am_i();
    return run_tests(tests);
}
