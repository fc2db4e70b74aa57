// SPDX-License-Identifier: Apache-2.0
// Pipelines, background commands and command substitution.
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "parser.hpp"
#include "shell.hpp"

namespace sh {

namespace {

std::string job_text(const Node& node)
{
    std::string text = unparse(node);
    for (char& c : text) {
        c = c == '\n' ? ' ' : c;
    }
    while (!text.empty() && text.back() == ' ') {
        text.pop_back();
    }
    return text;
}

bool has_expansion(const std::string& raw)
{
    return raw.find_first_of("$`'\"\\*?[~") != std::string::npos;
}

// Both ends out of the way of descriptors 0-9.
bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        return false;
    }
    for (int i = 0; i < 2; ++i) {
        const int up = fcntl(ends[i], F_DUPFD_CLOEXEC, 10);
        if (up >= 0) {
            close(ends[i]);
            ends[i] = up;
        }
    }
    return true;
}

bool runs_inside(const Shell& sh, const Node& node)
{
    if (node.kind != NodeKind::simple) {
        return node.kind != NodeKind::subshell;
    }
    return !node.words.empty() && !has_expansion(node.words[0]) &&
           (find_builtin(node.words[0]) || sh.find_function(node.words[0]));
}

} // namespace

// Starts one element of a pipeline as a process of its own. On failure -1 and its status.
pid_t Shell::start_element(const Node& node, FdMap& fds, pid_t group, int& st)
{
    st = 1;
    if (node.kind != NodeKind::simple || node.words.empty() || runs_inside(*this, node)) {
        return launch_subshell(unparse(node), fds, group, st);
    }
    std::vector<std::string> args, assigns;
    if (!expand_words(node.words, args) || !redirect(node.redirects, fds)) {
        return -1;
    }
    for (const std::string& raw : node.assigns) {
        const size_t n = assignment_name_length(raw);
        std::string value;
        if (!expand_text(raw.substr(n + 1), value)) {
            return -1;
        }
        assigns.push_back(raw.substr(0, n + 1) + value);
    }
    if (args.empty() || find_builtin(args[0]) || find_function(args[0])) {
        std::string text;
        for (const std::string& a : assigns) {
            text += a.substr(0, a.find('=') + 1) + quote(a.substr(a.find('=') + 1)) + " ";
        }
        for (const std::string& a : args) {
            text += quote(a) + " ";
        }
        return launch_subshell(text, fds, group, st);
    }
    return launch(args, vars.environment(assigns), fds, group, st);
}

// The last element runs in this shell when it is a builtin or compound command, as in ksh: `... | read x` sets x.
int Shell::execute_pipeline(const Node& node, bool background)
{
    const size_t n = node.children.size();
    if (n == 1 && !background) {
        execute(*node.children[0]);
        return status = node.negate ? !status : status;
    }
    const bool inside = !background && runs_inside(*this, *node.children[n - 1]);
    const bool own_group = job_control && !inside;
    std::vector<Process> processes;
    pid_t group = 0;
    int input = background ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    int last_status = 0;
    bool started_last = false;
    for (size_t i = 0; i < n - (inside ? 1 : 0); ++i) {
        FdMap fds = inherited();
        int ends[2] = {-1, -1};
        if (i + 1 < n && !make_pipe(ends)) {
            error("pipe: %s", std::strerror(errno));
            last_status = 1;
            break;
        }
        if (input >= 0) {
            fds.fd[0] = input;
            fds.owned.push_back(input);
        }
        if (ends[1] >= 0) {
            fds.fd[1] = ends[1];
            fds.owned.push_back(ends[1]);
        }
        const pid_t pid =
            start_element(*node.children[i], fds, own_group ? group : -1, last_status);
        close_owned(fds);
        input = ends[0];
        started_last = i + 1 == n && pid >= 0;
        if (pid >= 0) {
            processes.push_back({pid, 0, false});
            group = group ? group : pid;
        }
    }
    if (inside && input >= 0) {
        FdMap fds = inherited();
        std::vector<std::pair<int, int>> saved;
        fds.fd[0] = input;
        fds.owned.push_back(input);
        input = -1;
        apply(fds, saved, false);
        execute(*node.children[n - 1]);
        undo(saved);
        last_status = status;
    }
    if (input >= 0) {
        close(input);
    }
    if (!processes.empty()) {
        Job& job = add_job(processes, own_group ? group : 0, job_text(node), background);
        if (background) {
            return status = 0;
        }
        wait_job(job);
        last_status = started_last ? status : last_status;
    }
    status = node.negate ? !last_status : last_status;
    return status;
}

int Shell::execute_background(const Node& node)
{
    const Node& command = *node.children[0];
    Node wrapper(NodeKind::pipeline, node.line);
    if (command.kind == NodeKind::pipeline && !command.negate) {
        return execute_pipeline(command, true);
    }
    wrapper.children.push_back(node.children[0]);
    return execute_pipeline(wrapper, true);
}

// A lone builtin that only prints runs in this process.
bool Shell::capture_builtin(const Node& node, std::string& output)
{
    static constexpr const char* quiet[] = {"echo", "printf", "pwd",  "test",   "[",
                                            "true", "false",  "type", "whence", "command"};
    if (node.kind != NodeKind::simple || node.words.empty() || !node.redirects.empty() ||
        !node.assigns.empty() || find_function(node.words[0])) {
        return false;
    }
    for (const char* name : quiet) {
        if (node.words[0] == name &&
            (node.words[0] != "command" || (node.words.size() > 1 && node.words[1] == "-v"))) {
            std::string* const outer = sink;
            sink = &output;
            execute_simple(node);
            sink = outer;
            return true;
        }
    }
    return false;
}

bool Shell::capture(const std::string& text, std::string& output)
{
    Parser parser(text, line);
    const NodePtr node = parser.next_command();
    const bool single = node && parser.at_end() && !parser.failed() && !parser.incomplete();
    if (!node && parser.at_end() && !parser.failed() && !parser.incomplete()) {
        status = 0;
        return true;
    }
    if (single && capture_builtin(*node, output)) {
        while (!output.empty() && output.back() == '\n') {
            output.pop_back();
        }
        return flow == Flow::normal;
    }
    int ends[2];
    if (!make_pipe(ends)) {
        error("pipe: %s", std::strerror(errno));
        return false;
    }
    FdMap fds = inherited();
    fds.fd[1] = ends[1];
    fds.owned.push_back(ends[1]);
    int st = 1;
    const pid_t pid = single && node->kind == NodeKind::simple ? start_element(*node, fds, -1, st)
                                                               : launch_subshell(text, fds, -1, st);
    close_owned(fds);
    char buffer[4096];
    for (;;) {
        const ssize_t n = read(ends[0], buffer, sizeof buffer);
        if (n > 0) {
            output.append(buffer, static_cast<size_t>(n));
        } else if (n == 0 || errno != EINTR || interrupted) {
            break;
        }
    }
    close(ends[0]);
    status = pid < 0 ? st : wait_job(add_job({{pid, 0, false}}, 0, "$(...)", false));
    while (!output.empty() && output.back() == '\n') {
        output.pop_back();
    }
    return true;
}

} // namespace sh
