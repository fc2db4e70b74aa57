// SPDX-License-Identifier: Apache-2.0
// Prints diagnostics in the form compilers use: file:line: error: what (how to mend).
#include "diagnostics.hpp"

namespace buildfile {

std::string to_string(const Position& at)
{
    if (at.file.empty()) {
        return "mkifs";
    }
    return at.line ? at.file + ":" + std::to_string(at.line) : at.file;
}

void Diagnostics::print(const Position& at, const char* kind, const std::string& what,
                        const std::string& mend)
{
    out_ << to_string(at) << ": " << kind << ": " << what;
    if (!mend.empty()) {
        out_ << " (" << mend << ")";
    }
    out_ << "\n";
}

void Diagnostics::error(const Position& at, const std::string& what, const std::string& mend)
{
    ++errors_;
    print(at, "error", what, mend);
}

void Diagnostics::warning(const Position& at, const std::string& what, const std::string& mend)
{
    ++warnings_;
    print(at, "warning", what, mend);
}

} // namespace buildfile
