// SPDX-License-Identifier: Apache-2.0
// Tokens of a buildfile line. Quotes may cover a part of a word; a backslash makes the next character literal.
#include "tokenizer.hpp"

#include "diagnostics.hpp"

namespace buildfile {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

RawAttribute make_attribute(const Word& word)
{
    RawAttribute attribute;
    attribute.column = word.column;
    std::string text = word.text;
    if (!text.empty() && text[0] == '?') {
        attribute.if_unset = true;
        text.erase(0, 1);
    }
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        attribute.sign = text[0];
        text.erase(0, 1);
    }
    size_t equals = text.find('=');
    attribute.name = text.substr(0, equals);
    if (equals != std::string::npos) {
        attribute.value = text.substr(equals + 1);
    }
    return attribute;
}

} // namespace

void Tokenizer::skip_blanks()
{
    while (!at_end() && is_blank(line_[at_])) {
        ++at_;
    }
}

// A '${' without its '}' is wrong only where it is read: not in a comment.
void Tokenizer::check_reference() const
{
    if (at_ == expanded_.unclosed) {
        throw LineError("'${' without '}'", "write ${NAME}, or \\$ for a plain dollar", column());
    }
}

std::optional<std::vector<RawAttribute>> Tokenizer::attribute_group()
{
    skip_blanks();
    if (at_end() || line_[at_] != '[') {
        return std::nullopt;
    }
    const unsigned open = column();
    ++at_;
    std::vector<RawAttribute> list;
    for (skip_blanks(); !at_end(); skip_blanks()) {
        if (line_[at_] == ']') {
            ++at_;
            return list;
        }
        list.push_back(make_attribute(read_word(false, true)));
    }
    throw LineError("'[' without ']'", "close the attributes with ] on the same line", open);
}

void Tokenizer::read_quoted(std::string& out)
{
    const unsigned open = column();
    ++at_;
    while (!at_end() && line_[at_] != '"') {
        check_reference();
        if (line_[at_] == '\\' && at_ + 1 < line_.size()) {
            ++at_;
        }
        out += line_[at_++];
    }
    if (at_end()) {
        throw LineError("a quote is not closed",
                        "close it on the same line, or write \\\" for a plain quote", open);
    }
    ++at_;
}

Word Tokenizer::read_word(bool stop_at_equals, bool stop_at_bracket)
{
    Word word;
    word.column = column();
    bool plain_name = true; // so far only characters that no quote or escape produced
    while (!at_end() && !is_blank(line_[at_])) {
        check_reference();
        char c = line_[at_];
        if (c == '"') {
            word.quoted = true;
            plain_name = word.ends_plain = false;
            read_quoted(word.text);
            continue;
        }
        if ((c == '=' && stop_at_equals) || (c == ']' && stop_at_bracket)) {
            break;
        }
        if (c == '=' && plain_name && !word.text.empty()) {
            word.glued_equals = true;
        }
        bool escape = c == '\\' && at_ + 1 < line_.size() &&
                      !(stop_at_bracket && (line_[at_ + 1] == ']' || is_blank(line_[at_ + 1])));
        if (escape) {
            plain_name = false;
            c = line_[++at_];
        }
        word.ends_plain = !escape;
        word.text += c;
        ++at_;
    }
    return word;
}

std::optional<Token> Tokenizer::file_token()
{
    skip_blanks();
    if (at_end() || at_comment()) {
        return std::nullopt;
    }
    const unsigned start = column();
    if (line_[at_] == '=' || line_[at_] == '{') {
        TokenKind kind = line_[at_++] == '=' ? TokenKind::equals : TokenKind::open_brace;
        return Token{kind, {}, start};
    }
    return Token{TokenKind::word, read_word(true, false), start};
}

std::optional<Token> Tokenizer::value_token()
{
    skip_blanks();
    if (at_end() || at_comment()) {
        return std::nullopt;
    }
    const unsigned start = column();
    if (line_[at_] == '{') {
        ++at_;
        return Token{TokenKind::open_brace, {}, start};
    }
    return Token{TokenKind::word, read_word(false, false), start};
}

std::optional<Word> Tokenizer::command_word()
{
    skip_blanks();
    if (at_end() || at_comment()) {
        return std::nullopt;
    }
    return read_word(false, false);
}

} // namespace buildfile
