// SPDX-License-Identifier: Apache-2.0
// zlib and liblzo2, with every length checked.
#include "compress.hpp"

#include <algorithm>
#include <lzo/lzo1x.h>
#include <stdexcept>
#include <zlib.h>

namespace buildfile {
namespace {

constexpr size_t block = 65535; // of LZO; its length must fit into 16 bits even when it grows
constexpr size_t block_input = 60000;

Bytes compress_zlib(const Bytes& data)
{
    uLongf length = compressBound(static_cast<uLong>(data.size()));
    Bytes out(length);
    if (compress2(out.data(), &length, data.data(), static_cast<uLong>(data.size()),
                  Z_BEST_COMPRESSION) != Z_OK) {
        throw std::runtime_error("zlib cannot compress the image");
    }
    out.resize(length);
    return out;
}

Bytes compress_lzo(const Bytes& data)
{
    if (lzo_init() != LZO_E_OK) {
        throw std::runtime_error("liblzo2 does not work");
    }
    Bytes work(LZO1X_1_15_MEM_COMPRESS), packed(block), out;
    for (size_t at = 0; at < data.size(); at += block_input) {
        lzo_uint length = packed.size();
        size_t take = std::min(block_input, data.size() - at);
        if (lzo1x_1_15_compress(data.data() + at, take, packed.data(), &length, work.data()) !=
            LZO_E_OK) {
            throw std::runtime_error("liblzo2 cannot compress the image");
        }
        out.push_back(static_cast<uint8_t>(length >> 8));
        out.push_back(static_cast<uint8_t>(length));
        out.insert(out.end(), packed.begin(), packed.begin() + static_cast<ptrdiff_t>(length));
    }
    out.insert(out.end(), {0, 0});
    return out;
}

Bytes decompress_zlib(const uint8_t* data, size_t length, size_t size)
{
    Bytes out;
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        throw std::runtime_error("zlib does not work");
    }
    stream.next_in = const_cast<Bytef*>(data);
    stream.avail_in = static_cast<uInt>(length);
    int state = Z_OK;
    while (state == Z_OK &&
           out.size() < size) { // the size in the file is not trusted: grow as data comes
        size_t at = out.size();
        out.resize(std::min(size, at + (1u << 20)));
        stream.next_out = out.data() + at;
        stream.avail_out = static_cast<uInt>(out.size() - at);
        state = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (out.size() != size) {
        throw std::runtime_error("the compressed image is damaged");
    }
    return out;
}

Bytes decompress_lzo(const uint8_t* data, size_t length, size_t size)
{
    Bytes out, piece(block + 1);
    size_t at = 0;
    while (length - at >= 2) {
        size_t packed = size_t{data[at]} << 8 | data[at + 1];
        at += 2;
        if (packed == 0) {
            break;
        }
        lzo_uint got = piece.size();
        if (packed > length - at ||
            lzo1x_decompress_safe(data + at, packed, piece.data(), &got, nullptr) != LZO_E_OK ||
            got > size - out.size()) {
            throw std::runtime_error("the compressed image is damaged");
        }
        out.insert(out.end(), piece.begin(), piece.begin() + static_cast<ptrdiff_t>(got));
        at += packed;
    }
    if (out.size() != size) {
        throw std::runtime_error("the compressed image is damaged");
    }
    return out;
}

} // namespace

Compression written_as(Compression wanted)
{
    return wanted == Compression::ucl ? Compression::zlib : wanted;
}

Bytes compress(Compression kind, const Bytes& data)
{
    return written_as(kind) == Compression::lzo ? compress_lzo(data) : compress_zlib(data);
}

Bytes decompress(Compression kind, const uint8_t* data, size_t length, size_t size)
{
    if (kind == Compression::ucl) {
        throw std::runtime_error("the image is compressed with UCL, which cannot be unpacked here");
    }
    return kind == Compression::lzo ? decompress_lzo(data, length, size)
                                    : decompress_zlib(data, length, size);
}

} // namespace buildfile
