// SPDX-License-Identifier: Apache-2.0
// Turns buildfile text into statements; variables are expanded as lines are read, as `virtual=` sets PROCESSOR.
#pragma once

#include "model.hpp"
#include "variables.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace buildfile {

class Parser {
public:
    Parser(Variables& variables, Diagnostics& diagnostics)
        : variables_(variables), diagnostics_(diagnostics)
    {
    }

    // Errors go to the diagnostics; the statements that could be read are returned all the same.
    std::vector<Statement> parse(const std::string& name, std::string_view text);

private:
    struct Input {
        std::string name;
        std::string_view text;
        size_t at = 0;
        unsigned line = 0;
    };

    void parse_line(Input& input, std::string_view raw, std::vector<Statement>& out);
    bool parse_attributes(Tokenizer& tokens, Statement& statement);
    bool parse_file(Tokenizer& tokens, Statement& statement, bool& opens_body);
    bool read_body(Input& input, Statement& statement);
    void include(const Statement& statement, std::vector<Statement>& out);
    void note_processor(const Statement& statement);

    Variables& variables_;
    Diagnostics& diagnostics_;
    unsigned depth_ = 0;
};

// The lines of a boot or script body: variables expanded, attributes and words separated.
std::vector<CommandLine> parse_commands(const Body& body, const Variables& variables,
                                        Diagnostics& diagnostics);

// The content of an inline file: every backslash makes the next character literal and goes away.
std::string inline_content(const Body& body);

} // namespace buildfile
