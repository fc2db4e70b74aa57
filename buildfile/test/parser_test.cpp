// SPDX-License-Identifier: Apache-2.0
// The line grammar: file specifications, inline bodies, line numbers, errors.
#include "parser.hpp"

#include <gtest/gtest.h>
#include <sstream>

using namespace buildfile;

namespace {

struct Parsed {
    std::ostringstream messages;
    Diagnostics diagnostics{messages};
    Variables variables;
    std::vector<Statement> statements;

    explicit Parsed(std::string_view text)
    {
        variables.set("ROOT", "/r");
        statements = Parser(variables, diagnostics).parse("t.build", text);
    }
};

TEST(Parser, FileSpecifications)
{
    Parsed p(
        "# comment\n\nls\n /bin/sh = ksh # copy\n[type=link]a=/b/c\n[perms=0700 ] ${ROOT}/x=y\n");
    ASSERT_EQ(p.statements.size(), 4u) << p.messages.str();
    EXPECT_EQ(p.statements[0].file->target, "ls");
    EXPECT_FALSE(p.statements[0].file->host);
    EXPECT_EQ(p.statements[1].file->target, "/bin/sh");
    EXPECT_EQ(p.statements[1].file->host, "ksh");
    EXPECT_EQ(p.statements[2].attributes[0].raw.value, "link");
    EXPECT_EQ(p.statements[3].file->target, "/r/x");
    EXPECT_EQ(p.statements[3].at.line, 6u);
}

TEST(Parser, InlineBodies)
{
    Parsed p("a = { # comment\n# kept\n  [x] $\\{y\\} \\\\\n}\nb={\n}\nls\n");
    ASSERT_EQ(p.statements.size(), 3u) << p.messages.str();
    EXPECT_EQ(inline_content(*p.statements[0].file->body), "# kept\n  [x] ${y} \\\n");
    EXPECT_EQ(inline_content(*p.statements[1].file->body), "");
    EXPECT_EQ(p.statements[2].at.line, 7u);
}

TEST(Parser, CommandLinesKeepTheirLineNumbers)
{
    Parsed p("[+script] s = {\n# c\n\n[pri=10o] FOO=bar cmd \"a b\" &\n}\n");
    ASSERT_EQ(p.statements.size(), 1u);
    auto lines = parse_commands(*p.statements[0].file->body, p.variables, p.diagnostics);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].at.line, 4u);
    ASSERT_EQ(lines[0].words.size(), 4u);
    EXPECT_TRUE(lines[0].words[0].glued_equals);
    EXPECT_EQ(lines[0].words[2].text, "a b");
}

TEST(Parser, ProcessorComesFromVirtual)
{
    Parsed p("[virtual=aarch64le,raw] boot = {\n}\n${PROCESSOR}/x\n");
    ASSERT_EQ(p.statements.size(), 2u);
    EXPECT_EQ(p.statements[1].file->target, "aarch64le/x");
}

TEST(Parser, OddButRightLines)
{
    Parsed p("\xef\xbb\xbf"
             "ls # \"open ${quote\r\n[type=link]a=b=c\r\n\ttab\r\na={\r\nx\r\n}\r\nlast");
    EXPECT_EQ(p.messages.str(), "");
    ASSERT_EQ(p.statements.size(), 5u);
    EXPECT_EQ(p.statements[1].file->host, "b=c");
    EXPECT_EQ(inline_content(*p.statements[3].file->body), "x\r\n");
    EXPECT_EQ(p.statements[4].file->target, "last");
}

TEST(Parser, VariablesInCommandsDoNotEndTheBody)
{
    Parsed p("[+script] s = {\n cmd ${ROOT}/x $\\{y\\}\n}\nls\n");
    EXPECT_EQ(p.messages.str(), "");
    ASSERT_EQ(p.statements.size(), 2u);
    auto lines = parse_commands(*p.statements[0].file->body, p.variables, p.diagnostics);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].words[1].text, "/r/x");
    EXPECT_EQ(lines[0].words[2].text, "${y}");
}

TEST(Parser, MessagesPointAtTheColumn)
{
    Parsed p("ls ${ROOT} x\n");
    EXPECT_NE(p.messages.str().find("t.build:1:4: error"), std::string::npos) << p.messages.str();
    EXPECT_NE(p.messages.str().find("    ls ${ROOT} x\n       ^\n"), std::string::npos);
}

struct BadLine {
    const char* text;
    const char* message;
};

class ParserErrors : public testing::TestWithParam<BadLine> {};

TEST_P(ParserErrors, AreReportedWithTheirLine)
{
    Parsed p(std::string("ls\n") + GetParam().text);
    EXPECT_TRUE(p.diagnostics.failed());
    EXPECT_EQ(p.messages.str().rfind("t.build:2:", 0), 0u) << p.messages.str();
    EXPECT_NE(p.messages.str().find(GetParam().message), std::string::npos) << p.messages.str();
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ParserErrors,
    testing::Values(BadLine{"a b\n", "Improper filename specification"},
                    BadLine{"= b\n", "Missing filename"}, BadLine{"a =\n", "nothing after '='"},
                    BadLine{"[+raw\n", "'[' without ']'"}, BadLine{"[raw] a\n", "neither a sign"},
                    BadLine{"[+raw] [perms=1] a\n", "second attribute group"},
                    BadLine{"a = {\nb\n", "not closed"},
                    BadLine{"a = { x\n}\n", "text on the line"}, BadLine{"}\n", "without a body"},
                    BadLine{"a {\n}\n", "'=' is missing"}, BadLine{"${x\n", "without '}'"},
                    BadLine{"[+include] /nonexistent/x\n", "cannot include"}));

} // namespace
