// SPDX-License-Identifier: Apache-2.0
// pidin: shows processes and threads, and what the system knows about them.
#include <cstdio>
#include <cstring>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "report.hpp"

QNX_USAGE("%C - show system information\n\n"
          "%C [-F format] [-f letters] [-l] [-p|-P name|pid]... [shorthand...]\n"
          " -F format    e.g. \"%%a %%b %%N %%p %%J %%B\" (the default)\n"
          " -f letters   the same without the percent signs\n"
          " -l           repeat every 3 seconds\n"
          " -p, -P       only these processes\n"
          "Shorthands: abilities arguments environment family fds info memory pids\n"
          "            rmasks sched session syspage threads times\n"
          "Letters: a pid  b tid  N name  p priority  J state  B blocked  A arguments\n"
          "         d parent  e group  s session  h thread name  t threads  c cpu\n"
          "         r runmask  m memory  u uid  g gid\n")

namespace pidin {

bool selected(const Select& which, const proc::Process& process)
{
    if (which.empty()) {
        return true;
    }
    for (const std::string& w : which) {
        long pid = 0;
        if (util::number(w.c_str(), pid, 10) ? process.pid == pid
                                             : proc::is_name_of(process, w.c_str())) {
            return true;
        }
    }
    return false;
}

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

constexpr Shorthand shorthands[] = {
    {"abilities", 2, nullptr, "", abilities},
    {"arguments", 1, "%a %A", "", nullptr},
    {"environment", 1, nullptr, "", environment},
    {"family", 2, "%a %N %s %d %e", "", nullptr},
    {"fds", 2, nullptr, "", descriptors},
    {"info", 1, nullptr, "", report_info},
    {"memory", 1, nullptr, "", memory},
    {"pids", 1, "%a %N %t %m", "", nullptr},
    {"rmasks", 1, "%a %b %N %r %c", "", nullptr},
    {"sched", 2, "%a %b %N %p %c", "", nullptr},
    {"session", 2, "%a %N %s %e %d", "", nullptr},
    {"syspage", 2, nullptr, "", report_syspage},
    {"threads", 2, "%a %n %h %p %J %B", "", nullptr},
    {"times", 2, nullptr, "", times},
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

void run(const Shorthand* what, const std::string& format, const Select& which)
{
    std::vector<proc::Process> list;
    for (const proc::Process& p : proc::all()) {
        if (selected(which, p)) {
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

} // namespace pidin

int main(int argc, char* argv[])
{
    util::start(argv);
    std::string format = pidin::default_format;
    pidin::Select which;
    bool loop = false;
    for (int c; (c = getopt(argc, argv, "F:f:lp:P:")) != -1;) {
        switch (c) {
        case 'F':
            format = optarg;
            break;
        case 'f':
            format.clear();
            for (const char* p = optarg; *p; ++p) {
                format += std::string(format.empty() ? "%" : " %") + *p;
            }
            break;
        case 'l':
            loop = true;
            break;
        case 'p':
        case 'P':
            which.push_back(optarg);
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    std::vector<const pidin::Shorthand*> what;
    for (int i = optind; i < argc; ++i) {
        what.push_back(pidin::find(argv[i]));
        if (!what.back()) {
            return util::say("unknown shorthand %s", argv[i]);
        }
    }
    do {
        for (const pidin::Shorthand* s : what) {
            pidin::run(s, format, which);
        }
        if (what.empty()) {
            pidin::run(nullptr, format, which);
        }
        if (loop) {
            std::fflush(stdout);
            sleep(3);
        }
    } while (loop);
    return util::finish(EXIT_SUCCESS);
}
