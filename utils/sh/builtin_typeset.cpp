// SPDX-License-Identifier: Apache-2.0
// local, typeset and integer: variables of a function, and what a variable is (integer, exported, read only).
#include "ast.hpp"
#include "shell.hpp"

namespace sh {

namespace {

using Args = std::vector<std::string>;

struct Marks {
    bool integer = false, exported = false, readonly = false;
    bool on = true; // "+i" takes away
};

// What the name was comes back when the function ends.
void make_local(Shell& sh, const std::string& name)
{
    const Variable* old = sh.vars.find(name);
    Variable saved;
    saved.name = name;
    saved.set = false;
    sh.locals.back().push_back(old ? *old : saved);
    Variable& fresh = sh.vars.entry(name);
    fresh.set = fresh.integer = false;
}

bool read_marks(Shell& sh, const Args& args, size_t& at, Marks& marks)
{
    for (; at < args.size() && args[at].size() > 1 && (args[at][0] == '-' || args[at][0] == '+');
         ++at) {
        marks.on = args[at][0] == '-';
        if (args[at] == "--") {
            ++at;
            break;
        }
        for (const char letter : args[at].substr(1)) {
            bool* const mark = letter == 'i'   ? &marks.integer
                               : letter == 'x' ? &marks.exported
                               : letter == 'r' ? &marks.readonly
                                               : nullptr;
            if (mark == nullptr) {
                sh.error("%s: -%c: unknown option", args[0].c_str(), letter);
                return false;
            }
            *mark = true;
        }
    }
    return true;
}

bool has_marks(const Variable& v, const Marks& marks)
{
    return (!marks.integer || v.integer) && (!marks.exported || v.exported) &&
           (!marks.readonly || v.readonly);
}

int list(Shell& sh, const Marks& marks)
{
    for (const Variable& v : sh.vars.all()) {
        if (v.set && has_marks(v, marks)) {
            sh.output(v.name + "=" + quote(v.value) + "\n");
        }
    }
    return 0;
}

int declare(Shell& sh, const std::string& command, const std::string& word, const Marks& marks)
{
    const size_t n = assignment_name_length(word);
    const std::string name = n ? word.substr(0, n) : word;
    if (!is_name(name)) {
        sh.error("%s: %s: is not an identifier", command.c_str(), name.c_str());
        return 1;
    }
    if (!sh.locals.empty()) {
        make_local(sh, name);
    }
    Variable& v = sh.vars.entry(name);
    v.integer = marks.integer ? marks.on : v.integer;
    v.exported = marks.exported ? marks.on : v.exported;
    const bool again = marks.integer && marks.on && v.set && !n;
    const std::string value = n ? word.substr(n + 1) : v.value;
    if ((n || again) && sh.set_variable(name, value) != 0) {
        return 1;
    }
    if (marks.readonly) {
        sh.vars.entry(name).readonly = true; // for good
    }
    return 0;
}

int declare_all(Shell& sh, const Args& args, size_t at, const Marks& marks)
{
    int result = 0;
    for (; at < args.size(); ++at) {
        result |= declare(sh, args[0], args[at], marks);
    }
    return result;
}

} // namespace

int builtin_local(Shell& sh, const Args& args)
{
    if (sh.locals.empty()) {
        sh.error("%s: not in a function", args[0].c_str());
        return 1;
    }
    return declare_all(sh, args, 1, {});
}

int builtin_typeset(Shell& sh, const Args& args)
{
    Marks marks;
    size_t at = 1;
    if (!read_marks(sh, args, at, marks)) {
        return 1;
    }
    marks.integer |= args[0] == "integer";
    return at == args.size() ? list(sh, marks) : declare_all(sh, args, at, marks);
}

} // namespace sh
