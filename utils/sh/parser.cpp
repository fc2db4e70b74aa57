// SPDX-License-Identifier: Apache-2.0
// Recursive-descent parser for the shell's grammar: one complete command (up to a newline) at a time.
#include "parser.hpp"

#include <cctype>
#include <cstdlib>

namespace sh {

bool is_name(const std::string& text)
{
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) {
        return false;
    }
    for (const char c : text) {
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') {
            return false;
        }
    }
    return true;
}

size_t assignment_name_length(const std::string& text)
{
    const size_t eq = text.find('=');
    return eq != std::string::npos && is_name(text.substr(0, eq)) ? eq : 0;
}

bool Parser::accept(Tok kind)
{
    if (tok_.kind != kind) {
        return false;
    }
    advance();
    return true;
}

void Parser::fail(const std::string& what)
{
    if (error_.empty()) {
        error_ = what;
        error_line_ = tok_.line;
        incomplete_ = tok_.kind == Tok::end;
    }
}

NodePtr Parser::unexpected()
{
    fail(tok_.kind == Tok::end ? std::string("unexpected end of file")
                               : "unexpected `" + tok_.text + "'");
    return nullptr;
}

bool Parser::expect_word(const char* text)
{
    if (!is_word(text)) {
        unexpected();
        return false;
    }
    advance();
    return true;
}

void Parser::skip_newlines()
{
    while (tok_.kind == Tok::newline) {
        advance();
    }
}

NodePtr Parser::next_command()
{
    skip_newlines();
    if (at_end()) {
        return nullptr;
    }
    NodePtr node = parse_list(false);
    if (!failed() && tok_.kind != Tok::newline && tok_.kind != Tok::end) {
        unexpected();
    }
    // The newline is consumed with the next call: its here-documents belong to this command, so read past it now.
    if (!failed() && tok_.kind == Tok::newline) {
        advance();
    }
    return failed() || incomplete() ? nullptr : node;
}

bool Parser::ends_list() const
{
    switch (tok_.kind) {
    case Tok::end:
    case Tok::rparen:
    case Tok::dsemi:
        return true;
    case Tok::word:
        for (const char* w : {"then", "else", "elif", "fi", "do", "done", "esac", "}"}) {
            if (tok_.text == w) {
                return true;
            }
        }
        return false;
    default:
        return false;
    }
}

// and_or { (; | & | newline) and_or }: newlines separate only inside compound commands.
NodePtr Parser::parse_list(bool compound)
{
    auto seq = make_node(NodeKind::sequence, tok_.line);
    for (;;) {
        NodePtr item = parse_and_or();
        if (!item) {
            return nullptr;
        }
        bool separated = false;
        if (tok_.kind == Tok::amp) {
            auto bg = make_node(NodeKind::background, item->line);
            bg->children.push_back(item);
            item = bg;
            advance();
            separated = true;
        } else if (accept(Tok::semi)) {
            separated = true;
        }
        seq->children.push_back(item);
        if (compound && tok_.kind == Tok::newline) {
            skip_newlines();
            separated = true;
        }
        if (!separated || ends_list() || tok_.kind == Tok::newline) {
            break;
        }
    }
    return seq->children.size() == 1 ? seq->children[0] : seq;
}

NodePtr Parser::compound_list()
{
    skip_newlines();
    if (ends_list()) {
        return unexpected();
    }
    return parse_list(true);
}

NodePtr Parser::parse_and_or()
{
    NodePtr left = parse_pipeline();
    while (left && (tok_.kind == Tok::and_if || tok_.kind == Tok::or_if)) {
        auto node =
            make_node(tok_.kind == Tok::and_if ? NodeKind::and_list : NodeKind::or_list, tok_.line);
        advance();
        skip_newlines();
        NodePtr right = parse_pipeline();
        if (!right) {
            return nullptr;
        }
        node->children = {left, right};
        left = node;
    }
    return left;
}

NodePtr Parser::parse_pipeline()
{
    if (is_word("time")) {
        return parse_time();
    }
    auto pipe = make_node(NodeKind::pipeline, tok_.line);
    while (is_word("!")) {
        pipe->negate = !pipe->negate;
        advance();
    }
    do {
        if (!pipe->children.empty()) {
            skip_newlines();
        }
        NodePtr command = parse_command();
        if (!command) {
            return nullptr;
        }
        pipe->children.push_back(command);
    } while (accept(Tok::pipe));
    return pipe->children.size() == 1 && !pipe->negate ? pipe->children[0] : pipe;
}

