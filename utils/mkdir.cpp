// SPDX-License-Identifier: Apache-2.0
// mkdir: makes directories.
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - make directories\n\n%C [-p] [-m mode] directory...\n -m mode  octal permissions\n "
          "-p       with their parents; no complaint when there\n")

namespace {

int make(const std::string& path, mode_t mode, bool parents)
{
    for (size_t at = parents ? path.find('/', 1) : std::string::npos; at != std::string::npos;
         at = path.find('/', at + 1)) {
        const std::string part = path.substr(0, at);
        struct stat st;
        if (stat(part.c_str(), &st) != 0 && mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) {
            return util::complain(part.c_str());
        }
    }
    if (mkdir(path.c_str(), mode) == 0) {
        return 0;
    }
    const int error = errno;
    struct stat st;
    return parents && stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode)
               ? 0
               : util::complain(path.c_str(), error);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool parents = false;
    long mode = 0777;
    for (int c; (c = getopt(argc, argv, "pm:")) != -1;) {
        if (c == 'p') {
            parents = true;
        } else if (c != 'm' || !util::number(optarg, mode, 8) || mode < 0 || mode > 07777) {
            return c == 'm' ? util::say("bad mode %s", optarg) : EXIT_FAILURE;
        }
    }
    if (optind == argc) {
        return util::say("usage: %s [-p] [-m mode] directory...", util::program);
    }
    int status = 0;
    for (int i = optind; i < argc; ++i) {
        status |= make(argv[i], static_cast<mode_t>(mode), parents);
    }
    return status;
}
