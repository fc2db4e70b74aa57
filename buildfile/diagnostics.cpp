// SPDX-License-Identifier: Apache-2.0
// Prints diagnostics as compilers do: file:line:column: error: what, the line, a caret, a hint.
#include "diagnostics.hpp"

#include <algorithm>
#include <vector>

namespace buildfile {
namespace {

constexpr unsigned message_limit = 200; // of one run; what follows is only counted
constexpr size_t shown_columns = 160;

// The line without its end; control characters become blanks, so that the caret stands below its place.
std::string source_line(std::string_view text, unsigned line)
{
    size_t at = 0;
    for (; line > 1; --line) {
        size_t end = text.find('\n', at);
        if (end == std::string_view::npos) {
            return {};
        }
        at = end + 1;
    }
    std::string out(text.substr(at, text.find('\n', at) - at));
    for (char& c : out) {
        c = static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

size_t distance(const std::string& a, const std::string& b)
{
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

} // namespace

std::string line_of(const Position& at)
{
    if (at.file.empty()) {
        return "mkifs";
    }
    return at.line ? at.file + ":" + std::to_string(at.line) : at.file;
}

std::string to_string(const Position& at)
{
    return at.line && at.column ? line_of(at) + ":" + std::to_string(at.column) : line_of(at);
}

void Diagnostics::show_line(const Position& at)
{
    auto source = sources_.find(at.file);
    if (source == sources_.end() || at.line == 0) {
        return;
    }
    std::string line = source_line(source->second, at.line);
    if (line.empty()) {
        return;
    }
    size_t column = at.column ? at.column - 1 : 0;
    size_t from = column > shown_columns / 2 ? column - shown_columns / 2 : 0;
    from = std::min(from, line.size());
    out_ << "    " << line.substr(from, shown_columns) << "\n";
    if (at.column) {
        out_ << "    " << std::string(column - from, ' ') << "^\n";
    }
}

void Diagnostics::print(const Position& at, const char* kind, const std::string& what,
                        const std::string& mend)
{
    if (errors_ + warnings_ > message_limit) {
        if (errors_ + warnings_ == message_limit + 1) {
            out_ << "mkifs: more messages are not shown\n";
        }
        return;
    }
    out_ << to_string(at) << ": " << kind << ": " << what << "\n";
    show_line(at);
    if (!mend.empty()) {
        out_ << "    hint: " << mend << "\n";
    }
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

std::string nearest(const std::string& name, const char* const* list, size_t count)
{
    std::string best;
    size_t best_distance = name.size() > 64 ? 0 : std::max<size_t>(2, name.size() / 3) + 1;
    for (size_t i = 0; i < count; ++i) {
        if (size_t d = name.size() > 64 ? 64 : distance(name, list[i]); d < best_distance) {
            best_distance = d;
            best = list[i];
        }
    }
    return best;
}

} // namespace buildfile
