// SPDX-License-Identifier: Apache-2.0
// rm: removes files.
#include <sys/stat.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/copy.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - remove files\n\n%C [-frR] file...\n -f      no complaint when a file is not "
          "there\n -r, -R  directories with what is in them\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    bool force = false, recurse = false;
    for (int c; (c = getopt(argc, argv, "frR")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
        (c == 'f' ? force : recurse) = true;
    }
    if (optind == argc && !force) {
        return util::say("usage: %s [-frR] file...", util::program);
    }
    int status = 0;
    for (int i = optind; i < argc; ++i) {
        const std::string name = util::base_name(argv[i]);
        struct stat st;
        if (name == "." || name == "..") {
            status = util::say("%s: not removed", argv[i]);
        } else if (recurse) {
            status |= util::remove_tree(argv[i], force);
        } else if (lstat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            status = util::complain(argv[i], EISDIR);
        } else if (unlink(argv[i]) != 0 && !(force && errno == ENOENT)) {
            status = util::complain(argv[i]);
        }
    }
    return status;
}
