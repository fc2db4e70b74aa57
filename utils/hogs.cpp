// SPDX-License-Identifier: Apache-2.0
// hogs: which processes use the CPUs.
#include <ctime>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/proc.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - list processes that use CPU time\n\n%C [-i count] [-s seconds] [-%% percent]\n"
          " -i count    that many rounds (default: without end)\n"
          " -s seconds  time between rounds (default 3)\n"
          " -%% percent  only those with at least so much (default 5)\n")

namespace {

uint64_t now_ns()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<uint64_t>(t.tv_sec) * 1000000000u + static_cast<uint64_t>(t.tv_nsec);
}

uint64_t used(const proc::Process& p)
{
    return p.info.utime + p.info.stime;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    long rounds = -1, seconds = 3, least = 5;
    for (int c; (c = getopt(argc, argv, "i:s:%:")) != -1;) {
        long* target = c == 'i' ? &rounds : c == 's' ? &seconds : &least;
        if (c == '?' || !util::number(optarg, *target, 10) || *target < 0) {
            return util::say("bad option");
        }
    }
    std::vector<proc::Process> before = proc::all(false);
    uint64_t then = now_ns();
    for (; rounds != 0; rounds -= rounds > 0) {
        sleep(static_cast<unsigned>(seconds));
        const std::vector<proc::Process> list = proc::all(false);
        const uint64_t now = now_ns();
        std::puts("      PID           NAME  MSEC       SYS     MEMORY");
        for (const proc::Process& p : list) {
            uint64_t spent = used(p);
            for (const proc::Process& old : before) {
                spent -=
                    old.pid == p.pid && old.info.start_time == p.info.start_time ? used(old) : 0;
            }
            const uint64_t percent = now > then ? spent * 100 / (now - then) : 0;
            if (percent >= static_cast<uint64_t>(least)) {
                std::printf("%9d %14s %5llu      %3llu%% %10lluk\n", static_cast<int>(p.pid),
                            proc::base_name(p).c_str(),
                            static_cast<unsigned long long>(spent / 1000000),
                            static_cast<unsigned long long>(percent),
                            static_cast<unsigned long long>(p.info.memory / 1024));
            }
        }
        std::fflush(stdout);
        before = list;
        then = now;
    }
    return util::finish(EXIT_SUCCESS);
}
