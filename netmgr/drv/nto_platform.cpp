// SPDX-License-Identifier: Apache-2.0
// The guest's side of what the stack needs.
#include "drv/nto_platform.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <time.h>
#include <unistd.h>

#include "drv/log.hpp"
#include "drv/runtime.hpp"

namespace netmgr {

namespace {

uint64_t clock_ns(clockid_t id)
{
    timespec ts;
    clock_gettime(id, &ts);
    return static_cast<uint64_t>(ts.tv_sec) * 1000000000u + static_cast<uint64_t>(ts.tv_nsec);
}

uint64_t rotate(uint64_t v, int n)
{
    return v << n | v >> (64 - n);
}

} // namespace

void NtoPlatform::start()
{
    random_fd_ = open("/dev/random", O_RDONLY | O_CLOEXEC);
    uint64_t seed[2] = {0x9e3779b97f4a7c15u, 0xd1b54a32d192ed03u};
    auto* at_random = reinterpret_cast<const void*>(getauxval(AT_RANDOM));
    if (at_random != nullptr)
        memcpy(seed, at_random, sizeof seed);
    state_[0] = seed[0] ^ ClockCycles();
    state_[1] = seed[1] ^ clock_ns(CLOCK_REALTIME);
    state_[2] = rotate(seed[0], 32) ^ static_cast<uint64_t>(getpid());
    state_[3] = rotate(seed[1], 17) | 1;
    for (int i = 0; i < 16; i++)
        next_random();
}

uint64_t NtoPlatform::now_ns()
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t NtoPlatform::wall_ns()
{
    return clock_ns(CLOCK_REALTIME);
}

// xoshiro256**; stack context. The cycle counter is stirred in at every call.
uint64_t NtoPlatform::next_random()
{
    state_[0] ^= ClockCycles();
    uint64_t result = rotate(state_[1] * 5, 7) * 9;
    uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
}

void NtoPlatform::random_bytes(void* to, size_t size)
{
    if (random_fd_ >= 0 && read(random_fd_, to, size) == static_cast<ssize_t>(size))
        return;
    auto* at = static_cast<char*>(to);
    while (size != 0) {
        uint64_t v = next_random();
        size_t n = size < sizeof v ? size : sizeof v;
        memcpy(at, &v, n);
        at += n;
        size -= n;
    }
}

void NtoPlatform::wake_stack()
{
    runtime.wake_stack();
}

void NtoPlatform::log(int severity, const char* text)
{
    log_text(severity, text);
}

int NtoPlatform::use_typed_memory(const char* name)
{
    memory_fd_ = posix_typed_mem_open(name, O_RDWR, POSIX_TYPED_MEM_ALLOCATE_CONTIG);
    return memory_fd_ == -1 ? errno : 0;
}

bool NtoPlatform::page_alloc(size_t size, mb_page& page)
{
    const int flags = memory_fd_ != NOFD ? MAP_SHARED : MAP_PHYS | MAP_ANON | MAP_PRIVATE;
    void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, memory_fd_, 0);
    if (p == MAP_FAILED)
        return false;
    off64_t paddr = 0;
    if (mem_offset64(p, NOFD, size, &paddr, nullptr) != 0) {
        munmap(p, size);
        return false;
    }
    page = {static_cast<char*>(p), static_cast<uint64_t>(paddr), size};
    return true;
}

void NtoPlatform::page_free(mb_page& page)
{
    munmap(page.pg_va, page.pg_size);
}

} // namespace netmgr
