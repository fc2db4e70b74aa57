// SPDX-License-Identifier: Apache-2.0
// The builtin commands' table, and the small ones.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {

using Args = std::vector<std::string>;

int builtin_true(Shell&, const Args&)
{
    return 0;
}

int builtin_false(Shell&, const Args&)
{
    return 1;
}

std::string current_directory()
{
    char buffer[1024];
    return getcwd(buffer, sizeof buffer) ? buffer : "";
}

int builtin_cd(Shell& sh, const Args& args)
{
    const std::string* variable = args.size() < 2  ? sh.vars.get("HOME")
                                  : args[1] == "-" ? sh.vars.get("OLDPWD")
                                                   : nullptr;
    if (args.size() < 2 && !variable) {
        static const std::string root = "/";
        variable = &root;
    }
    if (args.size() > 1 && args[1] == "-" && !variable) {
        sh.error("cd: OLDPWD not set");
        return 1;
    }
    const std::string target = variable ? *variable : args[1];
    const std::string before = current_directory();
    if (chdir(target.c_str()) != 0) {
        sh.error("cd: %s: %s", target.c_str(), std::strerror(errno));
        return 1;
    }
    sh.vars.set("OLDPWD", before);
    sh.vars.set("PWD", current_directory());
    if (args.size() > 1 && args[1] == "-") {
        sh.output(target + "\n");
    }
    return 0;
}

int builtin_pwd(Shell& sh, const Args&)
{
    const std::string dir = current_directory();
    if (dir.empty()) {
        sh.error("pwd: %s", std::strerror(errno));
        return 1;
    }
    sh.output(dir + "\n");
    return 0;
}

int builtin_exit(Shell& sh, const Args& args)
{
    const int st = args.size() > 1 ? std::atoi(args[1].c_str()) & 0xff : sh.status;
    sh.flow = Flow::exit;
    return st;
}

int builtin_return(Shell& sh, const Args& args)
{
    const int st = args.size() > 1 ? std::atoi(args[1].c_str()) & 0xff : sh.status;
    sh.flow = sh.call_depth ? Flow::return_ : Flow::exit;
    return st;
}

int leave_loop(Shell& sh, const Args& args, Flow how)
{
    if (sh.loop_depth == 0) {
        return 0;
    }
    int n = args.size() > 1 ? std::atoi(args[1].c_str()) : 1;
    if (n < 1) {
        sh.error("%s: bad number: %s", args[0].c_str(), args[1].c_str());
        return 1;
    }
    n = n > sh.loop_depth ? sh.loop_depth : n;
    sh.flow = how;
    sh.flow_count = n;
    return 0;
}

int builtin_break(Shell& sh, const Args& args)
{
    return leave_loop(sh, args, Flow::break_);
}

int builtin_continue(Shell& sh, const Args& args)
{
    return leave_loop(sh, args, Flow::continue_);
}

// export, readonly: NAME or NAME=value; without arguments a list.
int mark(Shell& sh, const Args& args, bool Variable::*flag)
{
    int result = 0;
    const bool list = args.size() < 2 || args[1] == "-p";
    for (const Variable& v : sh.vars.all()) {
        if (list && v.*flag) {
            sh.output(args[0] + " " + v.name + (v.set ? "=" + quote(v.value) : std::string()) +
                      "\n");
        }
    }
    for (size_t i = 1; !list && i < args.size(); ++i) {
        const size_t n = assignment_name_length(args[i]);
        const std::string name = n ? args[i].substr(0, n) : args[i];
        if (!is_name(name)) {
            sh.error("%s: %s: is not an identifier", args[0].c_str(), name.c_str());
            result = 1;
        } else if (n && !sh.vars.set(name, args[i].substr(n + 1))) {
            sh.error("%s: is read only", name.c_str());
            result = 1;
        } else {
            sh.vars.entry(name).*flag = true;
        }
    }
    return result;
}

int builtin_export(Shell& sh, const Args& args)
{
    return mark(sh, args, &Variable::exported);
}

int builtin_readonly(Shell& sh, const Args& args)
{
    return mark(sh, args, &Variable::readonly);
}

