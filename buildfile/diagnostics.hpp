// SPDX-License-Identifier: Apache-2.0
// Errors and warnings with the place in the buildfile they belong to; several are collected in one run.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace buildfile {

struct Position {
    std::string file;
    unsigned line = 0;   // 0: the whole file, or no file at all
    unsigned column = 0; // 1-based; 0: the whole line
};

std::string to_string(const Position& at); // file:line, or file:line:column when there is one
std::string line_of(const Position& at);   // file:line

// Something wrong in a line, with what the user can do about it.
struct LineError : std::runtime_error {
    LineError(const std::string& what, const std::string& how, unsigned at = 0)
        : std::runtime_error(what), mend(how), column(at)
    {
    }
    std::string mend;
    unsigned column; // in the source line; 0 = unknown
};

class Diagnostics {
public:
    explicit Diagnostics(std::ostream& out) : out_(out) {}

    // Keeps a source so that messages can show the line they are about.
    void add_source(const std::string& name, std::string_view text) { sources_[name] = text; }

    // `mend` says what the user can do about it; it is printed as a hint.
    void error(const Position& at, const std::string& what, const std::string& mend = {});
    void warning(const Position& at, const std::string& what, const std::string& mend = {});

    bool failed() const { return errors_ != 0; }
    unsigned errors() const { return errors_; }
    unsigned warnings() const { return warnings_; }

private:
    void print(const Position& at, const char* kind, const std::string& what,
               const std::string& mend);
    void show_line(const Position& at);

    std::ostream& out_;
    std::map<std::string, std::string, std::less<>> sources_;
    unsigned errors_ = 0;
    unsigned warnings_ = 0;
};

// The name of the list that is nearest to `name`, "" when none is near.
std::string nearest(const std::string& name, const char* const* list, size_t count);

} // namespace buildfile
