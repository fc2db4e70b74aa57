// SPDX-License-Identifier: Apache-2.0
// The line-oriented grammar of buildfiles: [attributes] target = host, or target = { body }.
#include "parser.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace buildfile {
namespace {

constexpr unsigned include_limit = 32;

bool next_line(std::string_view text, size_t& at, std::string_view& line)
{
    if (at >= text.size()) {
        return false;
    }
    size_t end = text.find('\n', at);
    line = text.substr(at, end == std::string_view::npos ? end : end - at);
    at = end == std::string_view::npos ? text.size() : end + 1;
    return true;
}

bool is_comment_or_blank(std::string_view line)
{
    size_t first = line.find_first_not_of(" \t\r");
    return first == std::string_view::npos || line[first] == '#';
}

std::vector<Attribute> attributes_of(std::string_view group, const Position& at)
{
    std::vector<Attribute> list;
    for (auto& raw : split_attributes(group)) {
        list.push_back({std::move(raw), at});
    }
    return list;
}

bool has_flag(const Statement& statement, const std::string& name)
{
    for (const auto& attribute : statement.attributes) {
        if (attribute.raw.name == name && attribute.raw.sign == '+') {
            return true;
        }
    }
    return false;
}

} // namespace

std::vector<Statement> Parser::parse(const std::string& name, std::string_view text)
{
    std::vector<Statement> out;
    Input input{name, text};
    std::string_view line;
    while (next_line(input.text, input.at, line)) {
        ++input.line;
        if (!is_comment_or_blank(line)) {
            parse_line(input, line, out);
        }
    }
    return out;
}

void Parser::parse_line(Input& input, std::string_view raw, std::vector<Statement>& out)
{
    Statement statement;
    statement.at = {input.name, input.line};
    bool opens_body = false;
    bool good = false;
    try {
        std::string line = variables_.expand(raw);
        Tokenizer tokens(line);
        good = parse_attributes(tokens, statement) && parse_file(tokens, statement, opens_body);
    } catch (const LineError& problem) {
        diagnostics_.error(statement.at, problem.what(), problem.mend);
    }
    // A body is read even when its first line is wrong, so that its text is not taken for statements.
    if (opens_body && !read_body(input, statement)) {
        return;
    }
    if (!good) {
        return;
    }
    note_processor(statement);
    if (has_flag(statement, "include") && statement.file) {
        include(statement, out);
    } else if (statement.file || !statement.attributes.empty()) {
        out.push_back(std::move(statement));
    }
}

bool Parser::parse_attributes(Tokenizer& tokens, Statement& statement)
{
    auto group = tokens.attribute_group();
    if (!group) {
        return true;
    }
    statement.attributes = attributes_of(*group, statement.at);
    for (const auto& attribute : statement.attributes) {
        const RawAttribute& raw = attribute.raw;
        if (raw.name.empty() || (raw.sign == 0) == !raw.value.has_value()) {
            diagnostics_.error(statement.at,
                               "attribute '" + raw.name + "' has neither a sign nor a value",
                               "write +name, -name or name=value, with no blanks around '='");
            return false;
        }
    }
    if (tokens.attribute_group()) {
        diagnostics_.error(statement.at, "Missing filename: a second attribute group on one line",
                           "put all attributes into one pair of brackets");
        return false;
    }
    return true;
}

bool Parser::parse_file(Tokenizer& tokens, Statement& statement, bool& opens_body)
{
    auto token = tokens.file_token();
    if (!token) {
        return true;
    }
    if (token->kind != TokenKind::word) {
        opens_body = token->kind == TokenKind::open_brace;
        diagnostics_.error(statement.at, "Missing filename before '='", "write target = host");
        while (auto rest = tokens.file_token()) {
            opens_body = opens_body || rest->kind == TokenKind::open_brace;
        }
        return false;
    }
    statement.file = FileSpec{token->word.text, {}, {}};
    token = tokens.file_token();
    if (token && token->kind == TokenKind::equals) {
        token = tokens.file_token();
        if (!token) {
            diagnostics_.error(
                statement.at, "nothing after '='",
                "name the host file, the link's text, or open an inline file with {");
            return false;
        }
        if (token->kind == TokenKind::open_brace) {
            opens_body = true;
        } else if (token->kind == TokenKind::word) {
            statement.file->host = token->word.text;
        }
        if (token->kind != TokenKind::equals) {
            token = tokens.file_token();
        }
    } else if (token && token->kind == TokenKind::open_brace) {
        opens_body = true;
        diagnostics_.error(statement.at, "'=' is missing before '{'", "write target = {");
        return false;
    }
    if (token && opens_body) {
        opens_body = token->word.text != "}";
        diagnostics_.error(statement.at, "text on the line of '{'",
                           "begin the body on the next line");
        return false;
    }
    if (token) {
        diagnostics_.error(statement.at, "Improper filename specification",
                           "one file a line: target, or target=host; quote names with blanks");
        return false;
    }
    return true;
}

