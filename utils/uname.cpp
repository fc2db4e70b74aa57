// SPDX-License-Identifier: Apache-2.0
// uname: the system's name, version and machine.
#include <sys/utsname.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print system information\n\n%C [-amnprsv]\n"
          " -a  all of it           -r  release\n"
          " -m  machine             -s  system (default)\n"
          " -n  node name           -v  version\n"
          " -p  processor\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    utsname name;
    if (uname(&name) == -1) {
        return util::complain("uname");
    }
    bool s = false, n = false, r = false, v = false, m = false, p = false;
    for (int c; (c = getopt(argc, argv, "amnprsv")) != -1;) {
        switch (c) {
        case 'a':
            s = n = r = v = m = p = true;
            break;
        case 'm':
            m = true;
            break;
        case 'n':
            n = true;
            break;
        case 'p':
            p = true;
            break;
        case 'r':
            r = true;
            break;
        case 's':
            s = true;
            break;
        case 'v':
            v = true;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    s = s || !(n || r || v || m || p);
    char processor[64] = "";
    confstr(_CS_ARCHITECTURE, processor, sizeof processor);
    const struct {
        bool wanted;
        const char* text;
    } parts[] = {{s, name.sysname}, {n, name.nodename}, {r, name.release},
                 {v, name.version}, {m, name.machine},  {p, processor}};
    const char* gap = "";
    for (const auto& part : parts) {
        if (part.wanted) {
            std::printf("%s%s", gap, part.text);
            gap = " ";
        }
    }
    std::putchar('\n');
    return util::finish(EXIT_SUCCESS);
}
