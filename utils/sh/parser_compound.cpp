// SPDX-License-Identifier: Apache-2.0
// The parser's compound commands: if, while, until, for, case, groups and subshells.
#include "parser.hpp"

namespace sh {

NodePtr Parser::parse_if()
{
    auto node = make_node(NodeKind::if_, tok_.line);
    do { // at "if" or "elif"
        advance();
        NodePtr condition = compound_list();
        if (!condition || !expect_word("then")) {
            return nullptr;
        }
        NodePtr body = compound_list();
        if (!body) {
            return nullptr;
        }
        node->children.push_back(condition);
        node->children.push_back(body);
    } while (is_word("elif"));
    if (is_word("else")) {
        advance();
        NodePtr body = compound_list();
        if (!body) {
            return nullptr;
        }
        node->children.push_back(body);
    }
    return expect_word("fi") ? node : nullptr;
}

NodePtr Parser::parse_loop(NodeKind kind)
{
    auto node = make_node(kind, tok_.line);
    advance();
    NodePtr condition = compound_list();
    if (!condition || !expect_word("do")) {
        return nullptr;
    }
    NodePtr body = compound_list();
    if (!body || !expect_word("done")) {
        return nullptr;
    }
    node->children = {condition, body};
    return node;
}

// time [-p] [pipeline]
NodePtr Parser::parse_time()
{
    auto node = make_node(NodeKind::time, tok_.line);
    advance();
    if (is_word("-p")) {
        node->negate = true;
        advance();
    }
    if (tok_.kind == Tok::newline || tok_.kind == Tok::semi || tok_.kind == Tok::end) {
        return node;
    }
    NodePtr pipeline = parse_pipeline();
    if (!pipeline) {
        return nullptr;
    }
    node->children.push_back(pipeline);
    return node;
}

// for and select
NodePtr Parser::parse_for(NodeKind kind)
{
    auto node = make_node(kind, tok_.line);
    advance();
    if (tok_.kind != Tok::word || !is_name(tok_.text)) {
        return unexpected();
    }
    node->name = tok_.text;
    advance();
    skip_newlines();
    if (is_word("in")) {
        node->has_in = true;
        for (advance(); tok_.kind == Tok::word || tok_.kind == Tok::io_number; advance()) {
            node->words.push_back(tok_.text);
        }
        if (tok_.kind != Tok::semi && tok_.kind != Tok::newline) {
            return unexpected();
        }
        advance();
    } else {
        accept(Tok::semi);
    }
    skip_newlines();
    if (!expect_word("do")) {
        return nullptr;
    }
    NodePtr body = compound_list();
    if (!body || !expect_word("done")) {
        return nullptr;
    }
    node->children.push_back(body);
    return node;
}

NodePtr Parser::parse_case()
{
    auto node = make_node(NodeKind::case_, tok_.line);
    advance();
    if (tok_.kind != Tok::word) {
        return unexpected();
    }
    node->words.push_back(tok_.text);
    advance();
    skip_newlines();
    if (!expect_word("in")) {
        return nullptr;
    }
    skip_newlines();
    while (!is_word("esac")) {
        if (!parse_case_item(*node)) {
            return nullptr;
        }
    }
    advance();
    return node;
}

// [(] pattern { | pattern } ) [list] (;; | before esac)
bool Parser::parse_case_item(Node& node)
{
    accept(Tok::lparen);
    CaseItem item;
    do {
        if (tok_.kind != Tok::word) {
            unexpected();
            return false;
        }
        item.patterns.push_back(tok_.text);
        advance();
    } while (accept(Tok::pipe));
    if (!accept(Tok::rparen)) {
        unexpected();
        return false;
    }
    skip_newlines();
    if (tok_.kind != Tok::dsemi && !is_word("esac")) {
        item.body = parse_list(true);
        if (!item.body) {
            return false;
        }
    }
    node.items.push_back(std::move(item));
    skip_newlines();
    if (accept(Tok::dsemi)) {
        skip_newlines();
        return true;
    }
    if (!is_word("esac")) {
        unexpected();
        return false;
    }
    return true;
}

// [[ words ]]: && || ( ) < > are its own, and newlines are blanks.
NodePtr Parser::parse_test()
{
    auto node = make_node(NodeKind::test, tok_.line);
    advance();
    while (!is_word("]]")) {
        switch (tok_.kind) {
        case Tok::newline:
            break;
        case Tok::and_if:
            node->words.push_back("&&");
            break;
        case Tok::or_if:
            node->words.push_back("||");
            break;
        case Tok::word:
        case Tok::io_number:
        case Tok::lparen:
        case Tok::rparen:
        case Tok::less:
        case Tok::great:
            node->words.push_back(tok_.text);
            break;
        default:
            return unexpected();
        }
        advance();
    }
    advance();
    return node;
}

NodePtr Parser::parse_group()
{
    auto node = make_node(NodeKind::group, tok_.line);
    advance();
    NodePtr body = compound_list();
    if (!body || !expect_word("}")) {
        return nullptr;
    }
    node->children.push_back(body);
    return node;
}

NodePtr Parser::parse_subshell()
{
    auto node = make_node(NodeKind::subshell, tok_.line);
    advance();
    NodePtr body = compound_list();
    if (!body) {
        return nullptr;
    }
    if (!accept(Tok::rparen)) {
        return unexpected();
    }
    node->children.push_back(body);
    return node;
}

} // namespace sh
