// SPDX-License-Identifier: Apache-2.0
// sh: arguments, start-up files, and the loop that reads commands.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <abi/usage.h>

#include "editor.hpp"
#include "parser.hpp"
#include "shell.hpp"

QNX_USAGE("%C - command interpreter\n\n"
          "%C [-efiux] [file [argument ...]]\n"
          "%C [-efiux] -c commands [name [argument ...]]\n"
          " -c commands  run these and exit\n"
          " -e           exit when a command fails\n"
          " -f           no path name expansion\n"
          " -i           interactive\n"
          " -u           unset variables are errors\n"
          " -x           print commands before they run\n")

namespace {

using sh::Editor;
using sh::Flow;
using sh::Shell;

void note_interrupt(int)
{
    sh::interrupted = 1;
    sh::pending_signals[SIGINT] = 1;
}

void start_interactive(Shell& shell)
{
    shell.terminal = fcntl(0, F_DUPFD_CLOEXEC, 10);
    if (shell.terminal < 0) {
        shell.terminal = 0;
    }
    struct sigaction action;
    std::memset(&action, 0, sizeof action);
    action.sa_handler = note_interrupt; // no SA_RESTART: wait() must come back
    sigaction(SIGINT, &action, nullptr);
    for (const int signo : {SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU}) {
        signal(signo, SIG_IGN);
    }
    setpgid(0, 0);
    shell.job_control = tcsetpgrp(shell.terminal, getpgrp()) == 0;
}

void run_start_file(Shell& shell, const std::string& path)
{
    struct stat st;
    if (!path.empty() && stat(path.c_str(), &st) == 0) {
        ++shell.call_depth;
        shell.run_file(path);
        --shell.call_depth;
        shell.flow = shell.flow == Flow::exit ? Flow::exit : Flow::normal;
    }
}

std::string prompt(Shell& shell, const char* name)
{
    const std::string* raw = shell.vars.get(name);
    std::string text;
    if (raw && shell.expand_heredoc(*raw, text)) {
        return text;
    }
    return raw ? *raw : "";
}

// One line of a script on standard input, byte by byte: commands read the rest.
bool plain_line(std::string& line)
{
    char c;
    ssize_t n;
    while ((n = read(0, &c, 1)) == 1 || (n < 0 && errno == EINTR)) {
        if (n == 1) {
            line += c;
        }
        if (n == 1 && c == '\n') {
            return true;
        }
    }
    return !line.empty();
}

bool needs_more(const std::string& text)
{
    sh::Parser parser(text);
    for (;;) {
        const sh::NodePtr node = parser.next_command();
        if (parser.incomplete() || parser.continued()) {
            return true;
        }
        if (parser.failed() || (!node && parser.at_end())) {
            return false;
        }
    }
}

void command_loop(Shell& shell)
{
    Editor editor(shell, shell.terminal);
    std::string text;
    int line_number = 0;
    while (shell.flow != Flow::exit) {
        std::string line;
        if (shell.options.interactive) {
            shell.report_jobs();
            sh::interrupted = 0;
            switch (editor.read_line(prompt(shell, text.empty() ? "PS1" : "PS2"), line)) {
            case Editor::Result::interrupt:
                text.clear();
                shell.status = 130;
                continue;
            case Editor::Result::end:
                if (text.empty()) {
                    return;
                }
                shell.error("syntax error: unexpected end of file");
                text.clear();
                continue;
            case Editor::Result::line:
                line += "\n";
                break;
            }
        } else if (!plain_line(line)) {
            if (!text.empty()) {
                shell.run_text(text, shell.vars.zero.c_str(), line_number);
            }
            return;
        }
        text += line;
        if (needs_more(text)) {
            continue;
        }
        editor.remember(text.substr(0, text.size() - 1));
        const int lines_before = line_number;
        for (const char c : text) {
            line_number += c == '\n';
        }
        const std::string command = std::move(text);
        text.clear();
        shell.run_text(command, shell.vars.zero.c_str(), lines_before + 1);
        if (shell.flow != Flow::exit) {
            shell.flow =
                shell.options.interactive || shell.flow != Flow::abort_ ? Flow::normal : Flow::exit;
        }
        shell.loop_depth = shell.call_depth = shell.condition_depth = 0;
        if (shell.options.interactive && shell.status == 0) {
            editor.adopt_settings();
        }
    }
}

struct Arguments {
    const char* command = nullptr;
    bool force_interactive = false;
    int next = 1; // first operand
};

bool parse_arguments(Shell& shell, int argc, char* argv[], Arguments& out)
{
    for (; out.next < argc && (argv[out.next][0] == '-' || argv[out.next][0] == '+') &&
           argv[out.next][1];
         ++out.next) {
        if (std::strcmp(argv[out.next], "--") == 0) {
            ++out.next;
            break;
        }
        const bool on = argv[out.next][0] == '-';
        bool command = false;
        for (const char* p = argv[out.next] + 1; *p; ++p) {
            switch (*p) {
            case 'c':
                command = true;
                break;
            case 'e':
                shell.options.exit_on_error = on;
                break;
            case 'f':
                shell.options.no_glob = on;
                break;
            case 'i':
                out.force_interactive = on;
                break;
            case 'l':
            case 's':
                break;
            case 'u':
                shell.options.no_unset = on;
                break;
            case 'x':
                shell.options.trace = on;
                break;
            default:
                std::fprintf(stderr, "%s: -%c: unknown option\n", argv[0], *p);
                return false;
            }
        }
        if (command) {
            if (out.next + 1 >= argc) {
                std::fprintf(stderr, "%s: -c needs an argument\n", argv[0]);
                return false;
            }
            out.command = argv[out.next + 1];
            out.next += 2;
            return true;
        }
    }
    return true;
}

// Where this program lies, to start subshells with.
std::string own_path(Shell& shell, const char* name)
{
    std::string path = name[0] == '-' ? name + 1 : name;
    if (path.find('/') != std::string::npos && path[0] != '/') {
        char dir[1024];
        path = getcwd(dir, sizeof dir) ? std::string(dir) + "/" + path : path;
    }
    path = shell.find_program(path);
    for (const char* fallback : {"/bin/sh", "/proc/boot/sh", "/proc/boot/ksh"}) {
        path = path.empty() || access(path.c_str(), X_OK) != 0 ? fallback : path;
    }
    return path;
}

// --subshell PID STATUS LINE STATE TEXT $0 $1 ...
int run_subshell(Shell& shell, int argc, char* argv[])
{
    if (argc < 8) {
        return 2;
    }
    shell.shell_pid = std::atoi(argv[2]);
    shell.vars.zero = argv[7];
    shell.vars.positional.assign(argv + 8, argv + argc);
    shell.run_text(argv[5], "subshell");
    shell.status = std::atoi(argv[3]);
    shell.run_text(argv[6], argv[7], std::atoi(argv[4]));
    shell.run_exit_trap();
    return shell.status;
}

void set_defaults(Shell& shell)
{
    const auto set_default = [&](const char* name, const char* value) {
        if (!shell.vars.get(name)) {
            shell.vars.set(name, value);
        }
    };
    set_default("PATH", "/proc/boot:/sbin:/bin:/usr/sbin:/usr/bin");
    set_default("PS1", geteuid() == 0 ? "# " : "$ ");
    set_default("PS2", "> ");
    shell.vars.set("IFS", " \t\n");
    shell.vars.set("PPID", std::to_string(getppid()));
    shell.vars.entry("PATH").exported = true;
}

} // namespace

