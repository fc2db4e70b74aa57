// SPDX-License-Identifier: Apache-2.0
// pidin abilities: settings that differ from the defaults, and what was refused for want of an ability.
#include <cinttypes>
#include <cstdio>
#include <devctl.h>
#include <unistd.h>

#include "report.hpp"

namespace pidin {

namespace {

std::vector<procfs_ability> read_abilities(pid_t pid)
{
    std::vector<procfs_ability> list;
    const int fd = proc::open_as(pid);
    procfs_ability one{};
    for (uint32_t id = 1; fd >= 0; id = one.id + 1) {
        one = {};
        one.id = id;
        if (devctl(fd, DCMD_PROC_ABILITY, &one, sizeof one, nullptr) != 0) {
            break;
        }
        list.push_back(one);
    }
    if (fd >= 0) {
        close(fd);
    }
    return list;
}

// allow lock inherit 1-2,5-
std::string setting(const procfs_ability& ability, unsigned domain)
{
    const uint32_t bits = ability.setting[domain];
    std::string text = bits & _PROCFS_ABILITY_ALLOWED ? "allow" : "deny";
    text += bits & _PROCFS_ABILITY_LOCKED ? ",lock" : "";
    text += bits & _PROCFS_ABILITY_INHERIT ? ",inherit" : "";
    if (!(bits & _PROCFS_ABILITY_RANGED)) {
        return text;
    }
    for (uint32_t i = 0; i < ability.nranges[domain] && i < _PROCFS_ABILITY_RANGES; ++i) {
        const uint64_t lo = ability.range[domain][i].lo, hi = ability.range[domain][i].hi;
        text += (i ? "," : ":") + std::to_string(lo);
        if (hi != lo) {
            text += hi == ~uint64_t{0} ? std::string("-") : "-" + std::to_string(hi);
        }
    }
    return text + (ability.nranges[domain] > _PROCFS_ABILITY_RANGES ? ",..." : "");
}

bool notable(const procfs_ability& ability)
{
    return ((ability.setting[0] | ability.setting[1]) & _PROCFS_ABILITY_CHANGED) ||
           ability.denied != 0;
}

} // namespace

void abilities(const std::vector<proc::Process>& list)
{
    std::vector<procfs_ability> last;
    std::printf("     pid name               ability                  %-20s %-20s denied\n", "root",
                "nonroot");
    for (const proc::Process& p : list) {
        last = read_abilities(p.pid);
        for (const procfs_ability& one : last) {
            if (notable(one)) {
                std::printf("%8d %-18s %-24s %-20s %-20s %u\n", p.pid,
                            proc::display_name(p).c_str(), one.name, setting(one, 0).c_str(),
                            setting(one, 1).c_str(), one.denied);
            }
        }
    }
    std::puts("\ndenied since boot          count     last pid   tid value");
    for (const procfs_ability& one : last) {
        if (one.denied_ever != 0) {
            std::printf("%-24s %7u %12d %5d 0x%" PRIx64 "\n", one.name, one.denied_ever,
                        one.last_pid, one.last_tid, one.last_value);
        }
    }
}

} // namespace pidin
