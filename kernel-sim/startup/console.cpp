// SPDX-License-Identifier: Apache-2.0
// Text before there is a kernel: QEMU's debug port and COM1, polled. Used only for errors.
#include "startup/startup.hpp"

namespace startup {

namespace {

constexpr uint16_t com1 = 0x3f8;

void put(char c)
{
    outb(0xe9, static_cast<uint8_t>(c));
    for (int tries = 0; tries < 10000 && !(inb(com1 + 5) & 0x20); ++tries) {
    }
    outb(com1, static_cast<uint8_t>(c));
}

} // namespace

void print(const char* text)
{
    for (; *text; ++text) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

void print_hex(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        put("0123456789abcdef"[(value >> shift) & 15]);
}

void fail(const char* text)
{
    print("@@PANIC startup: ");
    print(text);
    print("\n");
    for (;;)
        asm volatile("cli; hlt");
}

} // namespace startup

// The compiler calls these by name.
void* memset(void* to, int c, decltype(sizeof 0) n)
{
    void* start = to;
    asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
    return start;
}

void* memcpy(void* to, const void* from, decltype(sizeof 0) n)
{
    void* start = to;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return start;
}

int memcmp(const void* a, const void* b, decltype(sizeof 0) n)
{
    const auto* x = static_cast<const unsigned char*>(a);
    const auto* y = static_cast<const unsigned char*>(b);
    for (; n; --n, ++x, ++y) {
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}
