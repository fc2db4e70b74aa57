// SPDX-License-Identifier: Apache-2.0
// Tokens: quotes in parts of words, escapes, comments, attribute groups.
#include "tokenizer.hpp"
#include "variables.hpp"

#include <gtest/gtest.h>

using namespace buildfile;

namespace {

ExpandedLine expanded(std::string_view text)
{
    return Variables().expand_line(text);
}

std::vector<RawAttribute> group_of(std::string_view text)
{
    ExpandedLine line = expanded(text);
    return Tokenizer(line).attribute_group().value();
}

std::vector<std::string> words(std::string_view text)
{
    ExpandedLine line = expanded(text);
    Tokenizer tokens(line);
    std::vector<std::string> out;
    while (auto word = tokens.command_word()) {
        out.push_back(word->text);
    }
    return out;
}

using Strings = std::vector<std::string>;

TEST(Tokenizer, QuotesSurviveInsideWords)
{
    EXPECT_EQ(words("a -o\"devb-eide,blk noatime\" b"),
              (Strings{"a", "-odevb-eide,blk noatime", "b"}));
    EXPECT_EQ(words("PS1=\"EVM# \" sh"), (Strings{"PS1=EVM# ", "sh"}));
    EXPECT_EQ(words("echo \"I \\\"think\\\" so\""), (Strings{"echo", "I \"think\" so"}));
    EXPECT_EQ(words("echo \"\""), (Strings{"echo", ""}));
}

TEST(Tokenizer, CommentNeedsTokenStart)
{
    EXPECT_EQ(words("libssl.so.3 #x"), (Strings{"libssl.so.3"}));
    EXPECT_EQ(words("a#b c"), (Strings{"a#b", "c"}));
    EXPECT_EQ(words("# all"), Strings{});
}

TEST(Tokenizer, UnclosedQuoteIsAnError)
{
    EXPECT_THROW(words("echo \"abc"), std::runtime_error);
}

TEST(Tokenizer, AttributeGroupKeepsQuotedBracket)
{
    ExpandedLine line = expanded("[linker=\"a ] b\" +raw]file");
    Tokenizer tokens(line);
    auto list = tokens.attribute_group();
    ASSERT_TRUE(list && list->size() == 2);
    EXPECT_EQ((*list)[0].value, "a ] b");
    EXPECT_EQ((*list)[0].column, 2u);
    EXPECT_EQ((*list)[1].sign, '+');
    EXPECT_EQ(tokens.file_token()->word.text, "file");
    EXPECT_THROW(group_of("[perms=0700 file"), std::runtime_error);
}

TEST(Tokenizer, QuestionMarkPrefix)
{
    auto list = group_of("[?perms=0700 ?+raw prefix=]");
    ASSERT_EQ(list.size(), 3u);
    EXPECT_TRUE(list[0].if_unset);
    EXPECT_TRUE(list[1].if_unset);
    EXPECT_EQ(list[1].sign, '+');
    EXPECT_EQ(list[2].value, "");
}

TEST(Tokenizer, EqualsWithAndWithoutBlanks)
{
    for (const char* line : {"a=b", "a = b", "a= b", "\"a\"=b"}) {
        ExpandedLine text = expanded(line);
        Tokenizer tokens(text);
        EXPECT_EQ(tokens.file_token()->word.text, "a") << line;
        EXPECT_EQ(tokens.file_token()->kind, TokenKind::equals) << line;
        EXPECT_EQ(tokens.value_token()->word.text, "b") << line;
        EXPECT_FALSE(tokens.file_token()) << line;
    }
}

TEST(Variables, NestedAndChained)
{
    Variables variables;
    variables.set("a", "x");
    variables.set("xy", "deep");
    variables.set("chain", "<${a}>");
    EXPECT_EQ(variables.expand("${${a}y}"), "deep");
    EXPECT_EQ(variables.expand("${chain}${none}"), "<x>");
    EXPECT_EQ(variables.expand("$a $(cmd) \\${a}"), "$a $(cmd) \\${a}");
    EXPECT_EQ(variables.expand("${a ${b c} ${a"), "${a ${b c} ${a"); // no references
    variables.keep_unknown();
    EXPECT_EQ(variables.expand("${a}${none}"), "x${none}");
    variables.set("loop", "${loop}");
    EXPECT_THROW(variables.expand("${loop}"), std::runtime_error);
}

} // namespace
