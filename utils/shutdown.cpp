// SPDX-License-Identifier: Apache-2.0
// shutdown: ends the system: power off, reset or halt.
#include <unistd.h>

#include <sys/neutrino.h>

#include <abi/proc_msg.h>
#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - shut the system down\n\n%C [-bfhqS type]\n"
          " (none)   power off\n"
          " -b       reset (reboot)\n"
          " -h       halt: stop, but stay on\n"
          " -f, -q   accepted: there is nothing to ask\n"
          " -S type  reboot, shutdown or halt\n")

namespace {
enum { power_off, reset, halt };
}

int main(int argc, char* argv[])
{
    util::start(argv);
    int how = power_off;
    for (int c; (c = getopt(argc, argv, "bfhqS:")) != -1;) {
        switch (c) {
        case 'b':
            how = reset;
            break;
        case 'h':
            how = halt;
            break;
        case 'f':
        case 'q':
            break;
        case 'S':
            if (std::strcmp(optarg, "reboot") == 0) {
                how = reset;
            } else if (std::strcmp(optarg, "shutdown") == 0) {
                how = power_off;
            } else if (std::strcmp(optarg, "halt") == 0) {
                how = halt;
            } else {
                return util::say("unknown type %s", optarg);
            }
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    struct proc_simple message = {};
    message.type = PROC_REBOOT;
    message.a = how;
    if (MsgSend(SYSMGR_COID, &message, sizeof message, nullptr, 0) == -1) {
        return util::complain("cannot shut down");
    }
    return EXIT_SUCCESS;
}
