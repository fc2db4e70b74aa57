// SPDX-License-Identifier: Apache-2.0
// The syntax tree of the shell. Words stay raw (with their quotes) until they are expanded, so a tree can be printed back as
// source: that is how a subshell is started without fork().
#pragma once
#include <memory>
#include <string>
#include <vector>

namespace sh {

enum class RedirOp { in, out, append, clobber, read_write, dup_in, dup_out, heredoc };

struct Redirect {
    RedirOp op;
    int fd;               // the one redirected; defaults filled in by the parser
    std::string word;     // raw file name, fd number, "-", or the here-document's delimiter
    std::string body;     // heredoc only
    bool literal = false; // heredoc with a quoted delimiter: no expansion
};

enum class NodeKind {
    simple,     // assigns words redirs
    pipeline,   // children, negate
    and_list,   // children[0] && children[1]
    or_list,    // children[0] || children[1]
    sequence,   // children in order
    background, // children[0] &
    if_,        // cond, then, [cond, then]..., [else]
    while_,     // children[0] condition, [1] body
    until_,
    for_,     // name, words (has_in), children[0] body
    case_,    // words[0] subject, items
    group,    // { children[0] }
    subshell, // ( children[0] )
    function, // name, children[0]
    test,     // [[ words ]]
    time,     // time [-p: negate] children[0]
    select,   // as for_
};

struct Node;
using NodePtr = std::shared_ptr<Node>;

struct CaseItem {
    std::vector<std::string> patterns;
    NodePtr body; // may be null
};

struct Node {
    explicit Node(NodeKind k, int at_line) : kind(k), line(at_line) {}
    NodeKind kind;
    int line;
    bool negate = false;
    bool has_in = false;
    std::string name;
    std::vector<std::string> assigns;
    std::vector<std::string> words;
    std::vector<Redirect> redirects;
    std::vector<NodePtr> children;
    std::vector<CaseItem> items;
};

// Not std::make_shared: without RTTI it needs a part of libstdc++ that the guest does not have.
inline NodePtr make_node(NodeKind kind, int line)
{
    return NodePtr(new Node(kind, line));
}

// Source text that parses to the same tree.
std::string unparse(const Node& node);

bool is_name(const std::string& text);
// The length of NAME when the text starts with NAME=, else 0.
size_t assignment_name_length(const std::string& text);

} // namespace sh
