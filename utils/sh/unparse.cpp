// SPDX-License-Identifier: Apache-2.0
// Prints a syntax tree back as shell source, for subshells and functions handed to a child shell.
#include "ast.hpp"

namespace sh {

namespace {

class Printer {
public:
    std::string take() { return std::move(out_); }

    // `newline_ok`: a newline may follow in this context; here-document bodies wait for the next one.
    void print(const Node& node)
    {
        switch (node.kind) {
        case NodeKind::simple:
            simple(node);
            return;
        case NodeKind::pipeline:
            out_ += node.negate ? "! " : "";
            joined(node, " | ");
            return;
        case NodeKind::time:
            out_ += node.negate ? "time -p " : "time ";
            joined(node, "");
            return;
        case NodeKind::and_list:
            joined(node, " && ");
            return;
        case NodeKind::or_list:
            joined(node, " || ");
            return;
        case NodeKind::sequence:
            for (const NodePtr& child : node.children) {
                statement(*child);
            }
            return;
        case NodeKind::background:
            print(*node.children[0]);
            out_ += " &";
            return;
        case NodeKind::function:
            out_ += node.name + "() ";
            print(*node.children[0]);
            return;
        default:
            compound(node);
            redirects(node);
            return;
        }
    }

    void statement(const Node& node)
    {
        print(node);
        end_line();
    }

private:
    void end_line()
    {
        out_ += "\n";
        out_ += pending_;
        pending_.clear();
    }

    void joined(const Node& node, const char* separator)
    {
        for (size_t i = 0; i < node.children.size(); ++i) {
            out_ += i ? separator : "";
            print(*node.children[i]);
        }
    }

    void simple(const Node& node)
    {
        const char* gap = "";
        for (const std::string& a : node.assigns) {
            out_ += gap + a;
            gap = " ";
        }
        for (const std::string& w : node.words) {
            out_ += gap + w;
            gap = " ";
        }
        redirects(node);
    }

    void redirects(const Node& node)
    {
        static constexpr const char* ops[] = {"<", ">", ">>", ">|", "<>", "<&", ">&", "<<"};
        for (const Redirect& r : node.redirects) {
            out_ += " " + std::string(1, static_cast<char>('0' + r.fd % 10)) +
                    ops[static_cast<int>(r.op)];
            if (r.op == RedirOp::heredoc) {
                out_ += r.literal ? "'" + r.word + "'" : r.word;
                pending_ += r.body + r.word + "\n";
            } else {
                out_ += r.word;
            }
        }
    }

    void block(const char* open, const Node& body, const char* close)
    {
        out_ += open;
        end_line();
        statement(body);
        out_ += close;
    }

    void compound(const Node& node)
    {
        switch (node.kind) {
        case NodeKind::if_:
            if_(node);
            break;
        case NodeKind::while_:
        case NodeKind::until_:
            block(node.kind == NodeKind::while_ ? "while" : "until", *node.children[0], "");
            block("do", *node.children[1], "done");
            break;
        case NodeKind::for_:
        case NodeKind::select:
            out_ += (node.kind == NodeKind::for_ ? "for " : "select ") + node.name;
            if (node.has_in) {
                out_ += " in";
                for (const std::string& w : node.words) {
                    out_ += " " + w;
                }
            }
            end_line();
            block("do", *node.children[0], "done");
            break;
        case NodeKind::case_:
            case_(node);
            break;
        case NodeKind::test:
            test(node);
            break;
        case NodeKind::group:
            block("{", *node.children[0], "}");
            break;
        default:
            block("(", *node.children[0], ")");
            break;
        }
    }

    void test(const Node& node)
    {
        out_ += "[[";
        for (const std::string& word : node.words) {
            out_ += " " + word;
        }
        out_ += " ]]";
    }

    void if_(const Node& node)
    {
        size_t i = 0;
        for (; i + 1 < node.children.size(); i += 2) {
            block(i ? "elif" : "if", *node.children[i], "");
            block("then", *node.children[i + 1], "");
        }
        if (i < node.children.size()) {
            block("else", *node.children[i], "");
        }
        out_ += "fi";
    }

    void case_(const Node& node)
    {
        out_ += "case " + node.words[0] + " in";
        end_line();
        for (const CaseItem& item : node.items) {
            out_ += "(";
            for (size_t i = 0; i < item.patterns.size(); ++i) {
                out_ += (i ? "|" : "") + item.patterns[i];
            }
            out_ += ")";
            end_line();
            if (item.body) {
                statement(*item.body);
            }
            out_ += ";;";
            end_line();
        }
        out_ += "esac";
    }

    std::string out_;
    std::string pending_; // here-document bodies for the next newline
};

} // namespace

std::string unparse(const Node& node)
{
    Printer printer;
    printer.statement(node);
    return printer.take();
}

} // namespace sh
