// SPDX-License-Identifier: Apache-2.0
// $(( )): integer arithmetic by precedence climbing. What && || ?: decide without is read, but has no effect.
#include <cctype>
#include <climits>
#include <cstdlib>

#include "shell.hpp"

namespace sh {

namespace {

class Arithmetic {
public:
    Arithmetic(Shell& shell, const std::string& text, int depth)
        : sh_(shell), s_(text), depth_(depth)
    {
    }

    bool run(long& value)
    {
        value = list();
        skip();
        if (ok_ && at_ != s_.size()) {
            fail("syntax error");
        }
        return ok_;
    }

private:
    void skip()
    {
        while (at_ < s_.size() && std::isspace(static_cast<unsigned char>(s_[at_]))) {
            ++at_;
        }
    }
    void fail(const char* what)
    {
        if (ok_) {
            sh_.error("$((%s)): %s", s_.c_str(), what);
        }
        ok_ = false;
        at_ = s_.size();
    }
    bool accept(const char* op)
    {
        skip();
        const std::string text = op;
        if (s_.compare(at_, text.size(), text) != 0) {
            return false;
        }
        at_ += text.size();
        return true;
    }

    // While it lives, one level further inside.
    struct Level {
        explicit Level(int& count) : count_(count) { ++count_; }
        ~Level() { --count_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        int& count_;
    };

    bool too_deep()
    {
        if (level_ > deepest) {
            fail("nested too deep");
        }
        return level_ > deepest;
    }

    long list()
    {
        long value = ternary();
        while (accept(",")) {
            value = ternary();
        }
        return value;
    }

    long ternary()
    {
        const Level level(level_);
        if (too_deep()) {
            return 0;
        }
        const long condition = binary(0);
        if (!accept("?")) {
            return condition;
        }
        unused_ += condition == 0;
        const long yes = ternary();
        unused_ -= condition == 0;
        if (!accept(":")) {
            fail("`:' expected");
        }
        unused_ += condition != 0;
        const long no = ternary();
        unused_ -= condition != 0;
        return condition ? yes : no;
    }

    struct Op {
        const char* text;
        int level;
    };
    static constexpr Op ops[] = {{"||", 0}, {"&&", 1}, {"==", 5}, {"!=", 5}, {"<<", 7}, {">>", 7},
                                 {"<=", 6}, {">=", 6}, {"|", 2},  {"^", 3},  {"&", 4},  {"<", 6},
                                 {">", 6},  {"+", 8},  {"-", 8},  {"*", 9},  {"/", 9},  {"%", 9}};

    const Op* operator_here(int lowest)
    {
        skip();
        for (const Op& op : ops) {
            const std::string text = op.text;
            if (s_.compare(at_, text.size(), text) == 0) {
                return op.level >= lowest ? &op : nullptr;
            }
        }
        return nullptr;
    }

    long binary(int lowest)
    {
        long left = unary();
        while (const Op* op = operator_here(lowest)) {
            at_ += std::string(op->text).size();
            const bool decided = (op->level == 0 && left) || (op->level == 1 && !left);
            unused_ += decided;
            const long right = binary(op->level + 1);
            unused_ -= decided;
            left = combine(op->text, left, right);
        }
        return left;
    }

    long combine(const std::string& op, long a, long b)
    {
        const auto ua = static_cast<unsigned long>(a), ub = static_cast<unsigned long>(b);
        if (op == "||")
            return a || b;
        if (op == "&&")
            return a && b;
        if (op == "|")
            return a | b;
        if (op == "^")
            return a ^ b;
        if (op == "&")
            return a & b;
        if (op == "==")
            return a == b;
        if (op == "!=")
            return a != b;
        if (op == "<")
            return a < b;
        if (op == "<=")
            return a <= b;
        if (op == ">")
            return a > b;
        if (op == ">=")
            return a >= b;
        if (op == "<<")
            return static_cast<long>(ua << (ub & 63));
        if (op == ">>")
            return a >> (ub & 63);
        if (op == "+")
            return static_cast<long>(ua + ub);
        if (op == "-")
            return static_cast<long>(ua - ub);
        if (op == "*")
            return static_cast<long>(ua * ub);
        if (unused_) {
            return 0;
        }
        if (b == 0) {
            fail("division by zero");
            return 0;
        }
        if (b == -1) { // LONG_MIN has no positive
            return op == "/" ? static_cast<long>(0 - ua) : 0;
        }
        return op == "/" ? a / b : a % b;
    }

