// SPDX-License-Identifier: Apache-2.0
// Runs syntax trees: lists, conditions, loops.
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "parser.hpp"
#include "shell.hpp"

namespace sh {

void Shell::output(const std::string& text)
{
    if (sink) {
        *sink += text;
    } else {
        write_all(1, text);
    }
}

void Shell::error(const char* format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    std::vsnprintf(what, sizeof what, format, args);
    va_end(args);
    std::string text = vars.zero + ": ";
    if (!options.interactive && line > 0) {
        text += "line " + std::to_string(line) + ": ";
    }
    write_all(2, text + what + "\n");
}

// Runs every command of the text; returns the last status. Syntax errors give status 2.
int Shell::run_text(const std::string& text, const char* origin, int first_line)
{
    Parser parser(text, first_line);
    for (;;) {
        const NodePtr node = parser.next_command();
        if (parser.failed() || parser.incomplete()) {
            char where[32];
            std::snprintf(where, sizeof where, "%d",
                          parser.failed() ? parser.error_line() : first_line);
            write_all(
                2, std::string(origin) + ": line " + where + ": syntax error: " +
                       (parser.failed() ? parser.error() : "unterminated quote or here-document") +
                       "\n");
            status = 2;
            if (!options.interactive && call_depth == 0) {
                flow = Flow::exit;
            }
            return status;
        }
        if (!node) {
            if (parser.at_end()) {
                return status;
            }
            continue;
        }
        execute(*node);
        run_traps();
        if (flow != Flow::normal) {
            return status;
        }
    }
}

int Shell::run_file(const std::string& path)
{
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error("%s: %s", path.c_str(), std::strerror(errno));
        return status = 127;
    }
    std::string text;
    char buffer[4096];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        text.append(buffer, static_cast<size_t>(n));
    }
    const int failed = errno;
    close(fd);
    if (n < 0) {
        error("%s: %s", path.c_str(), std::strerror(failed));
        return status = 126;
    }
    return run_text(text, path.c_str());
}

int Shell::condition(const Node& node)
{
    ++condition_depth;
    execute(node);
    --condition_depth;
    return status;
}

// Ctrl-C, when it is not trapped, ends what runs.
void Shell::take_interrupt()
{
    interrupted = 0;
    if (!trap_set[SIGINT]) {
        status = 128 + SIGINT;
        flow = Flow::abort_;
        write_all(2, options.interactive ? "\n" : "");
    }
}

void Shell::define(const Node& node)
{
    status = 0;
    for (Function& f : functions) {
        if (f.name == node.name) {
            f.body = node.children[0];
            return;
        }
    }
    functions.push_back({node.name, node.children[0]});
}

void Shell::execute_subshell(const Node& node)
{
    FdMap fds = inherited();
    int st = 1;
    pid_t pid = -1;
    if (redirect(node.redirects, fds)) {
        pid = launch_subshell(unparse(*node.children[0]), fds, job_control ? 0 : -1, st);
    }
    close_owned(fds);
    status = pid < 0
                 ? st
                 : wait_job(add_job({{pid, 0, false}}, job_control ? pid : 0, "( ... )", false));
}

int Shell::execute(const Node& node)
{
    if (interrupted) {
        take_interrupt();
    }
    if (flow != Flow::normal) {
        return status;
    }
    if (call_depth == 0 || node.kind == NodeKind::simple) {
        line = node.line;
    }
    bool checks_error = false; // does set -e look at this node's status?
    switch (node.kind) {
    case NodeKind::simple:
        execute_simple(node);
        checks_error = true;
        break;
    case NodeKind::pipeline:
        condition_depth += node.negate;
        execute_pipeline(node, false);
        condition_depth -= node.negate;
        checks_error = !node.negate;
        break;
    case NodeKind::and_list:
    case NodeKind::or_list:
        condition(*node.children[0]);
        if (flow == Flow::normal && (status == 0) == (node.kind == NodeKind::and_list)) {
            execute(*node.children[1]);
        }
        break;
    case NodeKind::sequence:
        for (const NodePtr& child : node.children) {
            execute(*child);
            if (flow != Flow::normal) {
                break;
            }
        }
        break;
    case NodeKind::background:
        execute_background(node);
        break;
    case NodeKind::function:
        define(node);
        break;
    case NodeKind::time:
        execute_time(node);
        break;
    case NodeKind::subshell:
        execute_subshell(node);
        checks_error = true;
        break;
    default:
        with_redirects(node, &Shell::execute_compound);
        checks_error = node.kind == NodeKind::test;
        break;
    }
    if (checks_error && status != 0 && options.exit_on_error && condition_depth == 0 &&
        flow == Flow::normal) {
        flow = Flow::exit;
    }
    return status;
}

