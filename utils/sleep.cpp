// SPDX-License-Identifier: Apache-2.0
// sleep: waits for a time.
#include <ctime>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - wait\n\n%C seconds\nFractions are allowed: sleep 0.25\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    char* end = nullptr;
    const double seconds = argc == 2 ? std::strtod(argv[1], &end) : -1;
    if (!end || end == argv[1] || *end || seconds < 0 || seconds > 1e9) {
        return util::say("usage: %s seconds", util::program);
    }
    timespec left = {
        static_cast<time_t>(seconds),
        static_cast<long>((seconds - static_cast<double>(static_cast<time_t>(seconds))) * 1e9)};
    while (nanosleep(&left, &left) == -1) {
        if (errno != EINTR) {
            return util::complain("nanosleep");
        }
    }
    return EXIT_SUCCESS;
}
