// SPDX-License-Identifier: Apache-2.0
// Cuts shell source into tokens. Quotes and expansions stay inside a word's raw text.
#pragma once
#include <memory>
#include <string>
#include <vector>

namespace sh {

enum class Tok {
    end,
    newline,
    word,
    io_number,
    semi,
    dsemi,
    amp,
    and_if,
    pipe,
    or_if,
    lparen,
    rparen,
    less,
    great,
    dless,
    dlessdash,
    dgreat,
    lessand,
    greatand,
    lessgreat,
    clobber,
};

struct Token {
    Tok kind = Tok::end;
    std::string text;
    int line = 1;
};

class Lexer {
public:
    explicit Lexer(const std::string& source, int first_line = 1) : src_(source), line_(first_line)
    {
    }

    Token next();
    // After a '(': takes the rest of ((expression)) when that is what stands here.
    bool arithmetic(std::string& expression);
    // A here-document whose body starts after the next newline; the pointers stay valid until then.
    void expect_heredoc(std::string delimiter, bool strip_tabs, std::string* body);

    bool incomplete() const
    {
        return incomplete_;
    } // the text ended inside a quote, expansion or here-document
    bool continued() const { return continued_; } // the text ended with \ and a newline
    int line() const { return line_; }
    size_t position() const { return pos_; }

private:
    struct Heredoc {
        std::string delimiter;
        bool strip_tabs;
        std::string* body;
    };
    bool at_end() const { return pos_ >= src_.size(); }
    char peek(size_t ahead = 0) const
    {
        return pos_ + ahead < src_.size() ? src_[pos_ + ahead] : '\0';
    }
    void skip_blanks();
    void skip_continuation();
    bool operator_token(Token& token);
    void read_word(Token& token);
    void skip_single_quotes(std::string& out);
    void skip_double_quotes(std::string& out);
    void skip_dollar(std::string& out);
    void skip_parens(std::string& out, int depth);
    void skip_braces(std::string& out);
    void skip_backquotes(std::string& out);
    void take(std::string& out);
    void read_heredocs();

    const std::string& src_;
    size_t pos_ = 0;
    int line_;
    bool incomplete_ = false;
    bool continued_ = false;
    std::vector<Heredoc> heredocs_;
};

} // namespace sh
