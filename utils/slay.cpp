// SPDX-License-Identifier: Apache-2.0
// slay: signals processes by name; or changes their priority, or only prints their ids. Its exit status is the number found.
#include <cctype>
#include <sched.h>
#include <string>
#include <sys/neutrino.h>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/proc.hpp"
#include "lib/signals.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - kill or change processes by name\n\n%C [-fhipQu] [-s signal | -signal] [-P "
          "prio[f|r|o]] [-C cpu]... [-R mask] [-T tid] name|pid...\n"
          " -C cpu     let them run on this CPU (0...) instead of signalling; several: on these\n"
          " -f         do not ask when several match\n"
          " -h         stop them (SIGSTOP)\n"
          " -i         with -C or -R: their new threads and programs, too\n"
          " -P prio    set this priority and policy instead of signalling\n"
          " -p         only print the process ids\n"
          " -Q         quiet: no complaint when nothing matches\n"
          " -R mask    let them run on the CPUs of this mask instead of signalling\n"
          " -s signal  name or number (default TERM)\n"
          " -T tid     only this thread\n"
          " -u         let them go on (SIGCONT)\n"
          "The exit status is the number of processes found.\n")

namespace {

struct Options {
    bool force = false, print = false, quiet = false;
    int signo = SIGTERM;
    int priority = -1, policy = -1;
    int tid = 0;
    unsigned runmask = 0; // 0 = as it is
    bool inherited = false;

