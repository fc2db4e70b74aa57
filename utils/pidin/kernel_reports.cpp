// SPDX-License-Identifier: Apache-2.0
// pidin channels and pidin irqs: what waits for messages, and who is told of interrupts.
#include <cinttypes>
#include <cstdio>
#include <devctl.h>
#include <unistd.h>

#include "kercall.h"
#include "report.hpp"

namespace pidin {

namespace {

// One letter for each _NTO_CHF_* that changes what a channel does.
std::string channel_flags(uint32_t flags)
{
    constexpr char letters[] =
        "FUTDNSCRPAAGIMHW"; // bit 0: fixed priority, unblock, thread death, disconnect ...
    std::string text;
    for (unsigned bit = 0; bit < sizeof letters - 1; ++bit) {
        text += flags & 1u << bit ? letters[bit] : '-';
    }
    return text;
}

std::string interrupt_flags(const nto_interrupt_info& one)
{
    constexpr char letters[] = "EMPTAX"; // end, no unmask, process, track mask, array, exclusive
    std::string text;
    for (unsigned bit = 0; bit < sizeof letters - 1; ++bit) {
        text += one.flags & 1u << bit ? letters[bit] : '-';
    }
    return text;
}

} // namespace

void channels(const std::vector<proc::Process>& list)
{
    std::puts("     pid name               chid flags            clients waiting   sends  pulses "
              "replies");
    for (const proc::Process& p : list) {
        const int fd = proc::open_as(p.pid);
        std::vector<procfs_channel> found(256);
        int count = 0;
        const int bytes = static_cast<int>(found.size() * sizeof found[0]);
        if (fd < 0 ||
            devctl(fd, DCMD_PROC_CHANNELS, found.data(), static_cast<size_t>(bytes), &count) != 0) {
            count = 0;
        }
        close(fd);
        for (int i = 0; i < count && static_cast<size_t>(i) < found.size(); ++i) {
            const procfs_channel& c = found[static_cast<size_t>(i)];
            std::printf("%8d %-18s %4d %s %7u %7u %7u %7u %7u\n", p.pid,
                        proc::display_name(p).c_str(), c.chid, channel_flags(c.flags).c_str(),
                        c.connections, c.receivers, c.sends, c.pulses, c.replies);
        }
    }
}

void interrupts(const std::vector<proc::Process>& list)
{
    std::puts("     pid tid name                 id   intr cpu masks flags  handler                "
              " count");
    nto_interrupt_info one{};
    for (long index = 0; __kercall2(KER_INTERRUPT_INFO, index, reinterpret_cast<long>(&one)) == 0;
         ++index) {
        for (const proc::Process& p : list) {
            if (p.pid != one.pid) {
                continue;
            }
            char how[32] = "event";
            if (one.notify < 0) {
                std::snprintf(how, sizeof how, "%#" PRIx64, one.handler);
            }
            std::printf("%8d %3d %-18s %4d %#6x %3u %5u %s %-18s %10" PRIu64 "\n", p.pid, one.tid,
                        proc::display_name(p).c_str(), one.id, one.intr, one.cpu, one.masks,
                        interrupt_flags(one).c_str(), how, one.count);
        }
    }
}

} // namespace pidin
