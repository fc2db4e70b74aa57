// SPDX-License-Identifier: Apache-2.0
// startup's own decoders against zlib and liblzo2: the same bytes come out, and damage is noticed.
#include <gtest/gtest.h>
#include <lzo/lzo1x.h>
#include <random>
#include <vector>
#include <zlib.h>

namespace startup { // kernel-sim/startup/startup.hpp declares the C library's names for itself
bool inflate(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t size);
bool unpack_lzo(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t size);
} // namespace startup

namespace {

using Bytes = std::vector<uint8_t>;

// Text with repeats, zeros, and noise, in a mixture that depends on the seed.
Bytes sample(size_t size, unsigned seed)
{
    std::mt19937 random(seed);
    Bytes out;
    while (out.size() < size) {
        unsigned kind = random() % 3, run = random() % 700;
        for (unsigned i = 0; i < run && out.size() < size; ++i) {
            size_t back = 1 + random() % 30000;
            out.push_back(kind == 0 ? 0
                          : kind == 1 && back < out.size()
                              ? out[out.size() - 1 - run % (back + 1) % out.size()]
                              : static_cast<uint8_t>(random() >> 3));
        }
    }
    return out;
}

Bytes deflated(const Bytes& data, int level, int strategy)
{
    Bytes out(compressBound(data.size()) + 100);
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, 15, 9, strategy), Z_OK);
    stream.next_in = const_cast<Bytef*>(data.data());
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

Bytes lzo_blocks(const Bytes& data)
{
    EXPECT_EQ(lzo_init(), LZO_E_OK);
    Bytes out, work(LZO1X_999_MEM_COMPRESS), packed(70000);
    for (size_t at = 0; at < data.size(); at += 60000) {
        lzo_uint length = 0;
        size_t take = std::min<size_t>(60000, data.size() - at);
        EXPECT_EQ(lzo1x_999_compress(data.data() + at, take, packed.data(), &length, work.data()),
                  0);
        out.push_back(static_cast<uint8_t>(length >> 8));
        out.push_back(static_cast<uint8_t>(length));
        out.insert(out.end(), packed.begin(), packed.begin() + static_cast<ptrdiff_t>(length));
    }
    out.insert(out.end(), {0, 0});
    return out;
}

TEST(StartupUnpack, InflateMakesWhatZlibPacked)
{
    for (unsigned seed = 1; seed < 12; ++seed) {
        Bytes data = sample(seed * seed * 1500, seed);
        for (int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY}) {
            for (int level : {0, 1, 9}) {
                Bytes packed = deflated(data, level, strategy), out(data.size());
                EXPECT_TRUE(startup::inflate(packed.data(), packed.size(), out.data(), out.size()));
                EXPECT_EQ(out, data);
            }
        }
    }
}

TEST(StartupUnpack, LzoMakesWhatLiblzoPacked)
{
    for (unsigned seed = 1; seed < 12; ++seed) {
        Bytes data = sample(seed * seed * 1500, seed), packed = lzo_blocks(data), out(data.size());
        EXPECT_TRUE(startup::unpack_lzo(packed.data(), packed.size(), out.data(), out.size()));
        EXPECT_EQ(out, data);
    }
}

TEST(StartupUnpack, DamageIsNoticedOrHarmless)
{
    Bytes data = sample(20000, 3), out(data.size());
    Bytes zlib = deflated(data, 9, Z_DEFAULT_STRATEGY), lzo = lzo_blocks(data);
    std::mt19937 random(1);
    for (int round = 0; round < 3000; ++round) {
        Bytes bad = round % 2 ? zlib : lzo;
        bad[random() % bad.size()] = static_cast<uint8_t>(random());
        if (round % 5 == 0) {
            bad.resize(random() % bad.size());
        }
        Bytes exact(bad); // the sanitizer sees a read behind it
        exact.shrink_to_fit();
        bool good = round % 2
                        ? startup::inflate(exact.data(), exact.size(), out.data(), out.size())
                        : startup::unpack_lzo(exact.data(), exact.size(), out.data(), out.size());
        if (round % 2 && good) {
            EXPECT_EQ(out, data); // zlib's own checksum
        }
    }
}

} // namespace
