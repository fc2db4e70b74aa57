// SPDX-License-Identifier: Apache-2.0
// env: prints the environment, or runs a command with a changed one.
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print or change the environment\n\n%C [-i] [-u name] [name=value...] [command "
          "[argument...]]\n"
          " -i       start with an empty one\n"
          " -u name  without this one\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    static char* empty[] = {nullptr};
    for (int c; (c = getopt(argc, argv, "+iu:")) != -1;) {
        switch (c) {
        case 'i':
            environ = empty;
            break;
        case 'u':
            unsetenv(optarg);
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    for (; optind < argc && std::strchr(argv[optind], '='); ++optind) {
        putenv(argv[optind]);
    }
    if (optind < argc) {
        execvp(argv[optind], argv + optind);
        util::complain(argv[optind]);
        return errno == ENOENT ? 127 : 126;
    }
    for (char** e = environ; e && *e; ++e) {
        std::puts(*e);
    }
    return util::finish(EXIT_SUCCESS);
}
