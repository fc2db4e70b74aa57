// SPDX-License-Identifier: Apache-2.0
// cp: copies files.
#include <sys/stat.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/copy.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - copy files\n\n%C [-fiprRv] file target\n%C [-fiprRv] file... directory\n"
          " -f      remove a target that cannot be opened\n"
          " -i      ask before overwriting\n"
          " -p      keep mode, owner and times\n"
          " -r, -R  directories with what is in them\n"
          " -v      tell\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    util::CopyOptions o;
    for (int c; (c = getopt(argc, argv, "fiprRv")) != -1;) {
        switch (c) {
        case 'f':
            o.force = true;
            break;
        case 'i':
            o.interactive = true;
            break;
        case 'p':
            o.preserve = true;
            break;
        case 'r':
        case 'R':
            o.recurse = true;
            break;
        case 'v':
            o.verbose = true;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    if (argc - optind < 2) {
        return util::say("usage: %s [-fiprRv] file... target", util::program);
    }
    const char* target = argv[argc - 1];
    struct stat st;
    if (argc - optind > 2 && (stat(target, &st) != 0 || !S_ISDIR(st.st_mode))) {
        return util::complain(target, ENOTDIR);
    }
    int status = 0;
    for (int i = optind; i < argc - 1; ++i) {
        status |= util::copy(argv[i], util::into(argv[i], target), o);
    }
    return util::finish(status);
}
