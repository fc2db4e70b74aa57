// SPDX-License-Identifier: Apache-2.0
// test, [ and [[: file, string and number conditions with ! -a -o (&& || in [[ ]]) and parentheses.
#include <cerrno>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {

class Test {
public:
    using Words = std::vector<std::string>;

    Test(Shell& sh, const Words& args, size_t end) : Test(sh, args, args, end, false) {}
    // [[ ]]: `typed` tells operators, for what a variable holds or a quoted word is none. What stands behind = == and != is a pattern.
    Test(Shell& sh, const Words& args, const Words& typed)
        : Test(sh, args, typed, args.size(), true)
    {
    }

    int run()
    {
        if (end_ <= 1) {
            return 1;
        }
        const bool result = either();
        if (!bad_ && at_ != end_) {
            fail(args_[at_]);
        }
        return bad_ ? 2 : !result;
    }

private:
    Test(Shell& sh, const Words& args, const Words& typed, size_t end, bool patterns)
        : sh_(sh), args_(args), typed_(typed), end_(end), patterns_(patterns)
    {
    }

    bool more(size_t n = 1) const { return at_ + n <= end_; }
    void fail(const std::string& what)
    {
        if (!bad_) {
            sh_.error("test: %s: unexpected operator or operand", what.c_str());
        }
        bad_ = true;
        at_ = end_;
    }

    bool either()
    {
        bool result = both();
        while (more() && typed_[at_] == (patterns_ ? "||" : "-o")) {
            ++at_;
            unused_ += result;
            const bool next = both();
            unused_ -= result;
            result = result || next;
        }
        return result;
    }

    bool both()
    {
        bool result = negation();
        while (more() && typed_[at_] == (patterns_ ? "&&" : "-a")) {
            ++at_;
            unused_ += !result;
            const bool next = negation();
            unused_ -= !result;
            result = result && next;
        }
        return result;
    }

    bool negation()
    {
        if (more(2) && typed_[at_] == "!" && !(more(3) && is_binary(typed_[at_ + 1]) && !more(4))) {
            ++at_;
            return !negation();
        }
        return primary();
    }

    static bool is_binary(const std::string& op)
    {
        static constexpr const char* ops[] = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
                                              "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
        for (const char* o : ops) {
            if (op == o) {
                return true;
            }
        }
        return false;
    }

    bool primary()
    {
        if (!more()) {
            fail("argument");
            return false;
        }
        if (more(3) && is_binary(typed_[at_ + 1])) {
            at_ += 3;
            return binary(args_[at_ - 3], args_[at_ - 2], args_[at_ - 1]);
        }
        if (typed_[at_] == "(" && more(3)) {
            ++at_;
            const bool result = either();
            if (!more() || typed_[at_] != ")") {
                fail(")");
            }
            ++at_;
            return result;
        }
        if (more(2) && typed_[at_].size() == 2 && typed_[at_][0] == '-' &&
            is_unary(typed_[at_][1])) {
            at_ += 2;
            return unary(args_[at_ - 2][1], args_[at_ - 1]);
        }
        return !args_[at_++].empty();
    }

    static bool is_unary(char op)
    {
        return std::string("nzdefrwxshLpbcStugkO").find(op) != std::string::npos;
    }

    bool unary(char op, const std::string& arg)
    {
        struct stat st;
        switch (op) {
        case 'n':
            return !arg.empty();
        case 'z':
            return arg.empty();
        case 't':
            return isatty(std::atoi(arg.c_str()));
        case 'h':
        case 'L':
            return lstat(arg.c_str(), &st) == 0 && S_ISLNK(st.st_mode);
        case 'r':
            return access(arg.c_str(), R_OK) == 0;
        case 'w':
            return access(arg.c_str(), W_OK) == 0;
        case 'x':
            return access(arg.c_str(), X_OK) == 0;
        default:
            break;
        }
        if (stat(arg.c_str(), &st) != 0) {
            return false;
        }
        switch (op) {
        case 'd':
            return S_ISDIR(st.st_mode);
        case 'f':
            return S_ISREG(st.st_mode);
        case 's':
            return st.st_size > 0;
        case 'p':
            return S_ISFIFO(st.st_mode);
        case 'b':
            return S_ISBLK(st.st_mode);
        case 'c':
            return S_ISCHR(st.st_mode);
        case 'S':
            return S_ISSOCK(st.st_mode);
        case 'u':
            return (st.st_mode & S_ISUID) != 0;
        case 'g':
            return (st.st_mode & S_ISGID) != 0;
        case 'k':
            return (st.st_mode & S_ISVTX) != 0;
        case 'O':
            return st.st_uid == geteuid();
        case 'G':
            return st.st_gid == getegid();
        default:
            return true;
        }
    }

    bool number(const std::string& text, long& value)
    {
        char* end = nullptr;
        errno = 0;
        value = std::strtol(text.c_str(), &end, 10);
        if (text.empty() || *end || errno == ERANGE) {
            if (!unused_) {
                fail(text);
            }
            return false;
        }
        return true;
    }

    static bool before(const timespec& a, const timespec& b)
    {
        return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
    }

    bool files(const std::string& a, const std::string& op, const std::string& b)
    {
        struct stat sa, sb;
        const bool has_a = stat(a.c_str(), &sa) == 0, has_b = stat(b.c_str(), &sb) == 0;
        if (op == "-ef") {
            return has_a && has_b && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
        }
        const bool newer = has_a && (!has_b || before(sb.st_mtim, sa.st_mtim));
        const bool older = has_b && (!has_a || before(sa.st_mtim, sb.st_mtim));
        return op == "-nt" ? newer : older;
    }

    bool binary(const std::string& a, const std::string& op, const std::string& b)
    {
        if (op == "=" || op == "==" || op == "!=") {
            const bool same = patterns_ ? match(b.c_str(), a.c_str()) : a == b;
            return same == (op != "!=");
        }
        if (op == "<")
            return a < b;
        if (op == ">")
            return a > b;
        if (op == "-nt" || op == "-ot" || op == "-ef")
            return files(a, op, b);
        long x = 0, y = 0;
        if (!number(a, x) || !number(b, y)) {
            return false;
        }
        if (op == "-eq")
            return x == y;
        if (op == "-ne")
            return x != y;
        if (op == "-lt")
            return x < y;
        if (op == "-le")
            return x <= y;
        if (op == "-gt")
            return x > y;
        return x >= y;
    }

    Shell& sh_;
    const Words &args_, &typed_;
    size_t at_ = 1, end_;
    int unused_ = 0; // inside what && or || have decided without: a wrong number is no fault
    bool patterns_;
    bool bad_ = false;
};

} // namespace

int builtin_test(Shell& sh, const std::vector<std::string>& args)
{
    size_t end = args.size();
    if (args[0] == "[") {
        if (args.back() != "]") {
            sh.error("[: missing ]");
            return 2;
        }
        --end;
    }
    return Test(sh, args, end).run();
}

// Words of [[ ]] are neither split nor path names.
int Shell::execute_test(const Node& node)
{
    std::vector<std::string> args = {"[["}, typed = args;
    for (const std::string& raw : node.words) {
        const std::string before = typed.back();
        const bool pattern = args.size() > 2 && (before == "=" || before == "==" || before == "!=");
        typed.push_back(raw);
        std::string text;
        if (!(pattern ? expand_pattern(raw, text) : expand_text(raw, text))) {
            return status = 1;
        }
        args.push_back(text);
    }
    return status = Test(*this, args, typed).run();
}

} // namespace sh
