// SPDX-License-Identifier: Apache-2.0
// mv: renames files, or copies and removes them when they go to another file system.
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/copy.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - move or rename files\n\n%C [-fv] file target\n%C [-fv] file... directory\n -f  "
          "accepted: it never asks\n -v  tell\n")

namespace {

int move(const std::string& from, const std::string& to, bool verbose)
{
    if (verbose) {
        std::printf("%s -> %s\n", from.c_str(), to.c_str());
    }
    if (rename(from.c_str(), to.c_str()) == 0) {
        return 0;
    }
    if (errno != EXDEV) {
        return util::complain(from.c_str());
    }
    util::CopyOptions o;
    o.recurse = o.preserve = o.force = true;
    return util::copy(from, to, o) ? 1 : util::remove_tree(from, false);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool verbose = false;
    for (int c; (c = getopt(argc, argv, "fv")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
        verbose = verbose || c == 'v';
    }
    if (argc - optind < 2) {
        return util::say("usage: %s [-fv] file... target", util::program);
    }
    const char* target = argv[argc - 1];
    struct stat st;
    if (argc - optind > 2 && (stat(target, &st) != 0 || !S_ISDIR(st.st_mode))) {
        return util::complain(target, ENOTDIR);
    }
    int status = 0;
    for (int i = optind; i < argc - 1; ++i) {
        status |= move(argv[i], util::into(argv[i], target), verbose);
    }
    return util::finish(status);
}
