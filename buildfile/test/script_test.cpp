// SPDX-License-Identifier: Apache-2.0
// The startup script compiler, looked at through the decoder dumpifs uses.
#include "image_reader.hpp"
#include "parser.hpp"
#include "script.hpp"

#include <gtest/gtest.h>
#include <sstream>

using namespace buildfile;

namespace {

struct Compiled {
    std::ostringstream messages;
    Diagnostics diagnostics{messages};
    Variables variables;
    Bytes bytes;
    std::vector<std::string> lines;

    explicit Compiled(const std::string& text)
    {
        bytes =
            compile_script(parse_commands({text, {"s", 1}}, variables, diagnostics), diagnostics);
        end_script(bytes);
        lines = describe_script(bytes);
    }
};

std::string one(const std::string& line)
{
    Compiled c(line);
    return c.lines.size() == 1 ? c.lines[0] : "<" + c.messages.str() + ">";
}

TEST(Script, InternalCommands)
{
    EXPECT_EQ(one("display_msg Hello,   world (1)"), "display_msg Hello, world (1)");
    EXPECT_EQ(one("display_msg \"a  b\""), "display_msg a  b");
    EXPECT_EQ(one("procmgr_symlink /dev/ser1 /dev/console"),
              "procmgr_symlink /dev/ser1 /dev/console");
    EXPECT_EQ(one("waitfor /dev/ser1"), "waitfor /dev/ser1 5.0");
    EXPECT_EQ(one("waitfor /dev/ser1 1.5"), "waitfor /dev/ser1 1.5");
    EXPECT_EQ(one("reopen"), "reopen /dev/console 5.0");
    EXPECT_EQ(one("reopen 2 /dev/ser1"), "reopen /dev/ser1 2.0");
}

TEST(Script, Partitions)
{
    EXPECT_EQ(one("sched_aps Drivers 20% 100"), "sched_aps Drivers 20% 100");
    EXPECT_EQ(one("sched_aps A 5"), "sched_aps A 5%");
    EXPECT_EQ(one("[sched_aps=Drivers pri=7f] A=1 cmd x &"),
              "[ pri=7f sched_aps=Drivers ] A=1 cmd x &");
}

TEST(Script, ExternalCommands)
{
    EXPECT_EQ(one("devc-ser8250 -e &"), "devc-ser8250 -e &");
    EXPECT_EQ(one("[+session] sh&"), "[ +session ] sh &");
    EXPECT_EQ(one("cmd a=\"b c\"&"), "cmd a=b c &");
    EXPECT_EQ(one("cmd \"b &\""), "cmd b &"); // a plain argument
    EXPECT_EQ(one("[pri=25r]cmd"), "[ pri=25r ] cmd");
    EXPECT_EQ(one("[cpu=1] A=\"b c\" D=e cmd f=g"), "[ cpu=1 ] A=b c D=e cmd f=g");
    EXPECT_EQ(one("[+external] waitfor /x"), "[ +external ] waitfor /x");
}

TEST(Script, EnvironmentAloneIsForAllThatFollows)
{
    Compiled c("A=1\nB=2 C=3\nls\n");
    EXPECT_EQ(c.lines, (std::vector<std::string>{"A=1", "B=2", "C=3", "ls"}));
}

TEST(Script, ModifiersAloneApplyToTheRest)
{
    Compiled c("[pri=20f]\na\n[pri=9] b\nc\n");
    EXPECT_EQ(c.lines,
              (std::vector<std::string>{"[ pri=20f ] a", "[ pri=9r ] b", "[ pri=20f ] c"}));
}

TEST(Script, Argv0ReplacesTheFirstArgument)
{
    Compiled c("[argv0=-sh] sh -l\n");
    EXPECT_EQ(c.lines, std::vector<std::string>{"[ argv0=-sh ] sh -l"});
    auto* command = reinterpret_cast<const script_cmd*>(c.bytes.data());
    EXPECT_EQ(command->argc, 2u);
    EXPECT_EQ(std::string(command->strings, 10), std::string("sh\0-sh\0-l\0", 10));
}

TEST(Script, WrongLinesAreErrors)
{
    for (const char* text :
         {"waitfor\n", "waitfor /a b\n", "waitfor /a 1 2\n", "procmgr_symlink a\n", "&\n",
          "[pri=300] a\n", "[pri=10x] a\n", "[cpu=a] b\n", "sched_aps x\n", "sched_aps x 101\n"}) {
        Compiled c(text);
        EXPECT_TRUE(c.diagnostics.failed()) << text;
        EXPECT_EQ(c.messages.str().rfind("s:1:", 0), 0u) << c.messages.str();
    }
}

} // namespace
