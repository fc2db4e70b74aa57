// SPDX-License-Identifier: Apache-2.0
// The line-oriented grammar of buildfiles: [attributes] target = host, or target = { body }.
#include "parser.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace buildfile {
namespace {

constexpr unsigned include_depth_limit = 32;
constexpr size_t include_count_limit = 1000;

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
    size_t first = line.find_first_not_of(" \t\r\f\v");
    return first == std::string_view::npos || line[first] == '#';
}

std::vector<Attribute> with_place(std::vector<RawAttribute> list, const Position& at)
{
    std::vector<Attribute> out;
    for (auto& raw : list) {
        Position place{at.file, at.line, raw.column};
        out.push_back({std::move(raw), place});
    }
    return out;
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

// Boot and script bodies hold commands, with variables; other bodies are content.
bool holds_commands(const Statement& statement)
{
    for (const auto& attribute : statement.attributes) {
        if (attribute.raw.name == "virtual" || attribute.raw.name == "physical") {
            return true;
        }
    }
    return has_flag(statement, "script");
}

// +name, -name or name=value; reports what is neither.
bool well_formed(const Attribute& attribute, Diagnostics& diagnostics)
{
    const RawAttribute& raw = attribute.raw;
    if (!raw.name.empty() && (raw.sign == 0) != !raw.value.has_value()) {
        return true;
    }
    diagnostics.error(attribute.at,
                      raw.sign && raw.value
                          ? "attribute '" + raw.name + "' has a sign and a value"
                          : "attribute '" + raw.name + "' has neither a sign nor a value",
                      "write +name, -name or name=value, with no blanks around '='");
    return false;
}

} // namespace

void Parser::error(const Statement& statement, unsigned column, const std::string& what,
                   const std::string& mend)
{
    diagnostics_.error({statement.at.file, statement.at.line, column}, what, mend);
}

