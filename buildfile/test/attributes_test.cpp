// SPDX-License-Identifier: Apache-2.0
// Attribute scoping and values.
#include "collector.hpp"
#include "parser.hpp"

#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>

using namespace buildfile;

namespace {

struct Collected {
    std::ostringstream messages;
    Diagnostics diagnostics{messages};
    Variables variables;
    Options options;
    std::optional<Image> image;

    explicit Collected(std::string_view text)
    {
        options.zero_mtime = 2;
        Collector collector(options, variables, diagnostics);
        collector.run(make_plan(Parser(variables, diagnostics).parse("t.build", text), variables,
                                diagnostics));
        image.emplace(collector.finish());
    }
    uint32_t mode(const std::string& path)
    {
        Entry* entry = image->tree.find(path);
        return entry ? entry->mode & 07777 : ~0u;
    }
};

TEST(Attributes, SameLineIsLocalAloneIsGlobal)
{
    Collected c("a = {\n}\n[perms=0600] b = {\n}\nc = {\n}\n[perms=0640 uid=7]\nd = {\n}\n[gid=9] "
                "e = {\n}\n");
    EXPECT_EQ(c.messages.str(), "");
    EXPECT_EQ(c.mode("a"), 0666u);
    EXPECT_EQ(c.mode("b"), 0600u);
    EXPECT_EQ(c.mode("c"), 0666u);
    EXPECT_EQ(c.mode("d"), 0640u);
    EXPECT_EQ(c.mode("e"), 0640u); // a local attribute overrides only what it names
    EXPECT_EQ(c.image->tree.find("e")->uid, 7u);
    EXPECT_EQ(c.image->tree.find("e")->gid, 9u);
}

TEST(Attributes, QuestionMarkSetsOnlyWhenUnset)
{
    Collected c("[?perms=0400]\na = {\n}\n[?perms=0440]\nb = {\n}\n");
    EXPECT_EQ(c.mode("a"), 0400u);
    EXPECT_EQ(c.mode("b"), 0400u);
}

TEST(Attributes, PrefixAppliesToRelativeTargets)
{
    Collected c("[prefix=etc/x]\na = {\n}\n/b/c = {\n}\n[prefix=] d = {\n}\n[type=link] l=/t\n");
    EXPECT_TRUE(c.image->tree.contains("etc/x/a"));
    EXPECT_TRUE(c.image->tree.contains("b/c"));
    EXPECT_TRUE(c.image->tree.contains("d"));
    EXPECT_EQ(c.image->tree.find("etc/x/l")->text, "/t");
    EXPECT_TRUE(S_ISDIR(c.image->tree.find("etc")->mode)); // parents are made
}

TEST(Attributes, SymbolicPermissions)
{
    Collected c("[perms=u+s,go=rx] a = {\n}\n[perms=+x] b = {\n}\n[perms=a=rwxt] c = "
                "{\n}\n[perms=go-w]d={\n}\n");
    EXPECT_EQ(c.mode("a"), 04655u);
    EXPECT_EQ(c.mode("b"), 0777u);
    EXPECT_EQ(c.mode("c"), 01777u);
    EXPECT_EQ(c.mode("d"), 0644u);
}

TEST(Attributes, SizesAndTimes)
{
    EXPECT_EQ(parse_size("20m"), 20u << 20);
    EXPECT_EQ(parse_size("0x80000"), 0x80000u);
    EXPECT_THROW(parse_size("20x"), std::runtime_error);
    EXPECT_THROW(parse_size(""), std::runtime_error);
    Collected c("[mtime=2001-09-09-01:46:40] a = {\n}\n");
    EXPECT_EQ(c.image->tree.find("a")->mtime, 1000000000u);
}

TEST(Attributes, WrongOnesAreErrors)
{
    for (const char* text :
         {"[perms=9] a = {\n}\n", "[uid=x] a = {\n}\n", "[+perms] a = {\n}\n", "[raw=1] a = {\n}\n",
          "[autoso=x]\n", "[compress=4]\n", "[phys_align=3]\n", "[sha256=12] a = {\n}\n",
          "[linker=x]\n", "[image=8m-4m]\n", "[type=hlink] a=b\n", "[type=pipe] a = {\n}\n",
          "[mtime=now] a = {\n}\n", "[+script]\n", "[type=link] a\n", "a = {\n}\na = {\nx\n}\n",
          "../a = {\n}\n", "[-optional] nosuchfile\n"}) {
        Collected c(text);
        EXPECT_TRUE(c.diagnostics.failed()) << text;
    }
}

TEST(Attributes, OptionalForeignAndUnknownOnesAreWarnings)
{
    Collected c("nosuchfile\n[num_sectors=8]\n[+optinal] a = {\n}\n");
    EXPECT_FALSE(c.diagnostics.failed());
    EXPECT_EQ(c.diagnostics.warnings(), 3u);
    EXPECT_NE(c.messages.str().find("t.build:3:2: warning: unknown attribute 'optinal'"),
              std::string::npos);
    EXPECT_NE(c.messages.str().find("did you mean 'optional'?"), std::string::npos);
}

TEST(Attributes, HardLinksShareTheInode)
{
    Collected c("a = {\nx\n}\n[type=hlink] /b/c=a\n[type=fifo perms=0600] f\n");
    EXPECT_EQ(c.messages.str(), "");
    EXPECT_EQ(c.image->tree.find("b/c")->ino, c.image->tree.find("a")->ino);
    EXPECT_EQ(c.image->tree.find("f")->mode, S_IFIFO | 0600u);
}

TEST(Attributes, ImageRange)
{
    ImageSpec spec = parse_image("0x80000-0xA0000,512k=1m%4k");
    EXPECT_EQ(spec.start, 0x80000u);
    EXPECT_EQ(spec.end, 0xa0000u);
    EXPECT_EQ(spec.max_size, 512u << 10);
    EXPECT_EQ(spec.total_size, 1u << 20);
    EXPECT_EQ(spec.align, 4096u);
    EXPECT_FALSE(parse_image("=2m").start);
}

} // namespace
