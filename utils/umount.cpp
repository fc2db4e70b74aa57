// SPDX-License-Identifier: Apache-2.0
// umount: takes a mounted file system away.
#include <sys/mount.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - unmount a file system\n\n%C [-f] mountpoint\n -f  even when it is busy\n"
          "Network drivers are not unmounted: use `ifconfig NAME destroy`.\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    int flags = 0;
    for (int c; (c = getopt(argc, argv, "fT:")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
        if (c == 'T') {
            return util::say("umount -T %s: not supported; a network driver goes by `ifconfig "
                             "NAME destroy`",
                             optarg);
        }
        flags |= static_cast<int>(_MOUNT_FORCE);
    }
    if (argc - optind != 1) {
        return util::say("usage: %s [-f] mountpoint", util::program);
    }
    return umount(argv[optind], flags) == -1 ? util::complain(argv[optind]) : EXIT_SUCCESS;
}
