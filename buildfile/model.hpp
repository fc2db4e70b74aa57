// SPDX-License-Identifier: Apache-2.0
// The buildfile as written: statements with their attributes, each with its place in the source.
#pragma once

#include "diagnostics.hpp"
#include "tokenizer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace buildfile {

struct Attribute {
    RawAttribute raw;
    Position at;
};

// The text between '{' and '}', exactly as written: what a backslash means depends on what the file is.
struct Body {
    std::string text;
    Position first_line;
};

struct FileSpec {
    std::string target;              // a bare specification has only a target
    std::optional<std::string> host; // after '=': host file, link text or host directory
    std::optional<Body> body;
};

struct Statement {
    Position at;
    std::vector<Attribute> attributes;
    std::optional<FileSpec> file; // none: the attributes apply to everything that follows
    Position file_at;             // where the file specification begins
};

// A line of a boot or script section, with its place; comments and blank lines are gone.
struct CommandLine {
    Position at;
    std::vector<Attribute> attributes;
    std::vector<Word> words;
};

} // namespace buildfile
