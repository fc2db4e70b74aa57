// SPDX-License-Identifier: Apache-2.0
// Digests by OpenSSL; POSIX's cksum is a CRC over the bytes and their count.
#include "digest.hpp"

#include <algorithm>
#include <cctype>
#include <openssl/evp.h>
#include <stdexcept>

namespace buildfile {

std::string digest(Digest kind, const Bytes& data)
{
    const EVP_MD* method = kind == Digest::md5      ? EVP_md5()
                           : kind == Digest::sha256 ? EVP_sha256()
                                                    : EVP_sha512();
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(data.data(), data.size(), sum, &length, method, nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute this digest");
    }
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        out += "0123456789abcdef"[sum[i] >> 4];
        out += "0123456789abcdef"[sum[i] & 15];
    }
    return out;
}

uint32_t posix_cksum(const Bytes& data)
{
    uint32_t crc = 0;
    auto add = [&](uint8_t byte) {
        crc ^= uint32_t{byte} << 24;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc << 1) ^ (crc & 0x80000000u ? 0x04c11db7u : 0);
        }
    };
    for (uint8_t byte : data) {
        add(byte);
    }
    for (uint64_t length = data.size(); length; length >>= 8) {
        add(static_cast<uint8_t>(length));
    }
    return ~crc;
}

std::string lower_case(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

} // namespace buildfile
