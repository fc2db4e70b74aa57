// SPDX-License-Identifier: Apache-2.0
// time and times: how long commands took, for the clock and for processors.
#include <cstdio>
#include <ctime>
#include <sys/times.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {

struct Spent {
    double real, user, system; // seconds
};

double seconds(clock_t ticks)
{
    return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Of this shell and of all its children that were waited for.
Spent spent()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    tms t;
    times(&t);
    return {static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9,
            seconds(t.tms_utime + t.tms_cutime), seconds(t.tms_stime + t.tms_cstime)};
}

// "1m23.45s"
std::string minutes(double s)
{
    char text[48];
    const long whole = static_cast<long>(s) / 60;
    std::snprintf(text, sizeof text, "%ldm%.2fs", whole, s - static_cast<double>(whole) * 60);
    return text;
}

} // namespace

// The form of POSIX with -p, else that of ksh; on descriptor 2.
int Shell::execute_time(const Node& node)
{
    const Spent before = spent();
    status = 0;
    if (!node.children.empty()) {
        execute(*node.children[0]);
    }
    const Spent after = spent();
    const double real = after.real - before.real, user = after.user - before.user,
                 system = after.system - before.system;
    char text[160];
    if (node.negate) {
        std::snprintf(text, sizeof text, "real %.2f\nuser %.2f\nsys %.2f\n", real, user, system);
    } else {
        std::snprintf(text, sizeof text, "%9s real %9s user %9s system\n", minutes(real).c_str(),
                      minutes(user).c_str(), minutes(system).c_str());
    }
    write_all(2, text);
    return status;
}

int builtin_times(Shell& sh, const std::vector<std::string>&)
{
    tms t;
    times(&t);
    sh.output(minutes(seconds(t.tms_utime)) + " " + minutes(seconds(t.tms_stime)) + "\n" +
              minutes(seconds(t.tms_cutime)) + " " + minutes(seconds(t.tms_cstime)) + "\n");
    return 0;
}

} // namespace sh
