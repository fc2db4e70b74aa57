// SPDX-License-Identifier: Apache-2.0
// Clock, random numbers and pages for tests.
#include "host/fake_platform.hpp"

#include <stdlib.h>

namespace netmgr::host {

namespace {

constexpr uint64_t fake_physical =
    0x1'0000'0000; // physical = virtual + this, so that a mix-up shows

} // namespace

uint64_t SeededRandom::next()
{
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717u;
}

void FakePlatform::random_bytes(void* to, size_t size)
{
    auto* bytes = static_cast<uint8_t*>(to);
    for (size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<uint8_t>(random_.next() >> 56);
}

void FakePlatform::log(int, const char* text)
{
    lines.emplace_back(text);
}

bool FakePlatform::page_alloc(size_t size, mb_page& page)
{
    if (pages_out >= page_limit)
        return false;
    page.pg_va = static_cast<char*>(aligned_alloc(4096, size));
    if (page.pg_va == nullptr)
        return false;
    page.pg_pa = reinterpret_cast<uint64_t>(page.pg_va) + fake_physical;
    page.pg_size = size;
    pages_out++;
    return true;
}

void FakePlatform::page_free(mb_page& page)
{
    free(page.pg_va);
    pages_out--;
}

} // namespace netmgr::host
