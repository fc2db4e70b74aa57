// SPDX-License-Identifier: Apache-2.0
// The stack's outside world in tests: a clock that moves when told, seeded random numbers, malloc for pages.
#pragma once
#include <stdint.h>
#include <string>
#include <vector>

#include "kern/platform.hpp"

namespace netmgr::host {

struct FakeClock {
    uint64_t now_ns = 1'000'000'000;
};

// xorshift64*: the same numbers for the same seed, everywhere.
class SeededRandom {
public:
    explicit SeededRandom(uint64_t seed) : state_(seed * 2654435769u + 1) {}
    uint64_t next();
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) % limit); }
    bool chance(double p) { return static_cast<double>(next() >> 11) < p * 9007199254740992.0; }

private:
    uint64_t state_;
};

class FakePlatform final : public Platform {
public:
    FakePlatform(FakeClock& clock, uint64_t seed) : clock_(clock), random_(seed) {}

    uint64_t now_ns() override { return clock_.now_ns; }
    uint64_t wall_ns() override { return clock_.now_ns + 1'700'000'000'000'000'000; }
    void random_bytes(void* to, size_t size) override;
    void wake_stack() override { wakes++; }
    void log(int severity, const char* text) override;
    bool page_alloc(size_t size, mb_page& page) override;
    void page_free(mb_page& page) override;

    unsigned wakes = 0;
    size_t page_limit = SIZE_MAX; // pages that may still be given
    size_t pages_out = 0;
    std::vector<std::string> lines;

private:
    FakeClock& clock_;
    SeededRandom random_;
};

} // namespace netmgr::host