int main(int argc, char* argv[])
{
    static Shell shell;
    shell.shell_pid = getpid();
    shell.vars.import_environment(environ);
    set_defaults(shell);
    shell.program = own_path(shell, argv[0]);
    if (argc > 1 && std::strcmp(argv[1], "--subshell") == 0) {
        return run_subshell(shell, argc, argv);
    }
    Arguments args;
    if (!parse_arguments(shell, argc, argv, args)) {
        return 2;
    }
    shell.vars.zero = argv[0][0] == '-' ? argv[0] + 1 : argv[0];
    if (args.command) {
        if (args.next < argc) {
            shell.vars.zero = argv[args.next];
            shell.vars.positional.assign(argv + args.next + 1, argv + argc);
        }
        shell.run_text(args.command, shell.vars.zero.c_str());
    } else if (args.next < argc) {
        shell.vars.zero = argv[args.next];
        shell.vars.positional.assign(argv + args.next + 1, argv + argc);
        shell.run_file(argv[args.next]);
    } else {
        shell.options.interactive = args.force_interactive || (isatty(0) && isatty(2));
        if (shell.options.interactive) {
            start_interactive(shell);
        }
        if (argv[0][0] == '-') {
            run_start_file(shell, "/etc/profile");
            const std::string* home = shell.vars.get("HOME");
            run_start_file(shell, home ? *home + "/.profile" : "");
        }
        if (shell.options.interactive) {
            const std::string* env = shell.vars.get("ENV");
            run_start_file(shell, env ? *env : "");
        }
        command_loop(shell);
    }
    shell.run_exit_trap();
    return shell.status;
}
