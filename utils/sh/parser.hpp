// SPDX-License-Identifier: Apache-2.0
// Recursive-descent parser for the shell's grammar: one complete command (up to a newline) at a time.
#pragma once
#include "ast.hpp"
#include "lexer.hpp"

namespace sh {

class Parser {
public:
    explicit Parser(const std::string& source, int first_line = 1) : lexer_(source, first_line)
    {
        advance();
    }

    // The next complete command; null at the end of the text, after an empty line, or on an error.
    NodePtr next_command();
    bool at_end() const { return tok_.kind == Tok::end; }

    bool failed() const { return !error_.empty(); }
    bool continued() const { return lexer_.continued(); }
    bool incomplete() const
    {
        return incomplete_ || lexer_.incomplete();
    } // more text could make it right
    const std::string& error() const { return error_; }
    int error_line() const { return error_line_; }

private:
    void advance() { tok_ = lexer_.next(); }
    bool is_word(const char* text) const { return tok_.kind == Tok::word && tok_.text == text; }
    bool accept(Tok kind);
    bool expect_word(const char* text);
    void skip_newlines();
    void fail(const std::string& what);
    NodePtr unexpected();

    NodePtr parse_list(bool compound);
    NodePtr parse_and_or();
    NodePtr parse_pipeline();
    NodePtr parse_command();
    NodePtr parse_simple();
    NodePtr parse_function(std::string name, int line);
    NodePtr parse_compound(const char* open);
    NodePtr parse_if();
    NodePtr parse_loop(NodeKind kind);
    NodePtr parse_for(NodeKind kind);
    NodePtr parse_time();
    NodePtr parse_case();
    bool parse_case_item(Node& node);
    NodePtr parse_test();
    NodePtr parse_group();
    NodePtr parse_subshell();
    NodePtr compound_list();
    bool parse_redirect(Node& node);
    bool redirect_operator(Redirect& redir) const;
    void expect_heredoc(Redirect& redir, bool strip);
    bool is_redirect() const;
    bool ends_list() const;

    Lexer lexer_;
    Token tok_;
    bool incomplete_ = false;
    std::string error_;
    int error_line_ = 0;
};

} // namespace sh
