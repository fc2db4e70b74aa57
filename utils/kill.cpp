// SPDX-License-Identifier: Apache-2.0
// kill: sends a signal to processes and process groups.
#include <unistd.h>

#include <abi/usage.h>

#include "lib/signals.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - send a signal\n\n%C [-s signal | -signal] pid...\n%C -l\n"
          " signal  name (TERM, SIGTERM) or number; default TERM\n"
          " pid     negative: a process group\n"
          " -l      list the names\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    int signo = SIGTERM, i = 1;
    if (argc > 1 && std::strcmp(argv[1], "-l") == 0) {
        for (const util::SignalName& s : util::signal_names) {
            std::printf("%2d %s\n", s.number, s.name);
        }
        return util::finish(EXIT_SUCCESS);
    }
    if (argc > 2 && std::strcmp(argv[1], "-s") == 0) {
        signo = util::signal_number(argv[2]);
        i = 3;
    } else if (argc > 1 && argv[1][0] == '-' && argv[1][1] && std::strcmp(argv[1], "--") != 0) {
        signo = util::signal_number(argv[1] + 1);
        i = 2;
    }
    if (signo < 0) {
        return util::say("unknown signal");
    }
    if (i < argc && std::strcmp(argv[i], "--") == 0) {
        ++i;
    }
    if (i >= argc) {
        return util::say("usage: %s [-s signal | -signal] pid...", util::program);
    }
    int status = 0;
    for (; i < argc; ++i) {
        long pid = 0;
        if (!util::number(argv[i], pid, 10)) {
            status = util::say("%s: not a process id", argv[i]);
        } else if (kill(static_cast<pid_t>(pid), signo) == -1) {
            status = util::complain(argv[i]);
        }
    }
    return status;
}
