// SPDX-License-Identifier: Apache-2.0
// Parameter expansion: $name, the special parameters, and the ${...} forms.
#include <cctype>
#include <cstdlib>

#include "expander.hpp"

namespace sh {

namespace {

std::string flags_text(const Options& o)
{
    std::string s;
    s += o.exit_on_error ? "e" : "";
    s += o.no_glob ? "f" : "";
    s += o.interactive ? "i" : "";
    s += o.no_unset ? "u" : "";
    s += o.trace ? "x" : "";
    return s;
}

// ${v#p} ${v##p} ${v%p} ${v%%p}
std::string strip(const std::string& value, const std::string& op, const std::string& pattern)
{
    const size_t n = value.size();
    const bool longest = op.size() == 2;
    for (size_t step = 0; step <= n; ++step) {
        const size_t cut = longest ? n - step : step; // characters taken off
        if (op[0] == '#') {
            if (match(pattern.c_str(), value.substr(0, cut).c_str())) {
                return value.substr(cut);
            }
        } else if (match(pattern.c_str(), value.substr(n - cut).c_str())) {
            return value.substr(0, n - cut);
        }
    }
    return value;
}

} // namespace

bool Expander::value_of(const std::string& name, std::string& value) const
{
    const std::vector<std::string>& args = sh_.vars.positional;
    if (std::isdigit(static_cast<unsigned char>(name[0]))) {
        const size_t n = std::strtoul(name.c_str(), nullptr, 10);
        if (n > args.size()) {
            return false;
        }
        value = n ? args[n - 1] : sh_.vars.zero;
        return true;
    }
    switch (name[0]) {
    case '?':
        value = std::to_string(sh_.status);
        return true;
    case '#':
        value = std::to_string(args.size());
        return true;
    case '$':
        value = std::to_string(sh_.shell_pid);
        return true;
    case '-':
        value = flags_text(sh_.options);
        return true;
    case '!':
        value = sh_.last_background ? std::to_string(sh_.last_background) : "";
        return sh_.last_background != 0;
    case '@':
    case '*':
        value.clear();
        for (size_t i = 0; i < args.size(); ++i) {
            value += (i ? " " : "") + args[i];
        }
        return !args.empty();
    default:
        break;
    }
    if (name == "LINENO") {
        value = std::to_string(sh_.line);
        return true;
    }
    const std::string* v = sh_.vars.get(name);
    if (v) {
        value = *v;
    }
    return v != nullptr;
}

void Expander::all_positional(char which, bool in_quotes)
{
    const std::vector<std::string>& args = sh_.vars.positional;
    if (which == '*' && in_quotes) {
        const std::string ifs = separator();
        for (size_t i = 0; i < args.size(); ++i) {
            if (i && !ifs.empty()) {
                add(ifs[0], quoted);
            }
            add(args[i], quoted);
        }
        return;
    }
    vanishing_ = args.empty();
    for (size_t i = 0; i < args.size(); ++i) {
        if (i) {
            next_field();
        }
        add(args[i], in_quotes ? quoted : split);
        fields_.back().had_quotes = in_quotes;
    }
}

void Expander::parameter(const std::string& name, bool in_quotes)
{
    if (name == "@" || name == "*") {
        all_positional(name[0], in_quotes);
        return;
    }
    std::string value;
    if (!value_of(name, value) && sh_.options.no_unset) {
        sh_.error("%s: parameter not set", name.c_str());
        fail();
        return;
    }
    add(value, in_quotes ? quoted : split);
}

size_t Expander::braces(const std::string& raw, size_t at, bool in_quotes)
{
    const size_t end = skip_construct(raw, at);
    const std::string inside = raw.substr(at + 1, end - at - 2);
    size_t n = 0;
    const bool length = inside.size() > 1 && inside[0] == '#' &&
                        std::string("-=?+:%#}").find(inside[1]) == std::string::npos;
    if (length) {
        std::string value;
        const std::string name = inside.substr(1);
        if (name == "@" || name == "*") {
            value.assign(sh_.vars.positional.size(), 'x');
        } else {
            value_of(name, value);
        }
        add(std::to_string(value.size()), in_quotes ? quoted : split);
        return end;
    }
    if (!inside.empty() && std::string("@*#?$!-").find(inside[0]) != std::string::npos) {
        n = 1;
    } else {
        while (n < inside.size() &&
               (std::isalnum(static_cast<unsigned char>(inside[n])) || inside[n] == '_')) {
            ++n;
        }
    }
    const std::string name = inside.substr(0, n);
    if (name.empty() || end > raw.size()) {
        sh_.error("${%s}: bad substitution", inside.c_str());
        fail();
        return end;
    }
    if (n == inside.size()) {
        parameter(name, in_quotes);
        return end;
    }
    size_t op_length = 1;
    if (inside[n] == ':' || (n + 1 < inside.size() && (inside[n] == '#' || inside[n] == '%') &&
                             inside[n + 1] == inside[n])) {
        op_length = 2;
    }
    const std::string op = inside.substr(n, op_length);
    const std::string word = n + op_length <= inside.size() ? inside.substr(n + op_length) : "";
    if (!operate(name, op, word, in_quotes)) {
        fail();
    }
    return end;
}

bool Expander::operate(const std::string& name, const std::string& op, const std::string& word,
                       bool in_quotes)
{
    std::string value;
    const bool is_set = value_of(name, value);
    const char kind = op.back();
    if (kind == '#' || kind == '%') {
        std::string pattern;
        if (!sh_.expand_pattern(word, pattern)) {
            return false;
        }
        add(strip(value, op, pattern), in_quotes ? quoted : split);
        return true;
    }
    const bool present = is_set && !(op.size() == 2 && value.empty());
    if (std::string("-=?+").find(kind) == std::string::npos) {
        sh_.error("${%s%s%s}: bad substitution", name.c_str(), op.c_str(), word.c_str());
        return false;
    }
    if (present != (kind == '+')) {
        if (present) {
            parameter(name, in_quotes);
        }
        return true;
    }
    if (kind == '-' || kind == '+') {
        return scan(word, 0, word.size(), in_quotes, false);
    }
    std::string text;
    if (!sh_.expand_text(word, text)) {
        return false;
    }
    if (kind == '?') {
        sh_.error("%s: %s", name.c_str(),
                  text.empty() ? "parameter null or not set" : text.c_str());
        if (!sh_.options.interactive) {
            sh_.flow = Flow::exit;
        }
        return false;
    }
    if (!is_name(name) || !sh_.vars.set(name, text)) {
        sh_.error("%s: cannot assign", name.c_str());
        return false;
    }
    add(text, in_quotes ? quoted : split);
    return true;
}

bool Shell::expand_words(const std::vector<std::string>& raw, std::vector<std::string>& fields)
{
    for (const std::string& word : raw) {
        Expander expander(*this);
        if (!expander.word(word)) {
            return false;
        }
        expander.fields(fields);
    }
    return true;
}

bool Shell::expand_text(const std::string& raw, std::string& text)
{
    Expander expander(*this);
    if (!expander.word(raw)) {
        return false;
    }
    text = expander.joined();
    return true;
}

bool Shell::expand_pattern(const std::string& raw, std::string& pattern)
{
    Expander expander(*this);
    if (!expander.word(raw)) {
        return false;
    }
    pattern = expander.pattern();
    return true;
}

bool Shell::expand_heredoc(const std::string& body, std::string& text)
{
    Expander expander(*this);
    if (!expander.word(body, true)) {
        return false;
    }
    text = expander.joined();
    return true;
}

} // namespace sh