    long unary()
    {
        const Level level(level_);
        if (too_deep()) {
            return 0;
        }
        skip();
        const bool up = s_.compare(at_, 2, "++") == 0;
        if ((up || s_.compare(at_, 2, "--") == 0) && name_begins(at_ + 2)) {
            at_ += 2;
            const std::string id = identifier();
            return store(id, combine(up ? "+" : "-", variable(id), 1));
        }
        if (accept("+"))
            return unary();
        if (accept("-"))
            return static_cast<long>(0 - static_cast<unsigned long>(unary()));
        if (accept("~"))
            return ~unary();
        if (at_ < s_.size() && s_[at_] == '!' && s_.compare(at_, 2, "!=") != 0) {
            ++at_;
            return !unary();
        }
        return primary();
    }

    long primary()
    {
        skip();
        if (accept("(")) {
            const long value = list();
            if (!accept(")")) {
                fail("`)' expected");
            }
            return value;
        }
        if (at_ < s_.size() && std::isdigit(static_cast<unsigned char>(s_[at_]))) {
            char* end = nullptr;
            const long value = std::strtol(s_.c_str() + at_, &end, 0);
            at_ = static_cast<size_t>(end - s_.c_str());
            return value;
        }
        return name();
    }

    bool name_begins(size_t at) const
    {
        return at < s_.size() &&
               (std::isalpha(static_cast<unsigned char>(s_[at])) || s_[at] == '_');
    }

    std::string identifier()
    {
        size_t end = at_;
        while (end < s_.size() &&
               (std::isalnum(static_cast<unsigned char>(s_[end])) || s_[end] == '_')) {
            ++end;
        }
        const std::string id = s_.substr(at_, end - at_);
        at_ = end;
        return id;
    }

    long store(const std::string& id, long value)
    {
        if (!unused_ && !sh_.vars.set(id, std::to_string(value))) {
            fail("read-only variable");
        }
        return value;
    }

    long name()
    {
        const std::string id = identifier();
        if (!is_name(id)) {
            fail("syntax error");
            return 0;
        }
        skip();
        for (const char* op : {"++", "--"}) {
            if (accept(op)) {
                const long before = variable(id);
                store(id, combine(std::string(op, 1), before, 1));
                return before;
            }
        }
        static constexpr const char* assigns[] = {
            "<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "="};
        for (const char* op : assigns) {
            if (s_.compare(at_, 2, "==") != 0 && accept(op)) {
                long value = ternary();
                const std::string text = op;
                if (text.size() > 1) {
                    value = combine(text.substr(0, text.size() - 1), variable(id), value);
                }
                return store(id, value);
            }
        }
        return variable(id);
    }

    long variable(const std::string& id)
    {
        const std::string* text = sh_.vars.get(id);
        if (unused_ || !text || text->empty()) {
            return 0;
        }
        char* end = nullptr;
        const long value = std::strtol(text->c_str(), &end, 0);
        if (*end == '\0') {
            return value;
        }
        long result = 0; // the value is itself an expression
        if (depth_ > 8) {
            fail("recursion");
        } else if (!Arithmetic(sh_, *text, depth_ + 1).run(result)) {
            ok_ = false;
        }
        return result;
    }

    Shell& sh_;
    const std::string s_;
    size_t at_ = 0;
    static constexpr int deepest = 200; // of this shell's stack
    int depth_;
    int level_ = 0, unused_ = 0;
    bool ok_ = true;
};

} // namespace

bool Shell::arithmetic(const std::string& text, long& value)
{
    std::string expanded;
    return expand_heredoc(text, expanded) && Arithmetic(*this, expanded, 0).run(value);
}

} // namespace sh
