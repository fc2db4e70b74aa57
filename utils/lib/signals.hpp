// SPDX-License-Identifier: Apache-2.0
// Signal names, for kill and slay.
#pragma once
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <strings.h>

namespace util {

struct SignalName {
    const char* name;
    int number;
};

inline constexpr SignalName signal_names[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},   {"ILL", SIGILL},   {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT}, {"FPE", SIGFPE},   {"KILL", SIGKILL},   {"BUS", SIGBUS},   {"SEGV", SIGSEGV},
    {"SYS", SIGSYS},   {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},   {"TERM", SIGTERM}, {"USR1", SIGUSR1},
    {"USR2", SIGUSR2}, {"CHLD", SIGCHLD}, {"WINCH", SIGWINCH}, {"URG", SIGURG},   {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP}, {"CONT", SIGCONT}, {"TTIN", SIGTTIN},   {"TTOU", SIGTTOU},
};

// TERM, SIGTERM, 15; -1 for something else.
inline int signal_number(const char* text)
{
    char* end = nullptr;
    const long n = std::strtol(text, &end, 10);
    if (end != text && *end == '\0') {
        return n >= 0 && n < NSIG ? static_cast<int>(n) : -1;
    }
    text += strncasecmp(text, "SIG", 3) == 0 ? 3 : 0;
    for (const SignalName& s : signal_names) {
        if (strcasecmp(text, s.name) == 0) {
            return s.number;
        }
    }
    return -1;
}

} // namespace util
