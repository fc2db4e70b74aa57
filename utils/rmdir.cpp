// SPDX-License-Identifier: Apache-2.0
// rmdir: removes empty directories.
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - remove empty directories\n\n%C directory...\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    if (argc < 2) {
        return util::say("usage: %s directory...", util::program);
    }
    int status = 0;
    for (int i = 1; i < argc; ++i) {
        if (rmdir(argv[i]) != 0) {
            status = util::complain(argv[i]);
        }
    }
    return status;
}
