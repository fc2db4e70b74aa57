// SPDX-License-Identifier: Apache-2.0
// Simple commands: assignments, builtins, functions, programs.
#include "shell.hpp"

namespace sh {

const Function* Shell::find_function(const std::string& name) const
{
    for (const Function& f : functions) {
        if (f.name == name) {
            return &f;
        }
    }
    return nullptr;
}

int Shell::assign(const std::string& raw)
{
    const size_t n = assignment_name_length(raw);
    std::string value;
    const std::string name = raw.substr(0, n);
    if (!expand_text(raw.substr(n + 1), value)) {
        return 1;
    }
    if (set_variable(name, value) != 0) {
        return 1;
    }
    if (name == "OPTIND") {
        getopts_begin();
    }
    return 0;
}

int Shell::set_variable(const std::string& name, const std::string& value)
{
    const Variable* old = vars.find(name);
    long number = 0;
    const bool integer = old && old->integer;
    if (integer && !value.empty() && !arithmetic(value, number)) {
        return 1;
    }
    if (!vars.set(name, integer ? std::to_string(number) : value)) {
        error("%s: is read only", name.c_str());
        return 1;
    }
    return 0;
}

int Shell::call_function(const Function& function, const std::vector<std::string>& args)
{
    constexpr int deepest = 200;
    if (call_depth >= deepest) {
        error("%s: functions nested too deep", args[0].c_str());
        return status = 1;
    }
    const NodePtr body = function.body; // may be redefined while it runs
    std::vector<std::string> saved(args.begin() + 1, args.end());
    saved.swap(vars.positional);
    const int loops = loop_depth;
    loop_depth = 0;
    ++call_depth;
    locals.emplace_back();
    execute(*body);
    for (size_t i = locals.back().size(); i-- > 0;) {
        const Variable& v = locals.back()[i];
        if (v.set || v.exported || v.readonly) {
            vars.restore(v);
        } else {
            vars.forget(v.name);
        }
    }
    locals.pop_back();
    --call_depth;
    loop_depth = loops;
    saved.swap(vars.positional);
    if (flow == Flow::return_) {
        flow = Flow::normal;
    }
    return status;
}

namespace {

void trace(Shell& sh, const std::vector<std::string>& assigns, const std::vector<std::string>& args)
{
    std::string text = "+";
    for (const std::string& a : assigns) {
        text += " " + a;
    }
    for (const std::string& a : args) {
        const bool plain =
            !a.empty() && a.find_first_of(" \t\n'\"\\$`;&|<>()*?[#~") == std::string::npos;
        text += " " + (plain ? a : quote(a));
    }
    (void)sh;
    write_all(2, text + "\n");
}

// NAME=value words for the environment of one command.
bool expand_assigns(Shell& sh, const Node& node, std::vector<std::string>& out)
{
    for (const std::string& raw : node.assigns) {
        const size_t n = assignment_name_length(raw);
        std::string value;
        if (!sh.expand_text(raw.substr(n + 1), value)) {
            return false;
        }
        out.push_back(raw.substr(0, n + 1) + value);
    }
    return true;
}

// Runs a builtin or function with the shell's own descriptors redirected and temporary assignments.
int run_inside(Shell& sh, const Node& node, const std::vector<std::string>& args,
               const std::vector<std::string>& assigns)
{
    const bool permanent = args[0] == "exec" && args.size() == 1;
    FdMap fds = sh.inherited();
    std::vector<std::pair<int, int>> saved;
    if (!node.redirects.empty() &&
        (!sh.redirect(node.redirects, fds) || !sh.apply(fds, saved, permanent))) {
        Shell::close_owned(fds);
        sh.undo(saved);
        return sh.status = 1;
    }
    std::string* const sink = sh.sink;
    if (!node.redirects.empty()) {
        sh.sink = nullptr;
    }
    std::vector<Variable> before;
    for (const std::string& a : assigns) {
        const size_t n = a.find('=');
        before.push_back(sh.vars.entry(a.substr(0, n)));
        sh.vars.set(a.substr(0, n), a.substr(n + 1));
        sh.vars.entry(a.substr(0, n)).exported = true;
    }
    if (const Function* function =
            is_special_builtin(args[0]) ? nullptr : sh.find_function(args[0])) {
        sh.call_function(*function, args);
    } else {
        sh.status = find_builtin(args[0])(sh, args);
    }
    if (!is_special_builtin(args[0])) {
        for (size_t i = before.size(); i-- > 0;) {
            if (before[i].set || before[i].exported) {
                sh.vars.restore(before[i]);
            } else {
                sh.vars.forget(before[i].name);
            }
        }
    }
    sh.sink = sink;
    sh.undo(saved);
    return sh.status;
}

} // namespace

int Shell::execute_simple(const Node& node)
{
    for (const auto& alias : aliases) {
        if (!node.words.empty() && node.words[0] == alias.first && !is_expanding(alias.first)) {
            return run_alias(node, alias);
        }
    }
    std::vector<std::string> args;
    const int before = status;
    const auto broken = [this] {
        flow = flow == Flow::normal ? Flow::abort_ : flow;
        return status = 1;
    };
    if (!expand_words(node.words, args)) {
        return broken();
    }
    if (args.empty()) {
        if (node.words.empty() && node.redirects.empty()) {
            status = 0; // $(...) in an assignment leaves its status
        }
        for (const std::string& raw : node.assigns) {
            if (assign(raw) != 0) {
                return broken();
            }
        }
        if (options.trace && !node.assigns.empty()) {
            trace(*this, node.assigns, {});
        }
        FdMap fds = inherited();
        if (!redirect(node.redirects, fds)) {
            status = 1;
        }
        close_owned(fds);
        return status;
    }
    status = before;
    std::vector<std::string> assigns;
    if (!expand_assigns(*this, node, assigns)) {
        return broken();
    }
    if (options.trace) {
        trace(*this, assigns, args);
    }
    if (find_builtin(args[0]) || find_function(args[0])) {
        return run_inside(*this, node, args, assigns);
    }
    FdMap fds = inherited();
    int st = 1;
    pid_t pid = -1;
    if (redirect(node.redirects, fds)) {
        pid = launch(args, vars.environment(assigns), fds, job_control ? 0 : -1, st);
    }
    close_owned(fds);
    if (pid < 0) {
        return status = st;
    }
    return wait_job(add_job({{pid, 0, false}}, job_control ? pid : 0, args[0], false));
}

} // namespace sh