int builtin_unset(Shell& sh, const Args& args)
{
    int result = 0;
    const bool function = args.size() > 1 && args[1] == "-f";
    for (size_t i = args.size() > 1 && args[1][0] == '-' ? 2 : 1; i < args.size(); ++i) {
        if (!function && !sh.vars.unset(args[i])) {
            sh.error("%s: is read only", args[i].c_str());
            result = 1;
        }
        for (size_t f = 0; function && f < sh.functions.size(); ++f) {
            if (sh.functions[f].name == args[i]) {
                sh.functions.erase(sh.functions.begin() + static_cast<long>(f));
                break;
            }
        }
    }
    return result;
}

int builtin_shift(Shell& sh, const Args& args)
{
    const size_t n = args.size() > 1 ? std::strtoul(args[1].c_str(), nullptr, 10) : 1;
    if (n > sh.vars.positional.size()) {
        sh.error("shift: nothing to shift");
        return 1;
    }
    sh.vars.positional.erase(sh.vars.positional.begin(),
                             sh.vars.positional.begin() + static_cast<long>(n));
    return 0;
}

int builtin_eval(Shell& sh, const Args& args)
{
    std::string text;
    for (size_t i = 1; i < args.size(); ++i) {
        text += (i > 1 ? " " : "") + args[i];
    }
    sh.status = 0;
    return sh.run_text(text, "eval", sh.line);
}

int builtin_dot(Shell& sh, const Args& args)
{
    if (args.size() < 2) {
        sh.error(".: file name missing");
        return 2;
    }
    std::string path = args[1];
    struct stat st;
    if (path.find('/') == std::string::npos && stat(path.c_str(), &st) != 0) {
        const std::string* dirs = sh.vars.get("PATH");
        const std::string list = dirs ? *dirs : "";
        for (size_t begin = 0; begin <= list.size();) {
            size_t end = list.find(':', begin);
            end = end == std::string::npos ? list.size() : end;
            const std::string candidate = list.substr(begin, end - begin) + "/" + args[1];
            if (stat(candidate.c_str(), &st) == 0) {
                path = candidate;
                break;
            }
            begin = end + 1;
        }
    }
    std::vector<std::string> saved = sh.vars.positional;
    const bool replace = args.size() > 2;
    if (replace) {
        sh.vars.positional.assign(args.begin() + 2, args.end());
    }
    const int line = sh.line;
    ++sh.call_depth;
    sh.status = 0;
    const int result = sh.run_file(path);
    --sh.call_depth;
    sh.line = line;
    if (replace) {
        sh.vars.positional = saved;
    }
    if (sh.flow == Flow::return_) {
        sh.flow = Flow::normal;
    }
    return result;
}

// exec PROGRAM: this process becomes it. exec with redirections only: the caller has applied them.
int builtin_exec(Shell& sh, const Args& args)
{
    if (args.size() < 2) {
        return 0;
    }
    const std::string path = sh.find_program(args[1]);
    if (path.empty()) {
        sh.error("exec: %s: not found", args[1].c_str());
        sh.flow = sh.options.interactive ? Flow::normal : Flow::exit;
        return 127;
    }
    const std::vector<std::string> env = sh.vars.environment({});
    std::vector<char*> argv, envp;
    for (size_t i = 1; i < args.size(); ++i) {
        argv.push_back(const_cast<char*>(args[i].c_str()));
    }
    for (const std::string& e : env) {
        envp.push_back(const_cast<char*>(e.c_str()));
    }
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    for (const int signo : {SIGINT, SIGQUIT, SIGTERM}) {
        signal(signo, SIG_DFL);
    }
    execve(path.c_str(), argv.data(), envp.data());
    sh.error("exec: %s: %s", args[1].c_str(), std::strerror(errno));
    sh.flow = Flow::exit;
    return 126;
}

int builtin_umask(Shell& sh, const Args& args)
{
    if (args.size() > 1) {
        char* end = nullptr;
        const long mask = std::strtol(args[1].c_str(), &end, 8);
        if (*end || mask < 0 || mask > 0777) {
            sh.error("umask: bad mask: %s", args[1].c_str());
            return 1;
        }
        umask(static_cast<mode_t>(mask));
        return 0;
    }
    const mode_t mask = umask(0);
    umask(mask);
    char text[16];
    std::snprintf(text, sizeof text, "%04o\n", static_cast<unsigned>(mask));
    sh.output(text);
    return 0;
}