    bool only_changes() const { return priority >= 0 || runmask != 0; }
};

bool parse_priority(const char* text, Options& o)
{
    char* end = nullptr;
    const long value = std::strtol(text, &end, 10);
    if (end == text || value < 1 || value > 255) {
        return false;
    }
    o.priority = static_cast<int>(value);
    switch (*end) {
    case '\0':
        break;
    case 'f':
        o.policy = SCHED_FIFO;
        break;
    case 'r':
        o.policy = SCHED_RR;
        break;
    case 'o':
        o.policy = SCHED_OTHER;
        break;
    default:
        return false;
    }
    return true;
}

bool parse_runmask(char option, const char* text, Options& o)
{
    constexpr long cpus = 32, all = 0xffffffff;
    long value = 0;
    if (!text || !util::number(text, value, option == 'C' ? 10 : 0) || value < 0) {
        return false;
    }
    o.runmask |= option == 'R' ? static_cast<unsigned>(value) : value < cpus ? 1u << value : 0;
    return option == 'C' ? value < cpus : value > 0 && value <= all;
}

bool parse(int argc, char* argv[], Options& o, std::vector<const char*>& names)
{
    for (int i = 1; i < argc; ++i) {
        const char* a = argv[i];
        if (a[0] != '-' || a[1] == '\0') {
            names.push_back(a);
            continue;
        }
        const int as_signal = util::signal_number(a + 1);
        if (as_signal > 0) { // -9, -KILL
            o.signo = as_signal;
            continue;
        }
        for (const char* p = a + 1; *p; ++p) {
            const bool takes = std::strchr("CPRsT", *p) != nullptr;
            const char* value = !takes ? nullptr : p[1] ? p + 1 : ++i < argc ? argv[i] : nullptr;
            long number = 0;
            switch (*p) {
            case 'f':
                o.force = true;
                break;
            case 'h':
                o.signo = SIGSTOP;
                break;
            case 'i':
                o.inherited = true;
                break;
            case 'p':
                o.print = true;
                break;
            case 'C':
            case 'R':
                if (!parse_runmask(*p, value, o)) {
                    util::say("bad CPU or mask %s", value ? value : "");
                    return false;
                }
                break;
            case 'Q':
                o.quiet = true;
                break;
            case 'u':
                o.signo = SIGCONT;
                break;
            case 's':
                o.signo = value ? util::signal_number(value) : -1;
                if (o.signo < 0) {
                    util::say("unknown signal %s", value ? value : "");
                    return false;
                }
                break;
            case 'P':
                if (!value || !parse_priority(value, o)) {
                    util::say("bad priority %s", value ? value : "");
                    return false;
                }
                break;
            case 'T':
                if (!value || !util::number(value, number, 10) || number < 1) {
                    util::say("bad thread id");
                    return false;
                }
                o.tid = static_cast<int>(number);
                break;
            default:
                util::say("unknown option -%c", *p);
                return false;
            }
            if (takes) {
                break;
            }
        }
    }
    return true;
}

int set_runmask(pid_t pid, int tid, const Options& o)
{
    _thread_runmask masks{1, {o.runmask}, {o.inherited ? o.runmask : 0}};
    return ThreadCtlExt(pid, tid, _NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) == -1 ? errno : 0;
}

int change(const proc::Process& p, const Options& o)
{
    int status = 0;
    for (const procfs_status& t : p.threads) {
        if (o.tid && t.tid != o.tid) {
            continue;
        }
        if (o.runmask != 0) {
            const int error = set_runmask(p.pid, t.tid, o);
            status = error ? error : status;
        }
        if (o.priority < 0) {
            continue;
        }
        struct sched_param param = {};
        param.sched_priority = o.priority;
        if (SchedSet(p.pid, t.tid, o.policy < 0 ? t.policy : o.policy, &param) == -1) {
            status = errno;
        }
    }
    return status;
}

// False when the process ended after the list of all was made.
bool act(const proc::Process& p, const Options& o)
{
    if (o.print) {
        std::printf("%d\n", static_cast<int>(p.pid));
        return true;
    }
    const int error = o.only_changes()                                         ? change(p, o)
                      : SignalKill(0, p.pid, o.tid, o.signo, SI_USER, 0) == -1 ? errno
                                                                               : 0;
    if (error && error != ESRCH) {
        util::say("%d: %s", static_cast<int>(p.pid), std::strerror(error));
    }
    return error != ESRCH;
}

bool agreed(const proc::Process& p, const Options& o)
{
    std::printf("%s %d: %s (y/N)? ", o.only_changes() ? "Change" : "Signal",
                static_cast<int>(p.pid), p.path.c_str());
    std::fflush(stdout);
    char answer[16];
    return std::fgets(answer, sizeof answer, stdin) && std::tolower(answer[0]) == 'y';
}

std::vector<const proc::Process*> matches_of(const char* name,
                                             const std::vector<proc::Process>& everyone)
{
    std::vector<const proc::Process*> matches;
    long pid = 0;
    const bool by_pid = util::number(name, pid, 10);
    for (const proc::Process& p : everyone) {
        if (p.pid != getpid() && !(p.info.flags & _DEBUG_FLAG_ZOMBIE) &&
            (by_pid ? p.pid == pid : proc::is_name_of(p, name))) {
            matches.push_back(&p);
        }
    }
    return matches;
}

// How many of them were found and agreed to.
int slay(const char* name, const std::vector<proc::Process>& everyone, const Options& o)
{
    const auto matches = matches_of(name, everyone);
    const bool ask = matches.size() > 1 && !o.force && !o.print && isatty(STDIN_FILENO);
    int found = 0, refused = 0;
    for (const proc::Process* p : matches) {
        if (ask && !agreed(*p, o)) {
            ++refused;
        } else if (act(*p, o)) {
            ++found;
        }
    }
    if (found + refused == 0 && !o.quiet) {
        util::say("Unable to find process '%s'", name);
    }
    return found;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Options options;
    std::vector<const char*> names;
    if (!parse(argc, argv, options, names)) {
        return 0; // nothing was slain
    }
    if (names.empty()) {
        util::say("usage: %s [options] name|pid...", util::program);
        return 0;
    }
    const std::vector<proc::Process> everyone = proc::all();
    int found = 0;
    for (const char* name : names) {
        found += slay(name, everyone, options);
    }
    std::fflush(stdout);
    return found;
}
