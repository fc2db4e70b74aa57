// SPDX-License-Identifier: Apache-2.0
// waitfor: waits until a path name exists.
#include <ctime>
#include <sys/stat.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - wait for a path name\n\n%C path [seconds [poll_ms]]\n"
          " seconds  give up after that long (default 5.0)\n"
          " poll_ms  look that often (default 100)\n"
          "Exit status 0 when the name is there, 1 when time ran out.\n")

namespace {

long milliseconds()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (argc < 2 || argc > 4) {
        return util::say("usage: %s path [seconds [poll_ms]]", util::program);
    }
    char* end = nullptr;
    const double seconds = argc > 2 ? std::strtod(argv[2], &end) : 5.0;
    if (end && (*end || seconds < 0)) {
        return util::say("bad time: %s", argv[2]);
    }
    long poll_ms = 100;
    if (argc > 3 && (!util::number(argv[3], poll_ms, 10) || poll_ms < 1)) {
        return util::say("bad interval: %s", argv[3]);
    }
    const long until = milliseconds() + static_cast<long>(seconds * 1000);
    for (;;) {
        struct stat st;
        if (stat(argv[1], &st) == 0) {
            return EXIT_SUCCESS;
        }
        if (milliseconds() >= until) {
            return util::say("Unable to access %s", argv[1]);
        }
        usleep(static_cast<useconds_t>(poll_ms) * 1000);
    }
}
