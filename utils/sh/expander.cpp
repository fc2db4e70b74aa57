// SPDX-License-Identifier: Apache-2.0
// Takes a raw word apart: quotes, tilde, $-constructs; keeps for each character whether it was quoted.
#include "expander.hpp"

#include <cctype>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace sh {

size_t skip_construct(const std::string& raw, size_t at)
{
    const char open = raw[at];
    const char close = open == '(' ? ')' : open == '{' ? '}' : open;
    size_t i = at + 1;
    while (i < raw.size() && raw[i] != close) {
        const char c = raw[i];
        if (open == '\'') {
            ++i;
        } else if (c == '\\') {
            i += 2;
        } else if (open != '`' && ((c == '\'' && open != '"') || (c == '"') || c == '`')) {
            i = skip_construct(raw, i);
        } else if (c == '$' && open != '`' && i + 1 < raw.size() &&
                   (raw[i + 1] == '(' || raw[i + 1] == '{')) {
            i = skip_construct(raw, i + 1);
        } else if (c == '(' && open == '(') {
            i = skip_construct(raw, i);
        } else {
            ++i;
        }
    }
    return i < raw.size() ? i + 1 : raw.size();
}

void Expander::add(char c, char origin)
{
    fields_.back().text += c;
    fields_.back().origin += origin;
}

void Expander::add(const std::string& text, char origin)
{
    fields_.back().text += text;
    fields_.back().origin.append(text.size(), origin);
}

void Expander::next_field()
{
    fields_.emplace_back();
}

bool Expander::word(const std::string& raw, bool heredoc)
{
    const size_t start = heredoc ? 0 : tilde(raw);
    return scan(raw, start, raw.size(), heredoc, heredoc) && !failed_;
}

// ~ or ~user at the start; returns how much of the word it took.
size_t Expander::tilde(const std::string& raw)
{
    if (raw.empty() || raw[0] != '~') {
        return 0;
    }
    size_t end = 1;
    while (end < raw.size() && raw[end] != '/') {
        if (!std::isalnum(static_cast<unsigned char>(raw[end])) && raw[end] != '_' &&
            raw[end] != '-') {
            return 0;
        }
        ++end;
    }
    if (end == 1) {
        const std::string* home = sh_.vars.get("HOME");
        if (!home) {
            return 0;
        }
        add(*home, quoted);
        return end;
    }
    const passwd* pw = getpwnam(raw.substr(1, end - 1).c_str());
    if (!pw) {
        return 0;
    }
    add(pw->pw_dir, quoted);
    return end;
}

bool Expander::scan(const std::string& raw, size_t i, size_t end, bool in_quotes, bool heredoc)
{
    while (i < end && !failed_) {
        const char c = raw[i];
        if (c == '\\') {
            if (i + 1 >= end) {
                add('\\', quoted);
                return true;
            }
            const char next = raw[i + 1];
            const bool special = next == '$' || next == '`' || next == '\\' ||
                                 (next == '"' && !heredoc) || next == '\n';
            if (in_quotes && !special) {
                add('\\', quoted);
            }
            if (next != '\n') {
                add(next, quoted);
            }
            fields_.back().had_quotes = true;
            i += 2;
        } else if (c == '\'' && !in_quotes) {
            const size_t close = skip_construct(raw, i);
            add(raw.substr(i + 1, close - i - 2), quoted);
            fields_.back().had_quotes = true;
            i = close;
        } else if (c == '"' && !heredoc) {
            if (in_quotes) { // nested inside ${...} within quotes: a plain toggle
                ++i;
                continue;
            }
            const size_t close = skip_construct(raw, i);
            const size_t fields_before = fields_.size();
            const size_t length_before = fields_.back().text.size();
            vanishing_ = false;
            scan(raw, i + 1, close - 1, true, false);
            // "$@" alone with no parameters is no field at all; every other quoted text makes one, even if empty.
            const bool nothing = vanishing_ && fields_.size() == fields_before &&
                                 fields_.back().text.size() == length_before;
            if (!nothing) {
                fields_.back().had_quotes = true;
            }
            i = close;
        } else if (c == '`') {
            i = backquote(raw, i, in_quotes);
        } else if (c == '$') {
            i = dollar(raw, i, in_quotes);
        } else {
            add(c, in_quotes ? quoted : literal);
            ++i;
        }
    }
    return !failed_;
}