// Reads up to the first unescaped '}'. The rest of that line may only be blank or a comment.
bool Parser::read_body(Input& input, Statement& statement)
{
    Body body;
    body.first_line = {input.name, input.line + 1};
    for (size_t i = input.at; i < input.text.size(); ++i) {
        char c = input.text[i];
        if (c == '\\' && i + 1 < input.text.size()) {
            body.text += c;
            c = input.text[++i];
        } else if (c == '}') {
            std::string_view rest;
            input.at = i + 1;
            ++input.line;
            next_line(input.text, input.at, rest);
            if (!is_comment_or_blank(rest)) {
                diagnostics_.error({input.name, input.line}, "text after '}'",
                                   "write \\} for a brace inside an inline file");
                return false;
            }
            size_t last = body.text.find_last_not_of(" \t");
            if (last != std::string::npos && body.text[last] == '\n') {
                body.text.erase(last + 1);
            } else if (last == std::string::npos) {
                body.text.clear();
            }
            if (statement.file) {
                statement.file->body = std::move(body);
            }
            return true;
        }
        body.text += c;
        input.line += c == '\n';
    }
    diagnostics_.error(statement.at, "'{' is not closed before the end of the file",
                       "end the body with } on a line of its own");
    input.at = input.text.size();
    return false;
}

void Parser::include(const Statement& statement, std::vector<Statement>& out)
{
    const std::string& path = statement.file->target;
    std::ifstream file(path, std::ios::binary);
    if (!file && path.find('/') != 0) { // then beside the including file
        size_t slash = statement.at.file.rfind('/');
        if (slash != std::string::npos) {
            file.open(statement.at.file.substr(0, slash + 1) + path, std::ios::binary);
        }
    }
    if (!file || depth_ >= include_limit) {
        diagnostics_.error(statement.at, "cannot include '" + path + "'",
                           file ? "files include each other" : "check the name and the directory");
        return;
    }
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    ++depth_;
    for (auto& included : parse(path, text)) {
        out.push_back(std::move(included));
    }
    --depth_;
}

void Parser::note_processor(const Statement& statement)
{
    for (const auto& attribute : statement.attributes) {
        if (attribute.raw.name != "virtual" || !attribute.raw.value) {
            continue;
        }
        size_t end = attribute.raw.value->find_first_of(",/");
        if (end != std::string::npos) {
            variables_.set("PROCESSOR", attribute.raw.value->substr(0, end));
        }
    }
}

std::vector<CommandLine> parse_commands(const Body& body, const Variables& variables,
                                        Diagnostics& diagnostics)
{
    std::vector<CommandLine> out;
    Position at = body.first_line;
    size_t offset = 0;
    std::string_view raw;
    for (; next_line(body.text, offset, raw); ++at.line) {
        if (is_comment_or_blank(raw)) {
            continue;
        }
        CommandLine command{at, {}, {}};
        try {
            std::string line = variables.expand(raw);
            Tokenizer tokens(line);
            if (auto group = tokens.attribute_group()) {
                command.attributes = attributes_of(*group, at);
            }
            while (auto word = tokens.command_word()) {
                command.words.push_back(std::move(*word));
            }
            out.push_back(std::move(command));
        } catch (const LineError& problem) {
            diagnostics.error(at, problem.what(), problem.mend);
        }
    }
    return out;
}

std::string inline_content(const Body& body)
{
    std::string out;
    for (size_t i = 0; i < body.text.size(); ++i) {
        if (body.text[i] == '\\' && i + 1 < body.text.size()) {
            ++i;
        }
        out += body.text[i];
    }
    return out;
}

} // namespace buildfile
