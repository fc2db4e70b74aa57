// SPDX-License-Identifier: Apache-2.0
// pidin: shows processes and threads, and what the system knows about them.
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <sys/neutrino.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "report.hpp"

QNX_USAGE(
    "%C - show system information (as sin: sessions, sizes of code and data at first)\n\n"
    "%C [-klv] [-d delay] [-F format] [-f letters] [-o prio] [-p|-P name|pid]... [shorthand...]\n"
    " -d delay     tenths of a second between two reports of -l (default 10)\n"
    " -F format    e.g. \"%%a %%b %%N %%p %%J %%B\" (the default)\n"
    " -f letters   the same without the percent signs\n"
    "              a width may stand before a letter: \"%%60N\"\n"
    " -k           with -l: until something goes wrong\n"
    " -l           repeat\n"
    " -o prio      run at this priority\n"
    " -P           only this process and those it started\n"
    " -p           only this process\n"
    "Shorthands, as few letters as tell them apart, before, between or behind options:\n"
    "            abilities arguments channels cpu environment family fds flags info irqs\n"
    "            memory pids pmem rmasks sched session\n"
    "            signals syspage threads timers times users\n"
    "Letters: A arguments  a pid  B blocked  b tid  c code  d data  e parent  f flags\n"
    "         g groups  h thread name  I pid and tid  i runmask  J state  l last cpu\n"
    "         m stack  N short name  n long name  P process group  p priority\n"
    "         S ignored signals  s queued signals  T threads  u users  z session\n")

namespace pidin {

namespace {

struct Shorthand {
    const char* name;
    size_t least; // letters needed
    const char* format;
    const char* header;
    void (*report)(const std::vector<proc::Process>&);
};

void report_info(const std::vector<proc::Process>&)
{
    info();
}

void report_syspage(const std::vector<proc::Process>&)
{
    syspage();
}

constexpr const char* default_format = "%a %b %N %p %J %B";
constexpr const char* sin_format = "%z %a %n %c %d";

constexpr Shorthand shorthands[] = {
    {"abilities", 2, nullptr, "", abilities},
    {"arguments", 1, "%a %A", "", nullptr},
    {"channels", 2, nullptr, "", channels},
    {"cpu", 2, nullptr, "", times}, // sin's word
    {"environment", 1, nullptr, "", environment},
    {"family", 2, "%a %N %z %e %P", "", nullptr},
    {"fds", 2, nullptr, "", descriptors},
    {"flags", 2, "%a %N %f", "", nullptr},
    {"info", 1, nullptr, "", report_info},
    {"irqs", 2, nullptr, "", interrupts},
    {"memory", 1, nullptr, "", memory},
    {"pids", 2, "%a %N %T", "", nullptr},
    {"pmem", 2, "%a %N %c %d", "", nullptr},
    {"rmasks", 1, "%a %b %N %i %l", "", nullptr},
    {"sched", 2, "%a %b %N %p %l", "", nullptr},
    {"session", 2, "%a %N %z %P %e", "", nullptr},
    {"signals", 2, "%a %N %S %s", "", nullptr},
    {"syspage", 2, nullptr, "", report_syspage},
    {"threads", 2, "%a %N %h %p %J %B", "", nullptr},
    {"times", 2, nullptr, "", times}, // "ti" is what everybody types
    {"timers", 4, nullptr, "", timers},
    {"users", 1, "%a %N %u %g", "", nullptr},
};

const Shorthand* find(const char* word)
{
    const size_t n = std::strlen(word);
    for (const Shorthand& s : shorthands) {
        if (n >= s.least && std::strncmp(word, s.name, n) == 0) {
            return &s;
        }
    }
    return nullptr;
}

bool in_family(const std::vector<proc::Process>& everyone, const Select& heads,
               const proc::Process& process)
{
    const proc::Process* at = &process;
    for (size_t up = 0; at && up <= everyone.size(); ++up) {
        if (selected(heads, *at)) {
            return true;
        }
        const pid_t parent = at->info.parent;
        at = nullptr;
        for (const proc::Process& p : everyone) {
            at = p.pid == parent && parent != 0 ? &p : at;
        }
    }
    return false;
}

// `heads`: these and all they started, when there are any.
void run(const Shorthand* what, const std::string& format, const Select& which, const Select& heads)
{
    std::vector<proc::Process> list;
    const std::vector<proc::Process> everyone = proc::all();
    for (const proc::Process& p : everyone) {
        const bool relative = !heads.empty() && in_family(everyone, heads, p);
        if (relative || ((heads.empty() || !which.empty()) && selected(which, p))) {
            list.push_back(p);
        }
    }
    if (what && what->report) {
        what->report(list);
    } else {
        by_format(list, what ? what->format : format, "");
    }
}

} // namespace

const sched_param* at_priority(long priority)
{
    static sched_param param;
    param.sched_priority = static_cast<int>(priority);
    return &param;
}

} // namespace pidin

namespace pidin {
namespace {

struct Options {
    std::string format = default_format;
    Select which, heads;
    std::vector<const Shorthand*> what;
    bool loop = false;
    long delay = 10; // tenths of a second
};

// One option; an exit status, or -1 to go on.
int take_option(int letter, Options& options)
{
    long priority = 0;
    switch (letter) {
    case 'd':
        if (!util::number(optarg, options.delay, 10) || options.delay < 1 ||
            options.delay > 36000) {
            return util::say("bad delay %s", optarg);
        }
        break;
    case 'o':
        if (!util::number(optarg, priority, 10) ||
            SchedSet(0, 0, SCHED_RR, at_priority(priority)) == -1) {
            return util::complain(optarg);
        }
        break;
    case 'k':
    case 'v': // nothing is left out without it
        break;
    case 'F':
        options.format = optarg;
        break;
    case 'f':
        options.format.clear();
        for (const char* p = optarg; *p; ++p) {
            options.format += std::string(options.format.empty() ? "%" : " %") + *p;
        }
        break;
    case 'l':
        options.loop = true;
        break;
    case 'p':
        options.which.push_back(optarg);
        break;
    case 'P':
        options.heads.push_back(optarg);
        break;
    default:
        return EXIT_FAILURE;
    }
    return -1;
}

// Options stand before, between and behind the shorthands.
int take_arguments(int argc, char* argv[], Options& options)
{
    for (;;) {
        for (int c; (c = getopt(argc, argv, "d:F:f:klo:p:P:v")) != -1;) {
            if (const int status = take_option(c, options); status != -1) {
                return status;
            }
        }
        if (optind >= argc) {
            return -1;
        }
        options.what.push_back(find(argv[optind]));
        if (!options.what.back()) {
            return util::say("unknown shorthand %s", argv[optind]);
        }
        ++optind;
    }
}

} // namespace
} // namespace pidin

int main(int argc, char* argv[])
{
    util::start(argv);
    pidin::Options options;
    if (std::strcmp(util::program, "sin") == 0) {
        options.format = pidin::sin_format;
    }
    if (const int status = pidin::take_arguments(argc, argv, options); status != -1) {
        return status;
    }
    do {
        for (const pidin::Shorthand* s : options.what) {
            pidin::run(s, options.format, options.which, options.heads);
        }
        if (options.what.empty()) {
            pidin::run(nullptr, options.format, options.which, options.heads);
        }
        if (options.loop) {
            std::fflush(stdout);
            usleep(static_cast<useconds_t>(options.delay) * 100000);
        }
    } while (options.loop);
    return util::finish(EXIT_SUCCESS);
}
