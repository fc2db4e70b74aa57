// SPDX-License-Identifier: Apache-2.0
// mbufs, timers, checksums and control messages by themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <errno.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <vector>

#include "host/fake_platform.hpp"
#include "kern/callout_wheel.hpp"
#include "kern/control.hpp"
#include "kern/mbuf_pool.hpp"
#include "wire/checksum.hpp"

namespace netmgr::host {

namespace {

class Mbufs : public ::testing::Test {
protected:
    void TearDown() override
    {
        EXPECT_EQ(pool.stats().mbufs_in_use, 0u);
        EXPECT_EQ(pool.stats().clusters_in_use, 0u);
    }
    std::string text(const mbuf* m)
    {
        std::string s(static_cast<size_t>(m_length(m)), '\0');
        m_copydata(m, 0, m_length(m), s.data());
        return s;
    }
    std::string numbers(size_t size)
    {
        std::string s(size, '\0');
        for (size_t i = 0; i < size; ++i)
            s[i] = static_cast<char>(i * 7 + i / 251);
        return s;
    }
    // A chain in pieces of the sizes given.
    MbufPtr chain(const std::string& bytes, std::vector<size_t> sizes)
    {
        MbufPtr m(pool.get_hdr(MT_DATA));
        mbuf* at = m.get();
        size_t done = 0;
        for (size_t i = 0; i < sizes.size(); ++i) {
            if (i > 0)
                at = at->m_next = pool.get(MT_DATA);
            memcpy(at->m_data, bytes.data() + done, sizes[i]);
            at->m_len = static_cast<int>(sizes[i]);
            done += sizes[i];
        }
        m->m_pkthdr.len = static_cast<int>(done);
        return m;
    }

