// SPDX-License-Identifier: Apache-2.0
// Errors and warnings with the place in the buildfile they belong to; several are collected in one run.
#pragma once

#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>

namespace buildfile {

struct Position {
    std::string file;
    unsigned line = 0; // 0: the whole file, or no file at all
};

std::string to_string(const Position& at);

// Something wrong in a line, with what the user can do about it.
struct LineError : std::runtime_error {
    LineError(const std::string& what, const std::string& how) : std::runtime_error(what), mend(how)
    {
    }
    std::string mend;
};

class Diagnostics {
public:
    explicit Diagnostics(std::ostream& out) : out_(out) {}

    // `mend` says what the user can do about it; it is printed in parentheses.
    void error(const Position& at, const std::string& what, const std::string& mend = {});
    void warning(const Position& at, const std::string& what, const std::string& mend = {});

    bool failed() const { return errors_ != 0; }
    unsigned errors() const { return errors_; }
    unsigned warnings() const { return warnings_; }

private:
    void print(const Position& at, const char* kind, const std::string& what,
               const std::string& mend);

    std::ostream& out_;
    unsigned errors_ = 0;
    unsigned warnings_ = 0;
};

} // namespace buildfile