int Shell::execute_compound(const Node& node)
{
    switch (node.kind) {
    case NodeKind::if_: {
        size_t i = 0;
        for (; i + 1 < node.children.size(); i += 2) {
            condition(*node.children[i]);
            if (flow != Flow::normal) {
                return status;
            }
            if (status == 0) {
                return execute(*node.children[i + 1]);
            }
        }
        status = 0;
        return i < node.children.size() ? execute(*node.children[i]) : status;
    }
    case NodeKind::while_:
    case NodeKind::until_:
        return execute_loop(node);
    case NodeKind::for_:
        return execute_for(node);
    case NodeKind::select:
        return execute_select(node);
    case NodeKind::case_:
        return execute_case(node);
    case NodeKind::test:
        return execute_test(node);
    default:
        return execute(*node.children[0]);
    }
}

// After a loop's body: false = leave the loop.
bool Shell::loop_goes_on()
{
    run_traps();
    if (flow == Flow::break_ || flow == Flow::continue_) {
        if (--flow_count > 0) {
            return false; // for an outer loop
        }
        const bool on = flow == Flow::continue_;
        flow = Flow::normal;
        return on;
    }
    return flow == Flow::normal;
}

int Shell::execute_loop(const Node& node)
{
    int last = 0;
    ++loop_depth;
    for (;;) {
        condition(*node.children[0]);
        if (flow != Flow::normal) {
            if (!loop_goes_on()) {
                break;
            }
            continue;
        }
        if ((status == 0) != (node.kind == NodeKind::while_)) {
            status = last;
            break;
        }
        last = execute(*node.children[1]);
        if (!loop_goes_on()) {
            break;
        }
    }
    --loop_depth;
    return status;
}

bool Shell::loop_words(const Node& node, std::vector<std::string>& items)
{
    if (!node.has_in) {
        items = vars.positional;
    } else if (!expand_words(node.words, items)) {
        flow = flow == Flow::normal ? Flow::abort_ : flow;
        status = 1;
        return false;
    }
    status = 0;
    return true;
}

bool Shell::loop_round(const Node& node, const std::string& value)
{
    if (!vars.set(node.name, value)) {
        error("%s: is read only", node.name.c_str());
        status = 1;
        return false;
    }
    execute(*node.children[0]);
    return loop_goes_on();
}

int Shell::execute_for(const Node& node)
{
    std::vector<std::string> items;
    if (!loop_words(node, items)) {
        return status;
    }
    ++loop_depth;
    for (const std::string& item : items) {
        if (!loop_round(node, item)) {
            break;
        }
    }
    --loop_depth;
    return status;
}

int Shell::execute_case(const Node& node)
{
    std::string subject;
    if (!expand_text(node.words[0], subject)) {
        flow = flow == Flow::normal ? Flow::abort_ : flow;
        return status = 1;
    }
    status = 0;
    for (const CaseItem& item : node.items) {
        for (const std::string& raw : item.patterns) {
            std::string pattern;
            if (!expand_pattern(raw, pattern)) {
                return status = 1;
            }
            if (match(pattern.c_str(), subject.c_str())) {
                return item.body ? execute(*item.body) : status;
            }
        }
    }
    return status;
}

} // namespace sh