    FakeClock clock;
    FakePlatform platform{clock, 1};
    MbufPool pool{platform, MbufLimits{}};
};

TEST_F(Mbufs, CopyInAndOutOfAllSizes)
{
    for (size_t size : {0u, 1u, 100u, 160u, 161u, 2048u, 2049u, 65535u}) {
        MbufPtr m = pool.copy_in(numbers(size).data(), size, 16);
        ASSERT_TRUE(m);
        EXPECT_EQ(m.packet_len(), size);
        EXPECT_EQ(text(m.get()), numbers(size));
        EXPECT_GE(m_leadingspace(m.get()), 16);
    }
}

TEST_F(Mbufs, AdjFromBothEnds)
{
    MbufPtr m = chain(numbers(30), {10, 10, 10});
    m_adj(m.get(), 13);
    EXPECT_EQ(text(m.get()), numbers(30).substr(13));
    m_adj(m.get(), -9);
    EXPECT_EQ(text(m.get()), numbers(30).substr(13, 8));
    EXPECT_EQ(m->m_pkthdr.len, 8);
    m_adj(m.get(), 100);
    EXPECT_EQ(m->m_pkthdr.len, 0);
}

TEST_F(Mbufs, PullupKeepsBytesAndHeader)
{
    for (int len = 1; len <= 40; ++len) {
        MbufPtr m = chain(numbers(40), {5, 0, 15, 20});
        m->m_pkthdr.csum_data = 42;
        ASSERT_TRUE(m.pullup(static_cast<size_t>(len))) << len;
        EXPECT_GE(m->m_len, len);
        EXPECT_EQ(text(m.get()), numbers(40));
        EXPECT_EQ(m->m_pkthdr.csum_data, 42u);
        EXPECT_EQ(m->m_pkthdr.len, 40);
    }
    MbufPtr tooshort = chain(numbers(4), {2, 2});
    EXPECT_FALSE(tooshort.pullup(5));
    MbufPtr cluster = pool.copy_in(numbers(3000).data(), 3000);
    ASSERT_TRUE(cluster.pullup(2048));
    EXPECT_FALSE(cluster.pullup(2049)); // more than a cluster holds
}

TEST_F(Mbufs, PullupOfASharedClusterLeavesTheCopyAlone)
{
    MbufPtr m = pool.copy_in(numbers(2500).data(), 2500);
    MbufPtr copy(m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT));
    ASSERT_TRUE(copy);
    m_adj(m.get(), 2000);
    ASSERT_TRUE(m.pullup(500));
    memset(m->m_data, 0, 500);
    EXPECT_EQ(text(copy.get()), numbers(2500));
}

TEST_F(Mbufs, PrependUsesRoomOrAnotherMbuf)
{
    MbufPtr m = pool.copy_in(numbers(100).data(), 100, 20);
    ASSERT_TRUE(m.prepend(20));
    EXPECT_EQ(m->m_next, nullptr);
    ASSERT_TRUE(m.prepend(14));
    EXPECT_NE(m->m_next, nullptr);
    EXPECT_EQ(m.packet_len(), 134u);
    EXPECT_EQ(text(m.get()).substr(34), numbers(100));
    // A shared cluster is never written in front.
    MbufPtr big = pool.copy_in(numbers(1000).data(), 1000, 64);
    MbufPtr shared(m_copym(big.get(), 0, M_COPYALL, M_DONTWAIT));
    ASSERT_TRUE(big.prepend(14));
    memset(big->m_data, 0xff, 14);
    EXPECT_EQ(text(shared.get()), numbers(1000));
}

TEST_F(Mbufs, SplitDefragDupCopyback)
{
    MbufPtr m = chain(numbers(30), {10, 10, 10});
    MbufPtr rest(m_split(m.get(), 13, M_DONTWAIT));
    EXPECT_EQ(text(m.get()), numbers(30).substr(0, 13));
    EXPECT_EQ(text(rest.get()), numbers(30).substr(13));
    EXPECT_EQ(rest->m_pkthdr.len, 17);
    mbuf* one = m_defrag(rest.release(), M_DONTWAIT);
    ASSERT_NE(one, nullptr);
    rest.reset(one);
    EXPECT_EQ(rest->m_next, nullptr);
    EXPECT_EQ(text(rest.get()), numbers(30).substr(13));
    MbufPtr dup(m_dup(m.get(), 3, 100, M_DONTWAIT));
    EXPECT_EQ(text(dup.get()), numbers(30).substr(3, 10));
    EXPECT_EQ(m_copyback(m.get(), 8, 4, "ABCD"), 0);
    EXPECT_EQ(text(m.get()).substr(8, 4), "ABCD");
    EXPECT_EQ(m_copyback(m.get(), 11, 4, "ABCD"), ENOBUFS);
    MbufPtr large = pool.copy_in(numbers(3000).data(), 3000);
    EXPECT_EQ(m_defrag(large.get(), M_DONTWAIT), nullptr);
}

TEST_F(Mbufs, PhysicalAddressesFollowTheData)
{
    MbufPtr small(pool.get_hdr(MT_DATA)), big(pool.get_cluster(MT_DATA, M_PKTHDR));
    EXPECT_EQ(mbuf_phys(small.get()), reinterpret_cast<uint64_t>(small->m_data) + 0x100000000);
    big->m_data += 2;
    EXPECT_EQ(mbuf_phys(big.get()), reinterpret_cast<uint64_t>(big->m_data) + 0x100000000);
    EXPECT_EQ(pool_phys(big->m_data, big->m_ext.ext_page), mbuf_phys(big.get()));
}

TEST_F(Mbufs, ExhaustionIsReportedAndLeaksNothing)
{
    platform.page_limit = 2;
    std::vector<MbufPtr> all;
    for (;;) {
        MbufPtr m = pool.get_data(5000);
        if (!m)
            break;
        all.push_back(std::move(m));
    }
    EXPECT_GT(all.size(), 10u);
    EXPECT_GT(pool.stats().cluster_failures + pool.stats().mbuf_failures, 0u);
    all.clear();
    EXPECT_TRUE(pool.get_data(5000));
    EXPECT_FALSE(pool.set_max_clusters(1));
}

struct Fired {
    std::vector<int>* order;
    int number;
    callout c = CALLOUT_INITIALIZER;
    static void hit(void* arg)
    {
        auto& f = *static_cast<Fired*>(arg);
        f.order->push_back(f.number);
    }
};

TEST(Callouts, RunInOrderOfDeadline)
{
    FakeClock clock;
    FakePlatform platform(clock, 1);
    CalloutWheel wheel(platform);
    SeededRandom random(5);
    std::vector<int> order;
    std::vector<std::unique_ptr<Fired>> all;
    std::vector<std::pair<uint64_t, int>> expected;
    for (int i = 0; i < 500; ++i) {
        all.push_back(std::make_unique<Fired>(Fired{&order, i}));
        const uint64_t delay = 1 + random.next() % 1000000 * 1000 + static_cast<uint64_t>(i);
        wheel.start(all.back()->c, delay, Fired::hit, all.back().get());
        expected.emplace_back(clock.now_ns + delay, i);
    }
    for (int i = 0; i < 500; i += 3) { // every third is stopped, every other third moved
        wheel.stop(all[static_cast<size_t>(i)]->c);
        expected[static_cast<size_t>(i)].second = -1;
        if (i + 1 < 500) {
            const uint64_t delay = 2'000'000'000 + static_cast<uint64_t>(i);
            wheel.start(all[static_cast<size_t>(i) + 1]->c, delay, Fired::hit,
                        all[static_cast<size_t>(i) + 1].get());
            expected[static_cast<size_t>(i) + 1].first = clock.now_ns + delay;
        }
    }
    std::sort(expected.begin(), expected.end());
    std::vector<int> wanted;
    for (auto& [deadline, number] : expected)
        if (number >= 0)
            wanted.push_back(number);
    while (wheel.next_deadline() != no_deadline) {
        clock.now_ns = wheel.next_deadline();
        wheel.run_due(clock.now_ns);
    }
    EXPECT_EQ(order, wanted);
}

TEST(Callouts, ATimerThatRestartsItselfDoesNotLoop)
{
    FakeClock clock;
    FakePlatform platform(clock, 1);
    CalloutWheel wheel(platform);
    struct Again {
        CalloutWheel* wheel;
        int runs = 0;
        callout c = CALLOUT_INITIALIZER;
        static void hit(void* arg)
        {
            auto& a = *static_cast<Again*>(arg);
            a.runs++;
            a.wheel->start(a.c, 0, hit, arg);
        }
    } again{&wheel};
    wheel.start(again.c, 0, Again::hit, &again);
    clock.now_ns += 10;
    wheel.run_due(clock.now_ns);
    EXPECT_EQ(again.runs, 1);
    EXPECT_TRUE(callout_pending(&again.c));
    wheel.stop(again.c);
    EXPECT_FALSE(callout_pending(&again.c));
}

TEST(Checksums, Vectors)
{
    const uint8_t rfc1071[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    EXPECT_EQ(wire::checksum(rfc1071, sizeof(rfc1071)), static_cast<uint16_t>(~0xddf2));
    const uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                              0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
    EXPECT_EQ(wire::checksum(header, sizeof(header)), 0xb861);
    EXPECT_EQ(wire::checksum("", 0), 0xffff);
}

TEST(Checksums, PiecesOfAnyLengthEqualTheWhole)
{
    SeededRandom random(3);
    std::vector<uint8_t> bytes(4001);
    for (uint8_t& b : bytes)
        b = static_cast<uint8_t>(random.next());
    uint32_t plain = 0;
    for (size_t i = 0; i < bytes.size(); ++i)
        plain += i % 2 == 0 ? static_cast<uint32_t>(bytes[i]) << 8 : bytes[i];
    while (plain >> 16 != 0)
        plain = (plain & 0xffff) + (plain >> 16);
    for (int round = 0; round < 200; ++round) {
        wire::Checksum sum;
        for (size_t at = 0; at < bytes.size();) {
            const size_t size = std::min<size_t>(random.below(97), bytes.size() - at);
            sum.add(bytes.data() + at, size);
            at += size;
        }
        ASSERT_EQ(sum.folded(), plain);
    }
}

TEST(Checksums, IncrementalUpdate)
{
    uint8_t header[20] = {0x45, 0, 0, 84, 1, 2, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    for (int ttl = 64; ttl > 1; --ttl) {
        const uint16_t before = wire::checksum(header, 20);
        const auto old_word = static_cast<uint16_t>(header[8] << 8 | header[9]);
        header[8]--;
        EXPECT_EQ(wire::checksum_update(before, old_word,
                                        static_cast<uint16_t>(header[8] << 8 | header[9])),
                  wire::checksum(header, 20));
    }
}

TEST_F(Mbufs, ControlMessagesRoundTripAndBadOnesAreRefused)
{
    MbufPtr control;
    const int first = 5;
    control_append(pool, control, 1, 2, &first, sizeof(first));
    control_append(pool, control, 3, 4, "abc", 3);
    int seen = 0;
    auto look = [](void* arg, const cmsghdr& h, const uint8_t* data, size_t size) {
        int& count = *static_cast<int*>(arg);
        if (count++ == 0) {
            EXPECT_EQ(h.cmsg_type, 2);
            EXPECT_EQ(size, sizeof(int));
        } else {
            EXPECT_EQ(h.cmsg_level, 3);
            EXPECT_EQ(std::string(reinterpret_cast<const char*>(data), size), "abc");
        }
        return 0;
    };
    EXPECT_EQ(control_walk(control.get(), look, &seen), 0);
    EXPECT_EQ(seen, 2);
    auto ignore = [](void*, const cmsghdr&, const uint8_t*, size_t) { return 0; };
    for (socklen_t len : {0u, 4u, 15u, 17u, 0xffffffffu, 0x7fffffffu}) {
        cmsghdr h = {len, 0, 0};
        MbufPtr bad = pool.copy_in(&h, sizeof(h));
        EXPECT_EQ(control_walk(bad.get(), ignore, nullptr), EINVAL) << len;
    }
    MbufPtr cut = pool.copy_in("abc", 3);
    EXPECT_EQ(control_walk(cut.get(), ignore, nullptr), EINVAL);
}

} // namespace

} // namespace netmgr::host
