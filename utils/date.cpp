// SPDX-License-Identifier: Apache-2.0
// date: prints or sets the time.
#include <ctime>
#include <string>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print or set the date\n\n%C [-u] [-S seconds] [+format]\n"
          " +format     as strftime()\n"
          " -S seconds  set the time: seconds since 1970\n"
          " -u          in UTC\n")

int main(int argc, char* argv[])
{
    util::start(argv);
    bool utc = false;
    for (int c; (c = getopt(argc, argv, "S:u")) != -1;) {
        long seconds = 0;
        switch (c) {
        case 'u':
            utc = true;
            break;
        case 'S': {
            if (!util::number(optarg, seconds, 10) || seconds < 0) {
                return util::say("bad time %s", optarg);
            }
            const timespec ts = {seconds, 0};
            if (clock_settime(CLOCK_REALTIME, &ts) == -1) {
                return util::complain("cannot set the time");
            }
            break;
        }
        default:
            return EXIT_FAILURE;
        }
    }
    const std::string format =
        optind < argc && argv[optind][0] == '+' ? argv[optind] + 1 : "%a %b %d %H:%M:%S %Z %Y";
    const time_t now = time(nullptr);
    struct tm tm;
    utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm);
    char text[512];
    text[std::strftime(text, sizeof text, format.c_str(), &tm)] = '\0';
    std::puts(text);
    return util::finish(EXIT_SUCCESS);
}