// type, whence, command -v: what a name would run.
int describe(Shell& sh, const Args& args, size_t first, bool verbose)
{
    int result = 0;
    for (size_t i = first; i < args.size(); ++i) {
        const std::string& name = args[i];
        const std::string path = sh.find_program(name);
        if (sh.find_function(name)) {
            sh.output(name + (verbose ? " is a function\n" : "\n"));
        } else if (find_builtin(name)) {
            sh.output(name + (verbose ? " is a shell builtin\n" : "\n"));
        } else if (!path.empty()) {
            sh.output(verbose ? name + " is " + path + "\n" : path + "\n");
        } else {
            if (verbose) {
                sh.error("%s: not found", name.c_str());
            }
            result = 1;
        }
    }
    return result;
}

int builtin_type(Shell& sh, const Args& args)
{
    return describe(sh, args, 1, args[0] == "type");
}

int builtin_command(Shell& sh, const Args& args)
{
    if (args.size() > 1 && (args[1] == "-v" || args[1] == "-V")) {
        return describe(sh, args, 2, args[1] == "-V");
    }
    std::string text;
    for (size_t i = 1; i < args.size(); ++i) {
        text += quote(args[i]) + " ";
    }
    // Functions are passed over: hide the one of this name while it runs.
    std::vector<Function> saved;
    saved.swap(sh.functions);
    const int result = text.empty() ? 0 : sh.run_text(text, "command", sh.line);
    saved.swap(sh.functions);
    return result;
}

struct Entry {
    const char* name;
    Builtin function;
    bool special;
};

constexpr Entry table[] = {
    {":", builtin_true, true},           {".", builtin_dot, true},
    {"[", builtin_test, false},          {"alias", builtin_alias, false},
    {"break", builtin_break, true},      {"cd", builtin_cd, false},
    {"command", builtin_command, false}, {"continue", builtin_continue, true},
    {"echo", builtin_echo, false},       {"eval", builtin_eval, true},
    {"exec", builtin_exec, true},        {"exit", builtin_exit, true},
    {"export", builtin_export, true},    {"false", builtin_false, false},
    {"fg", builtin_fg, false},           {"getopts", builtin_getopts, false},
    {"jobs", builtin_jobs, false},       {"kill", builtin_kill, false},
    {"integer", builtin_typeset, true},  {"let", builtin_let, false},
    {"local", builtin_local, true},      {"print", builtin_print, false},
    {"printf", builtin_printf, false},   {"pwd", builtin_pwd, false},
    {"read", builtin_read, false},       {"readonly", builtin_readonly, true},
    {"return", builtin_return, true},    {"set", builtin_set, true},
    {"shift", builtin_shift, true},      {"test", builtin_test, false},
    {"times", builtin_times, true},      {"trap", builtin_trap, true},
    {"true", builtin_true, false},       {"type", builtin_type, false},
    {"typeset", builtin_typeset, true},  {"ulimit", builtin_ulimit, false},
    {"umask", builtin_umask, false},     {"unalias", builtin_unalias, false},
    {"unset", builtin_unset, true},      {"wait", builtin_wait, false},
    {"whence", builtin_type, false},
};

const Entry* find_entry(const std::string& name)
{
    for (const Entry& e : table) {
        if (name == e.name) {
            return &e;
        }
    }
    return nullptr;
}

} // namespace

Builtin find_builtin(const std::string& name)
{
    const Entry* e = find_entry(name);
    return e ? e->function : nullptr;
}

bool is_special_builtin(const std::string& name)
{
    const Entry* e = find_entry(name);
    return e && e->special;
}

const char* const* builtin_names(size_t& count)
{
    static const char* names[sizeof table / sizeof table[0]];
    count = 0;
    for (const Entry& e : table) {
        names[count++] = e.name;
    }
    return names;
}

} // namespace sh
