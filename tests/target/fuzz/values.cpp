// SPDX-License-Identifier: Apache-2.0
// Arguments: the pools they are drawn from.
#include "fuzz/values.hpp"

#include <abi/kercall.h>

#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <unistd.h>

namespace {

constexpr uint64_t boundaries[] = {
    0,          1,          2,          7,          8,           0x7f,        0x80,
    0xff,       0x100,      0xfff,      0x1000,     0x1001,      0x7fff,      0xffff,
    0x10000,    0x10001,    0x7fffffff, 0x80000000, 0xffffffff,  0x100000000, 1ull << 40,
    1ull << 47, 1ull << 63, ~0ull,      ~0ull - 1,  ~0ull - 4095};
constexpr long bad_pointers[] = {0,
                                 1,
                                 8,
                                 0xfff,
                                 0x100000000000, // user space, nothing there
                                 0x7ffffffffff0, // runs over the end of user space
                                 static_cast<long>(0x8000000000000000ul), // not canonical
                                 static_cast<long>(0xffff800000100000ul), // the kernel's map of RAM
                                 static_cast<long>(0xffffffff80001000ul), // kernel text
                                 -1,
                                 -4096};

} // namespace

bool Arena::create()
{
    void* room =
        mmap(nullptr, size + 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (room == MAP_FAILED)
        return false;
    data = static_cast<unsigned char*>(room) + 4096;
    munmap(room, 4096);
    munmap(data + size, 4096);
    read_only = data + size + 4096;
    return mprotect(read_only, 4096, PROT_READ) == 0;
}

uint64_t Values::word()
{
    switch (random_.below(8)) {
    case 0:
        return random_.next();
    case 1:
        return static_cast<uint64_t>(pointer());
    case 2:
    case 3:
        return random_.pick(boundaries);
    case 4: // two 32-bit fields
        return random_.below(64) | uint64_t{random_.below(64)} << 32;
    case 5:
        return random_.pick(boundaries) << 32 | (random_.pick(boundaries) & 0xffffffff);
    case 6:
        return 1ull << random_.below(64);
    default:
        return random_.below(300);
    }
}

unsigned char* Values::scribble()
{
    const uint32_t count = 1 + random_.below(24);
    unsigned char* start = arena_.data + random_.below((Arena::size - 24 * 8) / 8) * 8;
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t value = word();
        memcpy(start + i * 8, &value, sizeof value);
    }
    return start;
}

long Values::pointer()
{
    switch (random_.below(12)) {
    case 0:
        return random_.pick(bad_pointers);
    case 1: // over the end
        return reinterpret_cast<long>(arena_.data + Arena::size - 1 - random_.below(64));
    case 2:
        return reinterpret_cast<long>(arena_.read_only + random_.below(4096));
    case 3:
        return reinterpret_cast<long>(arena_.data - 1 - random_.below(16));
    case 4: // not aligned
        return reinterpret_cast<long>(arena_.data + random_.below(Arena::size));
    default:
        return reinterpret_cast<long>(arena_.data + random_.below(Arena::size / 8) * 8);
    }
}

/// A buffer, or an iov array with mostly sensible entries.
long Values::buffer()
{
    if (random_.one_in(3))
        return pointer();
    unsigned char* start = scribble();
    for (uint32_t i = 0; i < 4; ++i) {
        const nto_iov iov{static_cast<uint64_t>(pointer()),
                          random_.one_in(4) ? word() : random_.below(3000)};
        if (random_.below(3) != 0)
            memcpy(start + i * sizeof iov, &iov, sizeof iov);
    }
    return reinterpret_cast<long>(start);
}

long Values::nanoseconds()
{
    auto* start = scribble();
    const uint64_t short_times[] = {0, 1, 1000, 100000, 1000000};
    const uint64_t value = random_.pick(short_times);
    memcpy(start, &value, sizeof value);
    memcpy(start + 8, &value, sizeof value);
    return reinterpret_cast<long>(start);
}

long Values::coid()
{
    const long low = random_.below(8);
    switch (random_.below(6)) {
    case 0:
        return SYSMGR_COID;
    case 1:
        return low;
    case 2:
        return random_.pick(boundaries) & 0xffffffff;
    default:
        return SYSMGR_COID + 1 + low;
    }
}

long Values::argument(char kind)
{
    if (random_.one_in(16))
        return static_cast<long>(word());
    const bool odd = random_.one_in(5);
    switch (kind) {
    case 'p':
        return random_.one_in(3) ? reinterpret_cast<long>(scribble()) : pointer();
    case 'b':
        return buffer();
    case 'l':
        return odd ? static_cast<long>(word()) : static_cast<long>(random_.below(5000)) - 4000;
    case 'f':
        return odd ? static_cast<long>(random_.next() & 0xffffffff) : 1l << random_.below(32);
    case 'c':
        return coid();
    case 'h':
        return random_.below(5);
    case 'r':
        return odd ? static_cast<long>(random_.next() & 0x7fffffff) : rcvid_;
    case 't':
        return random_.below(4);
    case 'd': {
        const int pids[] = {0, getpid(), getppid(), 1, -1, 2, 4097, getppid() + 4096};
        return random_.pick(pids);
    }
    case 'g':
        return random_.below(66);
    case 'k':
        return random_.below(5);
    case 'x':
        return random_.below(6);
    case 'q':
        return odd ? 0x100 + static_cast<long>(random_.below(40))
                   : static_cast<long>(random_.below(26));
    case 'N':
        return nanoseconds();
    default:
        return static_cast<long>(word());
    }
}