NodePtr Parser::parse_command()
{
    NodePtr node;
    std::string expression;
    if (tok_.kind == Tok::lparen && lexer_.arithmetic(expression)) {
        // ((x)) is let "x", so that it needs no kind of its own
        node = make_node(NodeKind::simple, tok_.line);
        node->words = {"let", "\"" + expression + "\""};
        advance();
    } else if (tok_.kind == Tok::lparen) {
        node = parse_subshell();
    } else if (is_word("if")) {
        node = parse_if();
    } else if (is_word("while")) {
        node = parse_loop(NodeKind::while_);
    } else if (is_word("until")) {
        node = parse_loop(NodeKind::until_);
    } else if (is_word("for")) {
        node = parse_for(NodeKind::for_);
    } else if (is_word("select")) {
        node = parse_for(NodeKind::select);
    } else if (is_word("case")) {
        node = parse_case();
    } else if (is_word("{")) {
        node = parse_group();
    } else if (is_word("[[")) {
        node = parse_test();
    } else if (is_word("function")) {
        const int line = tok_.line;
        advance();
        std::string name = tok_.text;
        if (tok_.kind != Tok::word) {
            return unexpected();
        }
        advance();
        if (accept(Tok::lparen) && !accept(Tok::rparen)) {
            return unexpected();
        }
        return parse_function(std::move(name), line);
    } else {
        return parse_simple();
    }
    while (node && is_redirect()) {
        if (!parse_redirect(*node)) {
            return nullptr;
        }
    }
    return node;
}

NodePtr Parser::parse_simple()
{
    if ((tok_.kind != Tok::word && !is_redirect()) || (tok_.kind == Tok::word && ends_list())) {
        return unexpected();
    }
    auto node = make_node(NodeKind::simple, tok_.line);
    for (;;) {
        if (is_redirect()) {
            if (!parse_redirect(*node)) {
                return nullptr;
            }
        } else if (tok_.kind == Tok::word) {
            if (node->words.empty() && assignment_name_length(tok_.text) != 0) {
                node->assigns.push_back(tok_.text);
            } else {
                node->words.push_back(tok_.text);
            }
            advance();
        } else if (tok_.kind == Tok::lparen && node->words.size() == 1 && node->assigns.empty() &&
                   is_name(node->words[0])) {
            advance();
            if (!accept(Tok::rparen)) {
                return unexpected();
            }
            return parse_function(node->words[0], node->line);
        } else {
            return node;
        }
    }
}

NodePtr Parser::parse_function(std::string name, int line)
{
    skip_newlines();
    auto node = make_node(NodeKind::function, line);
    node->name = std::move(name);
    NodePtr body = parse_command();
    if (!body) {
        return nullptr;
    }
    node->children.push_back(body);
    return node;
}

bool Parser::is_redirect() const
{
    return tok_.kind == Tok::io_number || tok_.kind >= Tok::less;
}

// What the token stands for; false: it is none of them.
bool Parser::redirect_operator(Redirect& redir) const
{
    static constexpr struct {
        Tok token;
        RedirOp op;
        int fd; // without a number before it
    } operators[] = {
        {Tok::less, RedirOp::in, 0},
        {Tok::great, RedirOp::out, 1},
        {Tok::dgreat, RedirOp::append, 1},
        {Tok::clobber, RedirOp::clobber, 1},
        {Tok::lessgreat, RedirOp::read_write, 0},
        {Tok::lessand, RedirOp::dup_in, 0},
        {Tok::greatand, RedirOp::dup_out, 1},
        {Tok::dless, RedirOp::heredoc, 0},
        {Tok::dlessdash, RedirOp::heredoc, 0},
    };
    for (const auto& o : operators) {
        if (o.token == tok_.kind) {
            redir.op = o.op;
            redir.fd = redir.fd < 0 ? o.fd : redir.fd;
            return true;
        }
    }
    return false;
}

// The lexer fills the body when it meets the newline: `redir` stays where it is until then.
void Parser::expect_heredoc(Redirect& redir, bool strip)
{
    std::string delimiter;
    for (const char c : redir.word) {
        if (c == '\'' || c == '"' || c == '\\') {
            redir.literal = true;
        } else {
            delimiter += c;
        }
    }
    lexer_.expect_heredoc(delimiter, strip, &redir.body);
    redir.word = delimiter;
}

bool Parser::parse_redirect(Node& node)
{
    Redirect redir{RedirOp::in, -1, {}, {}, false};
    if (tok_.kind == Tok::io_number) {
        redir.fd = std::atoi(tok_.text.c_str());
        advance();
    }
    const bool strip = tok_.kind == Tok::dlessdash;
    if (!redirect_operator(redir)) {
        unexpected();
        return false;
    }
    advance();
    if (tok_.kind != Tok::word && tok_.kind != Tok::io_number) {
        unexpected();
        return false;
    }
    redir.word = tok_.text;
    node.redirects.reserve(16); // so that none moves
    if (node.redirects.size() == 16) {
        fail("too many redirections");
        return false;
    }
    node.redirects.push_back(redir);
    if (redir.op == RedirOp::heredoc) {
        expect_heredoc(node.redirects.back(), strip);
    }
    advance();
    return true;
}

} // namespace sh
