// SPDX-License-Identifier: Apache-2.0
// hostname: prints or sets the name of this host.
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print or set the host name\n\n%C [-s] [name]\n -s  without the domain\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    bool cut = false;
    for (int c; (c = getopt(argc, argv, "s")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
        cut = true;
    }
    if (optind < argc) {
        return sethostname(argv[optind], std::strlen(argv[optind])) == -1
                   ? util::complain(argv[optind])
                   : EXIT_SUCCESS;
    }
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) == -1) {
        return util::complain("gethostname");
    }
    if (char* dot = cut ? std::strchr(name, '.') : nullptr) {
        *dot = '\0';
    }
    std::puts(name);
    return util::finish(EXIT_SUCCESS);
}