std::vector<Statement> Parser::parse(const std::string& name, std::string_view text)
{
    if (text.substr(0, 3) == "\xef\xbb\xbf") {
        text.remove_prefix(3); // a byte order mark
    }
    diagnostics_.add_source(name, text);
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

// "target =" with the '{' alone on the next line is taken as one line.
std::string Parser::join_brace(Input& input, std::string_view raw)
{
    size_t last = raw.find_last_not_of(" \t\r");
    size_t at = input.at;
    std::string_view next;
    if (last == std::string_view::npos || raw[last] != '=' || !next_line(input.text, at, next)) {
        return {};
    }
    size_t first = next.find_first_not_of(" \t");
    if (first == std::string_view::npos || next[first] != '{' ||
        !is_comment_or_blank(next.substr(first + 1))) {
        return {};
    }
    input.at = at;
    ++input.line;
    diagnostics_.warning({input.name, input.line, static_cast<unsigned>(first + 1)},
                         "'{' on a line of its own", "write target = {");
    return std::string(raw.substr(0, last + 1)) + " {";
}

void Parser::parse_line(Input& input, std::string_view raw, std::vector<Statement>& out)
{
    Statement statement;
    statement.at = {input.name, input.line};
    std::string joined = join_brace(input, raw);
    if (!joined.empty()) {
        raw = joined;
    }
    bool opens_body = false;
    bool good = false;
    try {
        ExpandedLine line = variables_.expand_line(raw);
        Tokenizer tokens(line);
        good = parse_attributes(tokens, statement);
        good = parse_file(tokens, statement, opens_body) && good;
    } catch (const LineError& problem) {
        error(statement, problem.column, problem.what(), problem.mend);
        // what looks like the start of a body is one, so that its text is not taken for statements
        size_t last = raw.find_last_not_of(" \t\r");
        opens_body = last != std::string_view::npos && raw[last] == '{';
    }
    note_processor(statement);
    if (opens_body && !read_body(input, statement, holds_commands(statement))) {
        return;
    }
    if (!good) {
        return;
    }
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
    bool good = true;
    for (Attribute& attribute : with_place(std::move(*group), statement.at)) {
        good = well_formed(attribute, diagnostics_) && good;
        statement.attributes.push_back(std::move(attribute));
    }
    unsigned column = tokens.column();
    if (tokens.attribute_group()) {
        error(statement, column, "Missing filename: a second attribute group on one line",
              "put all attributes into one pair of brackets");
        return false;
    }
    return good;
}

bool Parser::parse_file(Tokenizer& tokens, Statement& statement, bool& opens_body)
{
    auto token = tokens.file_token();
    if (!token) {
        return true;
    }
    statement.file_at = {statement.at.file, statement.at.line, token->column};
    if (token->kind != TokenKind::word) {
        opens_body = token->kind == TokenKind::open_brace;
        error(statement, token->column,
              opens_body ? "Missing filename before '{'" : "Missing filename before '='",
              "write target = host, or target = {");
        auto rest = opens_body ? std::nullopt : tokens.value_token();
        opens_body = opens_body || (rest && rest->kind == TokenKind::open_brace);
        return false;
    }
    if (token->word.text[0] == '}' && !token->word.quoted) {
        error(statement, token->column, "'}' without a body to end",
              "an inline file ends at its first '}': write \\} for a brace inside it");
        return false;
    }
    statement.file = FileSpec{token->word.text, {}, {}};
    token = tokens.file_token();
    if (token && token->kind == TokenKind::open_brace) {
        opens_body = true;
        error(statement, token->column, "'=' is missing before '{'", "write target = {");
        return false;
    }
    if (token && token->kind == TokenKind::word) {
        error(statement, token->column, "Improper filename specification",
              "one file a line: target, or target=host; quote names with blanks");
        return false;
    }
    return !token || parse_value(tokens, statement, opens_body);
}

// What follows '='.
bool Parser::parse_value(Tokenizer& tokens, Statement& statement, bool& opens_body)
{
    unsigned column = tokens.column();
    auto token = tokens.value_token();
    if (!token) {
        error(statement, column, "nothing after '='",
              "name the host file, the link's text, or open an inline file with {");
        return false;
    }
    if (token->kind == TokenKind::open_brace) {
        opens_body = true;
        return check_body_line(tokens, statement, opens_body);
    }
    statement.file->host = token->word.text;
    token = tokens.value_token();
    if (!token) {
        return true;
    }
    opens_body = token->kind == TokenKind::open_brace;
    error(statement, token->column, "Improper filename specification",
          "one file a line: target, or target=host; quote names with blanks");
    return false;
}

// Behind '{' only a comment may stand; "{ }" is taken for an empty body.
bool Parser::check_body_line(Tokenizer& tokens, Statement& statement, bool& opens_body)
{
    auto token = tokens.value_token();
    if (!token) {
        return true;
    }
    if (token->word.text == "}" && !tokens.value_token()) {
        opens_body = false;
        statement.file->body = Body{"", statement.at};
        diagnostics_.warning({statement.at.file, statement.at.line, token->column},
                             "'}' on the line of '{'", "end the body on a line of its own");
        return true;
    }
    opens_body = token->word.text.find('}') == std::string::npos;
    error(statement, token->column, "text on the line of '{'", "begin the body on the next line");
    return false;
}

// Reads up to the first unescaped '}'. In commands the '}' of a variable does not count.
bool Parser::read_body(Input& input, Statement& statement, bool commands)
{
    Body body;
    body.first_line = {input.name, input.line + 1};
    for (size_t i = input.at; i < input.text.size(); ++i) {
        char c = input.text[i];
        if (c == '\\' && i + 1 < input.text.size()) {
            body.text += c;
            c = input.text[++i];
        } else if (c == '}') {
            return end_body(input, statement, std::move(body), i);
        } else if (commands && input.text.substr(i, 2) == "${") {
            size_t end = reference_end(input.text, i);
            if (end != std::string_view::npos) {
                body.text += input.text.substr(i, end - i);
                i = end;
                c = '}';
            }
        }
        body.text += c;
        input.line += c == '\n';
    }
    diagnostics_.error(statement.at, "'{' is not closed before the end of the file",
                       "end the body with } on a line of its own");
    input.at = input.text.size();
    return false;
}

// The rest of the line of '}' may only be blank or a comment.
bool Parser::end_body(Input& input, Statement& statement, Body body, size_t brace)
{
    size_t line_start = input.text.rfind('\n', brace) + 1;
    Position at{input.name, ++input.line, static_cast<unsigned>(brace - line_start + 1)};
    std::string_view rest;
    input.at = brace + 1;
    next_line(input.text, input.at, rest);
    if (!is_comment_or_blank(rest)) {
        at.column += 1 + static_cast<unsigned>(rest.find_first_not_of(" \t\r\f\v"));
        diagnostics_.error(at, "text after '}'",
                           "an inline file ends at its first '}': write \\} for a brace inside it");
        return false;
    }
    size_t last = body.text.find_last_not_of(" \t");
    if (last == std::string::npos) {
        body.text.clear();
    } else if (body.text[last] == '\n') {
        body.text.erase(last + 1);
    } else {
        diagnostics_.warning(at, "text before '}' on its line",
                             "end the body on a line of its own");
    }
    if (statement.file) {
        statement.file->body = std::move(body);
    }
    return true;
}

std::optional<Parser::Included> Parser::read_include(const std::string& path,
                                                     const std::string& from)
{
    std::string name = path;
    if (!std::filesystem::is_regular_file(name) && path.find('/') != 0) {
        size_t slash = from.rfind('/');
        name = slash == std::string::npos ? path : from.substr(0, slash + 1) + path;
    }
    std::ifstream file(name, std::ios::binary);
    if (!file || !std::filesystem::is_regular_file(name)) {
        return std::nullopt;
    }
    return Included{name, std::string((std::istreambuf_iterator<char>(file)),
                                      std::istreambuf_iterator<char>())};
}

void Parser::include(const Statement& statement, std::vector<Statement>& out)
{
    const std::string& path = statement.file->host.value_or(statement.file->target);
    if (depth_ >= include_depth_limit || ++included_ > include_count_limit) {
        diagnostics_.error(statement.file_at, "cannot include '" + path + "'",
                           "files include each other");
        return;
    }
    auto found = reader_(path, statement.at.file);
    if (!found && variables_.keeps_unknown()) {
        diagnostics_.warning(statement.file_at, "'" + path + "' is not there, so not checked");
        return;
    }
    if (!found) {
        diagnostics_.error(statement.file_at, "cannot include '" + path + "'",
                           "check the name and the directory");
        return;
    }
    ++depth_;
    for (auto& included : parse(found->name, found->text)) {
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
            variables_.set_processor(attribute.raw.value->substr(0, end));
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
            bool good = true, leading = true;
            ExpandedLine line = variables.expand_line(raw);
            Tokenizer tokens(line);
            while (auto group = tokens.attribute_group()) {
                for (Attribute& attribute : with_place(std::move(*group), at)) {
                    good = well_formed(attribute, diagnostics) && good;
                    command.attributes.push_back(std::move(attribute));
                }
            }
            // NAME=value words may stand before the attributes too
            while (auto word = tokens.command_word()) {
                command.words.push_back(std::move(*word));
                leading = leading && command.words.back().glued_equals;
                auto group = leading ? tokens.attribute_group() : std::nullopt;
                for (Attribute& attribute :
                     with_place(group.value_or(std::vector<RawAttribute>{}), at)) {
                    good = well_formed(attribute, diagnostics) && good;
                    command.attributes.push_back(std::move(attribute));
                }
            }
            if (good) {
                out.push_back(std::move(command));
            }
        } catch (const LineError& problem) {
            diagnostics.error({at.file, at.line, problem.column}, problem.what(), problem.mend);
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
