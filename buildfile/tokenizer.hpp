// SPDX-License-Identifier: Apache-2.0
// Splits one line (variables already expanded) into an attribute group and words, with quotes and escapes resolved.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace buildfile {

struct Word {
    std::string text;
    bool quoted = false; // any part of it stood in quotes
    bool glued_equals =
        false; // for script words: an unquoted '=' is inside, after a name: NAME=value
};

enum class TokenKind { word, equals, open_brace };

struct Token {
    TokenKind kind = TokenKind::word;
    Word word;
};

class Tokenizer {
public:
    explicit Tokenizer(std::string_view line) : line_(line) {}

    // True (and text set, brackets removed) when the next thing is an attribute group.
    // Throws std::runtime_error when ']' or a closing quote is missing.
    std::optional<std::string> attribute_group();

    // Tokens of a file specification: words, '=' and '{'. nullopt at the end of the line or at a comment.
    std::optional<Token> file_token();

    // A word of a command line (boot or script section): '=' is an ordinary character there.
    std::optional<Word> command_word();

private:
    void skip_blanks();
    bool at_end() const { return at_ >= line_.size(); }
    bool at_comment() const { return !at_end() && line_[at_] == '#'; }
    Word read_word(bool stop_at_equals);
    void read_quoted(std::string& out);

    std::string_view line_;
    size_t at_ = 0;
};

// Splits the inside of an attribute group at blanks; quotes keep a value together and are removed.
struct RawAttribute {
    std::string name;
    std::optional<std::string> value;
    char sign = 0; // '+', '-' or 0 for name=value
    bool if_unset = false;
};
std::vector<RawAttribute> split_attributes(std::string_view group);

} // namespace buildfile
