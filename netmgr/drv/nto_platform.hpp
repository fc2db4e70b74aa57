// SPDX-License-Identifier: Apache-2.0
// The stack's outside world in the guest: kernel clock, DMA memory, random numbers, system log.
#pragma once
#include "kern/platform.hpp"

namespace netmgr {

class NtoPlatform final : public Platform {
public:
    // Opens /dev/random when it is there; else the generator below is seeded from the program's start values.
    void start();
    // Packet memory comes from this typed memory object from now on (pkt_typed_mem=). 0 or the errno of opening it.
    int use_typed_memory(const char* name);

    uint64_t now_ns() override;
    uint64_t wall_ns() override;
    void random_bytes(void* to, size_t size) override;
    void wake_stack() override;
    void log(int severity, const char* text) override;
    bool page_alloc(size_t size, mb_page& page) override;
    void page_free(mb_page& page) override;

private:
    uint64_t next_random();
    int random_fd_ = -1;
    int memory_fd_ = -1; // NOFD: ordinary memory
    uint64_t state_[4] = {};
};

} // namespace netmgr
