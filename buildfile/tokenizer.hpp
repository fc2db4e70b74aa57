// SPDX-License-Identifier: Apache-2.0
// Splits one line (variables already expanded) into an attribute group and words, with quotes and escapes resolved.
#pragma once

#include "variables.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace buildfile {

struct Word {
    std::string text;
    bool quoted = false;       // any part of it stood in quotes
    bool ends_plain = false;   // its last character stood outside quotes, without a backslash
    bool glued_equals = false; // script words: an unquoted '=' is inside, after a name: NAME=value
    unsigned column = 0;
};

enum class TokenKind { word, equals, open_brace };

struct Token {
    TokenKind kind = TokenKind::word;
    Word word;
    unsigned column = 0;
};

struct RawAttribute {
    std::string name;
    std::optional<std::string> value;
    char sign = 0; // '+', '-' or 0 for name=value
    bool if_unset = false;
    unsigned column = 0;
};

class Tokenizer {
public:
    explicit Tokenizer(const ExpandedLine& line) : expanded_(line), line_(line.text) {}

    // The attributes when the next thing is a group in brackets.
    // Throws LineError when ']' or a closing quote is missing.
    std::optional<std::vector<RawAttribute>> attribute_group();

    // What may stand before '=': words, '=' and '{'. nullopt at the end of the line or at a comment.
    std::optional<Token> file_token();
    // What stands behind '=': a host name may hold '=' itself, and a '{' opens a body.
    std::optional<Token> value_token();

    // A word of a command line (boot or script section): '=' is an ordinary character there.
    std::optional<Word> command_word();

    unsigned column() const { return expanded_.column(at_); }

private:
    void skip_blanks();
    bool at_end() const { return at_ >= line_.size(); }
    bool at_comment() const { return !at_end() && line_[at_] == '#'; }
    Word read_word(bool stop_at_equals, bool stop_at_bracket);
    void read_quoted(std::string& out);
    void check_reference() const;

    const ExpandedLine& expanded_;
    std::string_view line_;
    size_t at_ = 0;
};

} // namespace buildfile
