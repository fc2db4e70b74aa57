// SPDX-License-Identifier: Apache-2.0
// Tokens of a buildfile line. Quotes may cover a part of a word; a backslash makes the next character literal.
#include "tokenizer.hpp"

#include "diagnostics.hpp"

namespace buildfile {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

} // namespace

void Tokenizer::skip_blanks()
{
    while (!at_end() && is_blank(line_[at_])) {
        ++at_;
    }
}

std::optional<std::string> Tokenizer::attribute_group()
{
    skip_blanks();
    if (at_end() || line_[at_] != '[') {
        return std::nullopt;
    }
    bool quoted = false;
    for (size_t i = at_ + 1; i < line_.size(); ++i) {
        if (line_[i] == '\\' && quoted) {
            ++i;
        } else if (line_[i] == '"') {
            quoted = !quoted;
        } else if (line_[i] == ']' && !quoted) {
            std::string inside(line_.substr(at_ + 1, i - at_ - 1));
            at_ = i + 1;
            return inside;
        }
    }
    if (quoted) {
        throw LineError("a quote in the attributes is not closed", "close it before the ]");
    }
    throw LineError("'[' without ']'", "close the attributes with ] on the same line");
}

void Tokenizer::read_quoted(std::string& out)
{
    ++at_; // the opening quote
    while (!at_end() && line_[at_] != '"') {
        if (line_[at_] == '\\' && at_ + 1 < line_.size()) {
            ++at_;
        }
        out += line_[at_++];
    }
    if (at_end()) {
        throw LineError("a quote is not closed",
                        "close it on the same line, or write \\\" for a plain quote");
    }
    ++at_;
}

Word Tokenizer::read_word(bool stop_at_equals)
{
    Word word;
    bool plain_name = true; // so far only characters that no quote or escape produced
    while (!at_end() && !is_blank(line_[at_])) {
        char c = line_[at_];
        if (c == '"') {
            word.quoted = true;
            plain_name = false;
            read_quoted(word.text);
            continue;
        }
        if (c == '=' && stop_at_equals) {
            break;
        }
        if (c == '=' && plain_name && !word.text.empty()) {
            word.glued_equals = true;
        }
        if (c == '\\' && at_ + 1 < line_.size()) {
            plain_name = false;
            c = line_[++at_];
        }
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
    if (line_[at_] == '=') {
        ++at_;
        return Token{TokenKind::equals, {}};
    }
    bool alone = at_ + 1 >= line_.size() || is_blank(line_[at_ + 1]) || line_[at_ + 1] == '#';
    if (line_[at_] == '{' && alone) {
        ++at_;
        return Token{TokenKind::open_brace, {}};
    }
    return Token{TokenKind::word, read_word(true)};
}

std::optional<Word> Tokenizer::command_word()
{
    skip_blanks();
    if (at_end() || at_comment()) {
        return std::nullopt;
    }
    return read_word(false);
}

std::vector<RawAttribute> split_attributes(std::string_view group)
{
    std::vector<RawAttribute> list;
    Tokenizer words(group);
    while (auto word = words.command_word()) {
        RawAttribute attribute;
        std::string text = word->text;
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
        list.push_back(std::move(attribute));
    }
    return list;
}

} // namespace buildfile
