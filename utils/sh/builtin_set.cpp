// SPDX-License-Identifier: Apache-2.0
// set, trap and kill: options, positional parameters, signals.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <strings.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

volatile sig_atomic_t interrupted = 0;
volatile sig_atomic_t pending_signals[NSIG];

namespace {

struct Signal {
    const char* name;
    int number;
};

constexpr Signal signals[] = {
    {"EXIT", 0},       {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ILL", SIGILL},
    {"TRAP", SIGTRAP}, {"ABRT", SIGABRT}, {"FPE", SIGFPE},   {"KILL", SIGKILL}, {"BUS", SIGBUS},
    {"SEGV", SIGSEGV}, {"SYS", SIGSYS},   {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CHLD", SIGCHLD}, {"URG", SIGURG},   {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP}, {"CONT", SIGCONT}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}, {"WINCH", SIGWINCH},
};

bool* option_flag(Options& o, char letter)
{
    switch (letter) {
    case 'e':
        return &o.exit_on_error;
    case 'x':
        return &o.trace;
    case 'u':
        return &o.no_unset;
    case 'f':
        return &o.no_glob;
    default:
        return nullptr;
    }
}

bool long_option(Shell& sh, const std::string& name, bool on)
{
    struct Name {
        const char* name;
        char letter;
    };
    static constexpr Name names[] = {
        {"errexit", 'e'}, {"xtrace", 'x'}, {"nounset", 'u'}, {"noglob", 'f'}};
    for (const Name& n : names) {
        if (name == n.name) {
            *option_flag(sh.options, n.letter) = on;
            return true;
        }
    }
    // Accepted, without effect here: editing is always on.
    return name == "emacs" || name == "vi" || name == "monitor" || name == "trackall";
}

void on_signal(int signo)
{
    pending_signals[signo] = 1;
    if (signo == SIGINT) {
        interrupted = 1;
    }
}

} // namespace

int signal_number(const char* name)
{
    char* end = nullptr;
    const long number = std::strtol(name, &end, 10);
    if (end != name && *end == '\0') {
        return number >= 0 && number < NSIG ? static_cast<int>(number) : -1;
    }
    if (strncasecmp(name, "SIG", 3) == 0) {
        name += 3;
    }
    for (const Signal& s : signals) {
        if (strcasecmp(name, s.name) == 0) {
            return s.number;
        }
    }
    return -1;
}

const char* signal_name(int signo)
{
    for (const Signal& s : signals) {
        if (s.number == signo) {
            return s.name;
        }
    }
    return "?";
}

int builtin_set(Shell& sh, const std::vector<std::string>& args)
{
    if (args.size() == 1) {
        for (const Variable& v : sh.vars.all()) {
            if (v.set) {
                sh.output(v.name + "=" + quote(v.value) + "\n");
            }
        }
        return 0;
    }
    size_t i = 1;
    for (; i < args.size() && args[i].size() > 1 && (args[i][0] == '-' || args[i][0] == '+'); ++i) {
        const bool on = args[i][0] == '-';
        if (args[i] == "--") {
            sh.vars.positional.assign(args.begin() + static_cast<long>(i) + 1, args.end());
            return 0;
        }
        if (args[i][1] == 'o' && i + 1 < args.size()) {
            if (!long_option(sh, args[i + 1], on)) {
                sh.error("set: %s: bad option", args[i + 1].c_str());
                return 1;
            }
            ++i;
            continue;
        }
        for (size_t k = 1; k < args[i].size(); ++k) {
            bool* flag = option_flag(sh.options, args[i][k]);
            if (!flag) {
                sh.error("set: -%c: bad option", args[i][k]);
                return 1;
            }
            *flag = on;
        }
    }
    if (i < args.size()) {
        sh.vars.positional.assign(args.begin() + static_cast<long>(i), args.end());
    }
    return 0;
}

int builtin_trap(Shell& sh, const std::vector<std::string>& args)
{
    if (args.size() == 1) {
        for (int s = 0; s < NSIG; ++s) {
            if (sh.trap_set[s]) {
                sh.output("trap -- " + quote(sh.traps[s]) + " " + signal_name(s) + "\n");
            }
        }
        return 0;
    }
    const size_t first = args[1] == "--" ? 2 : 1;
    const bool reset = args.size() <= first + 1 || args[first] == "-";
    int result = 0;
    for (size_t i = first + (args.size() > first + 1 ? 1 : 0); i < args.size(); ++i) {
        const int signo = signal_number(args[i].c_str());
        if (signo < 0 || signo == SIGKILL || signo == SIGSTOP) {
            sh.error("trap: bad signal %s", args[i].c_str());
            result = 1;
            continue;
        }
        sh.trap_set[signo] = !reset;
        sh.traps[signo] = reset ? "" : args[first];
        if (signo == 0) {
            continue;
        }
        const bool keeps_own =
            sh.options.interactive && (signo == SIGINT || signo == SIGQUIT || signo == SIGTERM);
        signal(signo, !reset && args[first].empty()              ? SIG_IGN
                      : !reset || (keeps_own && signo == SIGINT) ? on_signal
                      : keeps_own                                ? SIG_IGN
                                                                 : SIG_DFL);
    }
    return result;
}

void Shell::run_traps()
{
    for (int s = 1; s < NSIG; ++s) {
        if (pending_signals[s]) {
            pending_signals[s] = 0;
            if (trap_set[s] && !traps[s].empty()) {
                const int saved = status;
                if (s == SIGINT) {
                    interrupted = 0;
                }
                const std::string text = traps[s];
                run_text(text, "trap", line);
                if (flow != Flow::exit) {
                    status = saved;
                }
            }
        }
    }
}

void Shell::run_exit_trap()
{
    if (trap_set[0]) {
        trap_set[0] = false;
        const int saved = status;
        flow = Flow::normal;
        run_text(traps[0], "trap", line);
        status = flow == Flow::exit ? status : saved;
    }
}

int builtin_kill(Shell& sh, const std::vector<std::string>& args)
{
    size_t i = 1;
    int signo = SIGTERM;
    if (args.size() > 1 && args[1] == "-l") {
        std::string text;
        for (const Signal& s : signals) {
            text += s.number ? std::to_string(s.number) + " " + s.name + "\n" : "";
        }
        sh.output(text);
        return 0;
    }
    if (args.size() > 2 && args[1] == "-s") {
        signo = signal_number(args[2].c_str());
        i = 3;
    } else if (args.size() > 1 && args[1].size() > 1 && args[1][0] == '-') {
        signo = signal_number(args[1].c_str() + 1);
        i = 2;
    }
    if (signo < 0 || i >= args.size()) {
        sh.error(signo < 0 ? "kill: unknown signal"
                           : "usage: kill [-s signal | -signal] pid | %%job ...");
        return 2;
    }
    int result = 0;
    for (; i < args.size(); ++i) {
        pid_t target = 0;
        if (args[i][0] == '%') {
            const Job* job = sh.find_job(args[i].c_str());
            target = !job ? 0 : job->group > 0 ? -job->group : job->processes.back().pid;
        } else {
            char* end = nullptr;
            target = static_cast<pid_t>(std::strtol(args[i].c_str(), &end, 10));
            target = *end ? 0 : target;
        }
        if (target == 0) {
            sh.error("kill: %s: no such job or process", args[i].c_str());
            result = 1;
        } else if (kill(target, signo) != 0) {
            sh.error("kill: %s: %s", args[i].c_str(), std::strerror(errno));
            result = 1;
        }
    }
    return result;
}

} // namespace sh
