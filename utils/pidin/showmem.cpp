// SPDX-License-Identifier: Apache-2.0
// showmem: what the memory is used for, in all and by each process.
#include <cinttypes>
#include <devctl.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/proc.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - show the use of memory\n\n%C [-s] [pid|name]...\n"
          " -s  the system's sums only\n"
          "Pages that are there, in KB. Code and data are of files (shared pages count for\n"
          "each process), heap is anonymous, other are devices and shared memory.\n")

namespace {

struct Use {
    uint64_t code = 0, data = 0, heap = 0, stack = 0, other = 0;

    uint64_t total() const { return code + data + heap + stack + other; }
};

Use use_of(pid_t pid)
{
    Use use;
    const int fd = proc::open_as(pid);
    for (const procfs_mapinfo& m : fd < 0 ? std::vector<procfs_mapinfo>() : proc::mappings(fd)) {
        uint64_t& kind = m.flags & MAP_STACK                  ? use.stack
                         : m.flags & MAP_PHYS                 ? use.other
                         : m.flags & PROT_EXEC                ? use.code
                         : !(m.flags & MAP_ANON)              ? use.data
                         : (m.flags & MAP_TYPE) == MAP_SHARED ? use.other
                                                              : use.heap;
        kind += m.resident;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (pid == SYSMGR_PID) {
        proc::kernel_memory(use.code, use.heap);
    }
    return use;
}

int show_system()
{
    procfs_sysinfo system{};
    const int fd = proc::open_as(1);
    const int error =
        fd < 0 ? errno : devctl(fd, DCMD_PROC_SYSINFO, &system, sizeof system, nullptr);
    if (fd >= 0) {
        close(fd);
    }
    if (error != 0) {
        return util::complain("/proc/1/as", error);
    }
    std::printf("System RAM: %9" PRIu64 "K total %9" PRIu64 "K used %9" PRIu64 "K free\n",
                system.memsize / 1024, (system.memsize - system.freemem) / 1024,
                system.freemem / 1024);
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool sums = false;
    const util::Flag flags[] = {{'s', &sums}};
    for (int c; (c = getopt(argc, argv, "s")) != -1;) {
        if (!util::set_flag(flags, c)) {
            return EXIT_FAILURE;
        }
    }
    if (const int status = show_system(); status != EXIT_SUCCESS || sums) {
        return util::finish(status);
    }
    const proc::Select which(argv + optind, argv + argc);
    std::puts("    Total     Code     Data     Heap    Stack    Other      pid Process");
    bool any = false;
    for (const proc::Process& p : proc::all(false)) {
        if (!proc::selected(which, p)) {
            continue;
        }
        const Use use = use_of(p.pid);
        std::printf("%8" PRIu64 "K %7" PRIu64 "K %7" PRIu64 "K %7" PRIu64 "K %7" PRIu64
                    "K %7" PRIu64 "K %8d %s\n",
                    use.total() / 1024, use.code / 1024, use.data / 1024, use.heap / 1024,
                    use.stack / 1024, use.other / 1024, p.pid, proc::display_name(p).c_str());
        any = true;
    }
    return any ? util::finish(EXIT_SUCCESS) : util::say("no such process");
}
