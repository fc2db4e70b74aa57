// SPDX-License-Identifier: Apache-2.0
// Reading and comparing procnto's counters.
#include "fuzz/objects.hpp"

#include <devctl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <unistd.h>

namespace {

ObjectCounts objects_now()
{
    proc_simple ask{};
    ask.type = SYS_OBJECTS;
    ObjectCounts now{};
    if (MsgSend(SYSMGR_COID, &ask, sizeof ask, &now, sizeof now) == -1)
        perror("objects");
    return now;
}

} // namespace

ObjectCounts settled_objects()
{
    ObjectCounts last = objects_now();
    for (int equal = 0, tries = 0; equal < 5 && tries < 100; ++tries) {
        usleep(20000);
        const ObjectCounts now = objects_now();
        const bool still = now.pages_waiting == 0 && memcmp(&now, &last, sizeof now) == 0;
        equal = still ? equal + 1 : 0;
        last = now;
    }
    return last;
}

bool same_objects(const ObjectCounts& before, const ObjectCounts& after, ObjectSlack slack)
{
    const struct {
        const char* name;
        uint64_t before, after;
        uint32_t slack = 0;
    } rows[] = {{"processes", before.processes, after.processes},
                {"threads", before.threads, after.threads},
                {"channels", before.channels, after.channels},
                {"connections", before.connections, after.connections},
                {"pulses", before.pulses, after.pulses},
                {"timers", before.timers, after.timers},
                {"interrupts", before.interrupts, after.interrupts},
                {"regions", before.regions, after.regions, slack.regions},
                {"sync_waiters", before.sync_waiters, after.sync_waiters},
                {"ocbs", before.ocbs, after.ocbs},
                {"names", before.names, after.names}};
    bool same = true;
    for (const auto& row : rows) {
        if (row.after < row.before || row.after - row.before > row.slack) {
            printf("# %s: %lu before, %lu after\n", row.name, row.before, row.after);
            same = false;
        }
    }
    // Spare stacks of the kernel are as good as free: their number has a limit of its own.
    const uint64_t had = before.pages_free + before.pages_reserve,
                   has = after.pages_free + after.pages_reserve;
    const uint64_t lost = had > has ? had - has : 0;
    printf("# pages: %lu free before, %lu after\n", before.pages_free, after.pages_free);
    const struct {
        const char* name;
        uint64_t before, after;
    } owners[] = {{"promised", before.pages_promised, after.pages_promised},
                  {"heap", before.pages_heap, after.pages_heap},
                  {"tables", before.pages_tables, after.pages_tables},
                  {"shared", before.pages_shared, after.pages_shared},
                  {"private", before.pages_private, after.pages_private},
                  {"reserve", before.pages_reserve, after.pages_reserve}};
    for (const auto& owner : owners)
        printf("# pages %s: %lu before, %lu after\n", owner.name, owner.before, owner.after);
    return same && lost <= slack.pages;
}

int kill_user(uint32_t uid)
{
    int killed = 0;
    DIR* processes = opendir("/proc");
    while (const dirent* entry = processes ? readdir(processes) : nullptr) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/as", atoi(entry->d_name));
        const int fd = atoi(entry->d_name) > 1 ? open(path, O_RDONLY) : -1;
        procfs_info info{};
        if (fd != -1 && devctl(fd, DCMD_PROC_INFO, &info, sizeof info, nullptr) == EOK &&
            static_cast<uint32_t>(info.uid) == uid && !(info.flags & _DEBUG_FLAG_ZOMBIE) &&
            kill(info.pid, SIGKILL) == 0)
            ++killed;
        close(fd);
    }
    if (processes != nullptr)
        closedir(processes);
    return killed;
}
