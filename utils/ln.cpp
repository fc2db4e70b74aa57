// SPDX-License-Identifier: Apache-2.0
// ln: makes hard links, symbolic links, and links in the process manager's path name space.
#include <sys/procmgr.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/copy.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - link files\n\n%C [-fPs] target [link]\n%C [-fPs] target... directory\n"
          " -f  remove a file that is in the way\n"
          " -P  with -s: in the process manager's path name space\n"
          " -s  symbolic\n")

namespace {

struct Options {
    bool force = false, symbolic = false, in_procmgr = false;
};

int make_link(const char* target, const std::string& name, const Options& o)
{
    if (o.force) {
        unlink(name.c_str());
    }
    const int result = o.in_procmgr ? procmgr_symlink(target, name.c_str())
                       : o.symbolic ? symlink(target, name.c_str())
                                    : link(target, name.c_str());
    return result == -1 ? util::complain(name.c_str()) : 0;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Options o;
    for (int c; (c = getopt(argc, argv, "fPs")) != -1;) {
        switch (c) {
        case 'f':
            o.force = true;
            break;
        case 'P':
            o.in_procmgr = true;
            break;
        case 's':
            o.symbolic = true;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    if (optind == argc || (o.in_procmgr && !o.symbolic)) {
        return util::say("usage: %s [-f] [-s [-P]] target... [link]", util::program);
    }
    if (argc - optind == 1) {
        return make_link(argv[optind], util::base_name(argv[optind]), o);
    }
    int status = 0;
    for (int i = optind; i < argc - 1; ++i) {
        status |= make_link(argv[i],
                            o.in_procmgr ? argv[argc - 1] : util::into(argv[i], argv[argc - 1]), o);
    }
    return status;
}
