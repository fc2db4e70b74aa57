// SPDX-License-Identifier: Apache-2.0
// The journal: order, readers at any place, and the oldest records going first when it wraps.
#include "services/slogger2/journal.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Read {
    std::vector<std::string> texts;
    uint64_t sequence;
};

void add(slog::Journal& journal, const std::string& text)
{
    slog::Record record{};
    record.text_len = static_cast<uint32_t>(text.size());
    journal.add(record, text.data());
}

Read read_all(const slog::Journal& journal, uint64_t sequence, size_t room = 3000)
{
    Read result{{}, sequence};
    std::vector<char> data(room);
    while (size_t bytes = journal.read(result.sequence, data.data(), data.size())) {
        for (size_t at = 0; at < bytes;) {
            slog::Record record;
            std::memcpy(&record, &data[at], sizeof record);
            result.texts.emplace_back(&data[at + sizeof record], record.text_len);
            at += sizeof record + record.text_len;
        }
    }
    return result;
}

TEST(Journal, GivesRecordsInOrderAndOnce)
{
    auto journal = std::make_unique<slog::Journal>();
    add(*journal, "one");
    add(*journal, "");
    add(*journal, "three");
    Read first = read_all(*journal, 0);
    EXPECT_EQ(first.texts, (std::vector<std::string>{"one", "", "three"}));
    EXPECT_TRUE(read_all(*journal, first.sequence).texts.empty());
    add(*journal, "four");
    EXPECT_EQ(read_all(*journal, first.sequence).texts, std::vector<std::string>{"four"});
}

TEST(Journal, DropsTheOldestWhenItWraps)
{
    auto journal = std::make_unique<slog::Journal>();
    constexpr int count = 5000; // several times what fits
    for (int i = 0; i < count; i++)
        add(*journal, std::to_string(i) + std::string(static_cast<size_t>(i % 700), 'x'));
    Read kept = read_all(*journal, 0);
    ASSERT_GT(kept.texts.size(), 300u);
    ASSERT_LT(kept.texts.size(), 4000u);
    const int first = count - static_cast<int>(kept.texts.size());
    for (size_t i = 0; i < kept.texts.size(); i++) {
        const int number = first + static_cast<int>(i);
        EXPECT_EQ(kept.texts[i],
                  std::to_string(number) + std::string(static_cast<size_t>(number % 700), 'x'));
    }
}

TEST(Journal, ForgetsAndGoesOn)
{
    auto journal = std::make_unique<slog::Journal>();
    add(*journal, "old");
    journal->clear();
    EXPECT_TRUE(read_all(*journal, 0).texts.empty());
    add(*journal, "new");
    EXPECT_EQ(read_all(*journal, 0).texts, std::vector<std::string>{"new"});
}

} // namespace
