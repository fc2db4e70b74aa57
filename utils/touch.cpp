// SPDX-License-Identifier: Apache-2.0
// touch: makes files, or sets their times to now.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - make files or change their times\n\n%C [-c] file...\n -c  do not make it\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    bool make = true;
    for (int c; (c = getopt(argc, argv, "c")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
        make = false;
    }
    int status = 0;
    for (int i = optind; i < argc; ++i) {
        if (utime(argv[i], nullptr) == 0) {
            continue;
        }
        if (errno != ENOENT) {
            status = util::complain(argv[i]);
        } else if (make) {
            const int fd = open(argv[i], O_WRONLY | O_CREAT, 0666);
            fd < 0 ? status = util::complain(argv[i]) : close(fd);
        }
    }
    return optind == argc ? util::say("usage: %s [-c] file...", util::program) : status;
}
