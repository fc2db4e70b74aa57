// SPDX-License-Identifier: Apache-2.0
// echo: prints its arguments.
#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print arguments\n\n%C [-n] [argument...]\n -n  no newline at the end\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    int i = 1;
    const bool newline = !(argc > 1 && std::strcmp(argv[1], "-n") == 0);
    i += !newline;
    for (const char* gap = ""; i < argc; ++i, gap = " ") {
        std::printf("%s%s", gap, argv[i]);
    }
    if (newline) {
        std::putchar('\n');
    }
    return util::finish(EXIT_SUCCESS);
}
