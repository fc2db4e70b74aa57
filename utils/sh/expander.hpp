// SPDX-License-Identifier: Apache-2.0
// One word's expansion: tilde, parameters, commands, arithmetic; then splitting and path names.
#pragma once
#include "shell.hpp"

namespace sh {

class Expander {
public:
    explicit Expander(Shell& shell) : sh_(shell) {}

    // Takes the word in. `heredoc`: double-quote rules, but " is an ordinary character.
    bool word(const std::string& raw, bool heredoc = false);
    bool failed() const { return failed_; }

    void fields(std::vector<std::string>& out); // split and globbed
    std::string joined() const;                 // one text
    std::string pattern() const;                // one text, quoted characters escaped

private:
    // Each character of a field knows where it came from.
    enum : char { literal = 'l', quoted = 'q', split = 's' };
    struct Field {
        std::string text, origin;
        bool had_quotes = false;
    };

    void add(char c, char origin);
    void add(const std::string& text, char origin);
    void next_field();
    bool scan(const std::string& raw, size_t begin, size_t end, bool in_quotes, bool heredoc);
    size_t tilde(const std::string& raw);
    size_t dollar(const std::string& raw, size_t at, bool in_quotes);
    size_t backquote(const std::string& raw, size_t at, bool in_quotes);
    size_t command(const std::string& raw, size_t at, bool in_quotes);
    size_t braces(const std::string& raw, size_t at, bool in_quotes);
    void parameter(const std::string& name, bool in_quotes);
    void all_positional(char which, bool in_quotes);
    bool value_of(const std::string& name, std::string& value) const; // false = unset
    bool operate(const std::string& name, const std::string& op, const std::string& word,
                 bool in_quotes);
    void fail() { failed_ = true; }
    std::string separator() const;

    Shell& sh_;
    std::vector<Field> fields_{1};
    bool failed_ = false;
    bool vanishing_ = false; // "$@" without parameters leaves nothing
};

// The index behind the construct that starts at `at` (which holds '(' or '{' or a quote).
size_t skip_construct(const std::string& raw, size_t at);

} // namespace sh