size_t Expander::backquote(const std::string& raw, size_t at, bool in_quotes)
{
    const size_t end = skip_construct(raw, at);
    std::string text;
    for (size_t i = at + 1; i + 1 < end; ++i) {
        if (raw[i] == '\\' && i + 2 < end &&
            (raw[i + 1] == '`' || raw[i + 1] == '\\' || raw[i + 1] == '$')) {
            ++i;
        }
        text += raw[i];
    }
    std::string output;
    if (!sh_.capture(text, output)) {
        fail();
    }
    add(output, in_quotes ? quoted : split);
    return end;
}

size_t Expander::command(const std::string& raw, size_t at, bool in_quotes)
{
    const size_t end = skip_construct(raw, at);
    const std::string inside = raw.substr(at + 1, end - at - 2);
    // $(( expression )): the construct inside is one more pair of parentheses that ends where this one does.
    if (!inside.empty() && inside[0] == '(' && skip_construct(inside, 0) == inside.size() &&
        inside.back() == ')') {
        long value = 0;
        if (!sh_.arithmetic(inside.substr(1, inside.size() - 2), value)) {
            fail();
            return end;
        }
        add(std::to_string(value), in_quotes ? quoted : split);
        return end;
    }
    std::string output;
    if (!sh_.capture(inside, output)) {
        fail();
    }
    add(output, in_quotes ? quoted : split);
    return end;
}

size_t Expander::dollar(const std::string& raw, size_t at, bool in_quotes)
{
    const char c = at + 1 < raw.size() ? raw[at + 1] : '\0';
    if (c == '(') {
        return command(raw, at + 1, in_quotes);
    }
    if (c == '{') {
        return braces(raw, at + 1, in_quotes);
    }
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') {
        size_t end = at + 2;
        while (end < raw.size() &&
               (std::isalnum(static_cast<unsigned char>(raw[end])) || raw[end] == '_')) {
            ++end;
        }
        parameter(raw.substr(at + 1, end - at - 1), in_quotes);
        return end;
    }
    if (c != '\0' && (std::isdigit(static_cast<unsigned char>(c)) ||
                      std::string("@*#?$!-").find(c) != std::string::npos)) {
        parameter(std::string(1, c), in_quotes);
        return at + 2;
    }
    add('$', in_quotes ? quoted : literal);
    return at + 1;
}

std::string Expander::joined() const
{
    std::string out;
    for (size_t i = 0; i < fields_.size(); ++i) {
        out += (i ? " " : "") + fields_[i].text;
    }
    return out;
}

std::string Expander::pattern() const
{
    std::string out;
    for (size_t f = 0; f < fields_.size(); ++f) {
        out += f ? " " : "";
        for (size_t i = 0; i < fields_[f].text.size(); ++i) {
            if (fields_[f].origin[i] == quoted) {
                out += '\\';
            }
            out += fields_[f].text[i];
        }
    }
    return out;
}

std::string Expander::separator() const
{
    const std::string* ifs = sh_.vars.get("IFS");
    return ifs ? *ifs : " \t\n";
}

// Field splitting (POSIX XCU 2.6.5) of what expansions gave, then path names, then quote removal.
void Expander::fields(std::vector<std::string>& out)
{
    const std::string ifs = separator();
    auto is_space = [&](char c) {
        return ifs.find(c) != std::string::npos && (c == ' ' || c == '\t' || c == '\n');
    };
    auto finish = [&](Field& f) {
        Expander one(sh_);
        one.fields_[0] = f;
        const std::string pattern = one.pattern();
        if (!sh_.options.no_glob && has_wildcards(pattern)) {
            const std::vector<std::string> names = glob(pattern);
            if (!names.empty()) {
                out.insert(out.end(), names.begin(), names.end());
                return;
            }
        }
        out.push_back(f.text);
    };
    for (const Field& field : fields_) {
        Field part;
        bool started = false;
        for (size_t i = 0; i < field.text.size(); ++i) {
            const char c = field.text[i];
            if (field.origin[i] != split || ifs.find(c) == std::string::npos) {
                part.text += c;
                part.origin += field.origin[i];
                started = true;
                continue;
            }
            if (started || !is_space(c)) {
                finish(part);
                part = Field();
                started = false;
            }
            // One delimiter: any white space around at most one other separator.
            bool other = !is_space(c);
            while (i + 1 < field.text.size() && field.origin[i + 1] == split &&
                   ifs.find(field.text[i + 1]) != std::string::npos) {
                if (!is_space(field.text[i + 1])) {
                    if (other) {
                        break;
                    }
                    other = true;
                }
                ++i;
            }
        }
        if (started || field.had_quotes) {
            if (started || field.text.empty()) {
                finish(part);
            }
        }
    }
}

} // namespace sh
