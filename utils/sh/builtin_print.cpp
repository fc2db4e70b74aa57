// SPDX-License-Identifier: Apache-2.0
// echo and print.
#include <fcntl.h>

#include "shell.hpp"

namespace sh {

namespace {

std::string join(const std::vector<std::string>& args, size_t first)
{
    std::string text;
    for (size_t i = first; i < args.size(); ++i) {
        text += (i > first ? " " : "") + args[i];
    }
    return text;
}

// With its escapes made characters; \c ends it, and everything after.
std::string interpret(const std::string& text, bool& newline)
{
    for (size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != '\\') {
            continue;
        }
        if (text[i + 1] == 'c') {
            newline = false;
            return unescape(text.substr(0, i));
        }
        ++i;
    }
    return unescape(text);
}

} // namespace

// echo [-neE] [argument...]: a word that is not made of these letters alone is text already.
int builtin_echo(Shell& sh, const std::vector<std::string>& args)
{
    bool newline = true, escapes = false;
    size_t i = 1;
    for (; i < args.size() && args[i].size() > 1 && args[i][0] == '-' &&
           args[i].find_first_not_of("neE", 1) == std::string::npos;
         ++i) {
        for (const char c : args[i].substr(1)) {
            newline = newline && c != 'n';
            escapes = c == 'e' || (escapes && c != 'E');
        }
    }
    std::string text = join(args, i);
    if (escapes) {
        text = interpret(text, newline);
    }
    sh.output(newline ? text + "\n" : text);
    return 0;
}

// print [-nrR] [-u[fd]] [--] [argument...], as ksh's: escapes are characters unless -r or -R.
int builtin_print(Shell& sh, const std::vector<std::string>& args)
{
    bool newline = true, raw = false;
    int fd = 1;
    size_t i = 1;
    for (; i < args.size() && args[i].size() > 1 && args[i][0] == '-'; ++i) {
        if (args[i] == "--") {
            ++i;
            break;
        }
        for (size_t k = 1; k < args[i].size(); ++k) {
            const char c = args[i][k];
            if (c == 'u') {
                const bool given = k + 1 < args[i].size();
                fd = given ? args[i][++k] - '0' : 1;
            } else if (c == 'n' || c == 'r' || c == 'R' || c == 'e') {
                newline = newline && c != 'n';
                raw = c == 'r' || c == 'R' || (raw && c != 'e');
            } else {
                sh.error("print: -%c: unknown option", c);
                return 2;
            }
        }
    }
    if (fd < 0 || fd > 9 || fcntl(fd, F_GETFD) == -1) {
        sh.error("print: -u: bad file descriptor");
        return 1;
    }
    std::string text = join(args, i);
    if (!raw) {
        text = interpret(text, newline);
    }
    text += newline ? "\n" : "";
    if (fd == 1) {
        sh.output(text);
    } else {
        write_all(fd, text);
    }
    return 0;
}

} // namespace sh
