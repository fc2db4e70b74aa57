// SPDX-License-Identifier: Apache-2.0
// read and printf.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {

// One line from descriptor 0, a byte at a time: what follows belongs to the next command.
bool read_line(std::string& line, std::string& literal, bool raw)
{
    for (;;) {
        char c;
        const ssize_t n = read(0, &c, 1);
        if (n < 0 && errno == EINTR && !interrupted) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        if (c == '\\' && !raw) {
            if (read(0, &c, 1) != 1) {
                return false;
            }
            if (c != '\n') {
                line += c;
                literal += 'q';
            }
            continue;
        }
        if (c == '\n') {
            return true;
        }
        line += c;
        literal += ' ';
    }
}

void assign_fields(Shell& sh, const std::string& line, const std::string& literal,
                   const std::vector<std::string>& names)
{
    const std::string* value = sh.vars.get("IFS");
    const std::string ifs = value ? *value : " \t\n";
    const auto separates = [&](size_t i) {
        return literal[i] != 'q' && ifs.find(line[i]) != std::string::npos;
    };
    const auto blank = [&](size_t i) { return separates(i) && std::strchr(" \t\n", line[i]); };
    size_t at = 0;
    for (size_t k = 0; k < names.size(); ++k) {
        while (at < line.size() && blank(at)) {
            ++at;
        }
        size_t end = at;
        if (k + 1 == names.size()) {
            end = line.size();
            while (end > at && blank(end - 1)) {
                --end;
            }
            sh.vars.set(names[k], line.substr(at, end - at));
            return;
        }
        while (end < line.size() && !separates(end)) {
            ++end;
        }
        sh.vars.set(names[k], line.substr(at, end - at));
        while (end < line.size() && blank(end)) {
            ++end;
        }
        if (end < line.size() && separates(end)) {
            ++end;
        }
        at = end;
    }
}

// One conversion, e.g. %-5d, with its argument.
std::string convert(const std::string& spec, const std::string& arg, bool& bad)
{
    char buffer[512];
    const char kind = spec.back();
    const std::string head = spec.substr(0, spec.size() - 1);
    char* end = nullptr;
    if (kind == 's' || kind == 'b') {
        std::snprintf(buffer, sizeof buffer, (head + "s").c_str(),
                      (kind == 'b' ? unescape(arg) : arg).c_str());
        return buffer;
    }
    if (kind == 'c') {
        return arg.substr(0, 1);
    }
    if (std::strchr("eEfgG", kind)) {
        const double number = std::strtod(arg.c_str(), &end);
        bad = bad || *end;
        std::snprintf(buffer, sizeof buffer, spec.c_str(), number);
        return buffer;
    }
    long value = arg.size() > 1 && (arg[0] == '\'' || arg[0] == '"')
                     ? static_cast<unsigned char>(arg[1])
                     : std::strtol(arg.c_str(), &end, 0);
    bad = bad || (end && *end);
    std::snprintf(buffer, sizeof buffer, (head + "l" + kind).c_str(), value);
    return buffer;
}

} // namespace

// \n \t \\ \0nnn ... in a printf format or %b argument.
std::string unescape(const std::string& text)
{
    static constexpr char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 >= text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        const char* at = std::strchr(from, c);
        if (at) {
            out += to[at - from];
        } else if (c >= '0' && c <= '7') {
            int value = 0, digits = 0;
            while (digits < 4 && i < text.size() && text[i] >= '0' && text[i] <= '7') {
                value = value * 8 + (text[i++] - '0');
                ++digits;
            }
            --i;
            out += static_cast<char>(value);
        } else {
            out += '\\';
            out += c;
        }
    }
    return out;
}

int builtin_read(Shell& sh, const std::vector<std::string>& args)
{
    bool raw = false;
    size_t i = 1;
    for (; i < args.size() && args[i][0] == '-'; ++i) {
        raw = raw || args[i] == "-r";
    }
    std::vector<std::string> names(args.begin() + static_cast<long>(i), args.end());
    if (names.empty()) {
        names.push_back("REPLY");
    }
    for (const std::string& name : names) {
        if (!is_name(name)) {
            sh.error("read: %s: is not an identifier", name.c_str());
            return 2;
        }
    }
    std::string line, literal;
    const bool whole = read_line(line, literal, raw);
    assign_fields(sh, line, literal, names);
    return whole ? 0 : 1;
}

int builtin_printf(Shell& sh, const std::vector<std::string>& args)
{
    if (args.size() < 2) {
        sh.error("usage: printf format [argument...]");
        return 2;
    }
    const std::string format = unescape(args[1]);
    std::string out;
    bool bad = false;
    size_t next = 2;
    do {
        const size_t before = next;
        for (size_t i = 0; i < format.size(); ++i) {
            if (format[i] != '%') {
                out += format[i];
                continue;
            }
            const size_t end = format.find_first_not_of("-+ #0123456789.", i + 1);
            if (end == std::string::npos || !std::strchr("%sbcdiouxXeEfgG", format[end])) {
                sh.error("printf: bad format: %s", args[1].c_str());
                return 1;
            }
            if (format[end] == '%') {
                out += '%';
            } else {
                out += convert(format.substr(i, end - i + 1), next < args.size() ? args[next] : "",
                               bad);
                ++next;
            }
            i = end;
        }
        if (next == before) {
            break;
        }
    } while (next < args.size());
    sh.output(out);
    return bad;
}

} // namespace sh
