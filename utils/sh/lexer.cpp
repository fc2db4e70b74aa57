// SPDX-License-Identifier: Apache-2.0
// Cuts shell source into tokens. Quotes and expansions stay inside a word's raw text.
#include "lexer.hpp"

#include <cctype>
#include <cstring>

namespace sh {

namespace {
bool is_meta(char c)
{
    return c == '\0' || std::strchr(" \t\n;&|<>()", c) != nullptr;
}
} // namespace

void Lexer::take(std::string& out)
{
    if (at_end()) {
        incomplete_ = true;
        return;
    }
    if (src_[pos_] == '\n') {
        ++line_;
    }
    out += src_[pos_++];
}

void Lexer::skip_continuation()
{
    pos_ += 2;
    ++line_;
    continued_ = at_end();
}

void Lexer::skip_blanks()
{
    while (!at_end()) {
        if (peek() == ' ' || peek() == '\t' || peek() == '\r') {
            ++pos_;
        } else if (peek() == '\\' && peek(1) == '\n') {
            skip_continuation();
        } else if (peek() == '#') {
            while (!at_end() && peek() != '\n') {
                ++pos_;
            }
        } else {
            return;
        }
    }
}

bool Lexer::operator_token(Token& token)
{
    struct Op {
        const char* text;
        Tok kind;
    };
    static constexpr Op ops[] = {
        {"<<-", Tok::dlessdash}, {"&&", Tok::and_if},  {"||", Tok::or_if},   {";;", Tok::dsemi},
        {"<<", Tok::dless},      {">>", Tok::dgreat},  {"<&", Tok::lessand}, {">&", Tok::greatand},
        {"<>", Tok::lessgreat},  {">|", Tok::clobber}, {"<", Tok::less},     {">", Tok::great},
        {";", Tok::semi},        {"&", Tok::amp},      {"|", Tok::pipe},     {"(", Tok::lparen},
        {")", Tok::rparen},
    };
    for (const Op& op : ops) {
        const size_t n = std::strlen(op.text);
        if (src_.compare(pos_, n, op.text) == 0) {
            token.kind = op.kind;
            token.text = op.text;
            pos_ += n;
            return true;
        }
    }
    return false;
}

Token Lexer::next()
{
    skip_blanks();
    Token token;
    token.line = line_;
    if (at_end()) {
        if (!heredocs_.empty()) {
            incomplete_ = true;
        }
        return token;
    }
    if (peek() == '\n') {
        token.kind = Tok::newline;
        token.text = "newline";
        ++pos_;
        ++line_;
        read_heredocs();
        return token;
    }
    if (operator_token(token)) {
        return token;
    }
    read_word(token);
    const bool all_digits = token.text.find_first_not_of("0123456789") == std::string::npos;
    if (all_digits && (peek() == '<' || peek() == '>')) {
        token.kind = Tok::io_number;
    }
    return token;
}

void Lexer::read_word(Token& token)
{
    token.kind = Tok::word;
    while (!at_end() && !is_meta(peek())) {
        switch (peek()) {
        case '\\':
            if (peek(1) == '\n') {
                skip_continuation();
                break;
            }
            take(token.text);
            take(token.text);
            break;
        case '\'':
            skip_single_quotes(token.text);
            break;
        case '"':
            skip_double_quotes(token.text);
            break;
        case '`':
            skip_backquotes(token.text);
            break;
        case '$':
            skip_dollar(token.text);
            break;
        default:
            take(token.text);
            break;
        }
    }
}

void Lexer::skip_single_quotes(std::string& out)
{
    take(out);
    while (!at_end() && peek() != '\'') {
        take(out);
    }
    take(out);
}

void Lexer::skip_double_quotes(std::string& out)
{
    take(out);
    while (!at_end() && peek() != '"') {
        switch (peek()) {
        case '\\':
            take(out);
            take(out);
            break;
        case '`':
            skip_backquotes(out);
            break;
        case '$':
            skip_dollar(out);
            break;
        default:
            take(out);
            break;
        }
    }
    take(out);
}

void Lexer::skip_backquotes(std::string& out)
{
    take(out);
    while (!at_end() && peek() != '`') {
        if (peek() == '\\') {
            take(out);
        }
        take(out);
    }
    take(out);
}

void Lexer::skip_dollar(std::string& out)
{
    take(out);
    if (peek() == '(') {
        skip_parens(out, 0);
    } else if (peek() == '{') {
        skip_braces(out);
    }
}

// From '(' to its ')': quotes and nested parentheses are passed over.
void Lexer::skip_parens(std::string& out, int depth)
{
    do {
        if (at_end()) {
            incomplete_ = true;
            return;
        }
        switch (peek()) {
        case '(':
            ++depth;
            take(out);
            break;
        case ')':
            --depth;
            take(out);
            break;
        case '\\':
            take(out);
            take(out);
            break;
        case '\'':
            skip_single_quotes(out);
            break;
        case '"':
            skip_double_quotes(out);
            break;
        case '`':
            skip_backquotes(out);
            break;
        default:
            take(out);
            break;
        }
    } while (depth > 0);
}

bool Lexer::arithmetic(std::string& expression)
{
    if (peek() != '(') {
        return false;
    }
    const size_t begin = pos_;
    const int line = line_;
    std::string text;
    skip_parens(text, 0);
    if (incomplete_ || peek() != ')') {
        pos_ = begin; // ((command); command): a subshell in a subshell
        line_ = line;
        incomplete_ = false;
        return false;
    }
    ++pos_;
    expression = text.substr(1, text.size() - 2);
    return true;
}

void Lexer::skip_braces(std::string& out)
{
    take(out);
    while (!at_end() && peek() != '}') {
        switch (peek()) {
        case '\\':
            take(out);
            take(out);
            break;
        case '\'':
            skip_single_quotes(out);
            break;
        case '"':
            skip_double_quotes(out);
            break;
        case '`':
            skip_backquotes(out);
            break;
        case '$':
            skip_dollar(out);
            break;
        default:
            take(out);
            break;
        }
    }
    take(out);
}

void Lexer::expect_heredoc(std::string delimiter, bool strip_tabs, std::string* body)
{
    heredocs_.push_back({std::move(delimiter), strip_tabs, body});
}

void Lexer::read_heredocs()
{
    for (const Heredoc& doc : heredocs_) {
        for (;;) {
            if (at_end()) {
                incomplete_ = true;
                break;
            }
            const size_t eol = src_.find('\n', pos_);
            const bool last = eol == std::string::npos;
            std::string line = src_.substr(pos_, last ? std::string::npos : eol - pos_);
            pos_ = last ? src_.size() : eol + 1;
            line_ += last ? 0 : 1;
            if (doc.strip_tabs) {
                line.erase(0, line.find_first_not_of('\t'));
            }
            if (line == doc.delimiter) {
                break;
            }
            *doc.body += line + "\n";
        }
    }
    heredocs_.clear();
}

} // namespace sh
