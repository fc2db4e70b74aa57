// SPDX-License-Identifier: Apache-2.0
// The ${NAME} variables of a buildfile: the host environment and what mkifs itself sets.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace buildfile {

// A line with its variables expanded, and for each character the column of the source it comes from.
struct ExpandedLine {
    std::string text;
    std::vector<unsigned> columns;       // 1-based, one for each character of text
    size_t unclosed = std::string::npos; // where a '${' without '}' stands in text
    unsigned end_column = 1;             // just behind the source line
    unsigned column(size_t at) const { return at < columns.size() ? columns[at] : end_column; }
    void add(std::string_view piece, unsigned column, bool moves);
};

class Variables {
public:
    using Lookup = std::function<std::optional<std::string>(const std::string&)>;

    // Without a lookup only names given to set() exist (for tests).
    explicit Variables(Lookup fallback = nullptr) : fallback_(std::move(fallback)) {}
    static Variables from_environment();

    void set(const std::string& name, const std::string& value) { own_[name] = value; }
    // PROCESSOR, and the names without variant and byte order (armle-v7: arm) that follow from it.
    void set_processor(const std::string& name);
    std::string get(const std::string& name) const; // "" when unknown, as in mkifs
    bool knows(const std::string& name) const;

    // --check: a name nobody has set stays as it is written, so that what it stands for is not judged.
    void keep_unknown() { keep_unknown_ = true; }
    bool keeps_unknown() const { return keep_unknown_; }

    // Replaces ${NAME}, nested and chained; throws LineError on endless recursion or a missing brace.
    std::string expand(std::string_view text) const;
    // The same for a source line; a missing brace is only noted, as it may stand in a comment.
    ExpandedLine expand_line(std::string_view line) const;

private:
    std::string expand(std::string_view text, unsigned depth) const;
    std::string value_of(std::string_view text, size_t open, size_t close, unsigned depth) const;

    Lookup fallback_;
    std::map<std::string, std::string> own_;
    bool keep_unknown_ = false;
};

// Index of the brace that closes the reference whose '$' is at `at`; npos when it is none: no '}' follows, or the
// name holds a character that names cannot have.
size_t reference_end(std::string_view text, size_t at);

} // namespace buildfile
