// SPDX-License-Identifier: Apache-2.0
// Turns buildfile text into statements; variables are expanded as lines are read, as `virtual=` sets PROCESSOR.
#pragma once

#include "model.hpp"
#include "variables.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace buildfile {

class Parser {
public:
    // The text of an included file and the name it was found under; nullopt when there is none.
    struct Included {
        std::string name, text;
    };
    using Reader =
        std::function<std::optional<Included>(const std::string& path, const std::string& from)>;

    Parser(Variables& variables, Diagnostics& diagnostics, Reader reader = read_include)
        : variables_(variables), diagnostics_(diagnostics), reader_(std::move(reader))
    {
    }

    // Errors go to the diagnostics; the statements that could be read are returned all the same.
    std::vector<Statement> parse(const std::string& name, std::string_view text);

    // Looks in the working directory, then beside the including file.
    static std::optional<Included> read_include(const std::string& path, const std::string& from);

private:
    struct Input {
        std::string name;
        std::string_view text;
        size_t at = 0;
        unsigned line = 0;
    };

    void parse_line(Input& input, std::string_view raw, std::vector<Statement>& out);
    std::string join_brace(Input& input, std::string_view raw);
    bool parse_attributes(Tokenizer& tokens, Statement& statement);
    bool parse_file(Tokenizer& tokens, Statement& statement, bool& opens_body);
    bool parse_value(Tokenizer& tokens, Statement& statement, bool& opens_body);
    bool check_body_line(Tokenizer& tokens, Statement& statement, bool& opens_body);
    bool read_body(Input& input, Statement& statement, bool commands);
    bool end_body(Input& input, Statement& statement, Body body, size_t brace);
    void include(const Statement& statement, std::vector<Statement>& out);
    void note_processor(const Statement& statement);
    void error(const Statement& statement, unsigned column, const std::string& what,
               const std::string& mend);

    Variables& variables_;
    Diagnostics& diagnostics_;
    Reader reader_;
    unsigned depth_ = 0;
    size_t included_ = 0;
};

// The lines of a boot or script body: variables expanded, attributes and words separated.
std::vector<CommandLine> parse_commands(const Body& body, const Variables& variables,
                                        Diagnostics& diagnostics);

// The content of an inline file: every backslash makes the next character literal and goes away.
std::string inline_content(const Body& body);

} // namespace buildfile
