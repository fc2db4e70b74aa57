// SPDX-License-Identifier: Apache-2.0
// memcpy and friends, which the compiler calls by name, and the few other symbols a freestanding image needs.
#include "arch/console.hpp"

#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, const void* from, size_t n)
{
    void* start = to;
    size_t words = n / 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    size_t rest = n % 8;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return start;
}

void* memmove(void* to, const void* from, size_t n)
{
    auto* t = static_cast<unsigned char*>(to);
    const auto* f = static_cast<const unsigned char*>(from);
    if (t <= f || t >= f + n)
        return memcpy(to, from, n);
    while (n-- > 0)
        t[n] = f[n];
    return to;
}

void* memset(void* to, int c, size_t n)
{
    void* start = to;
    const uint64_t pattern = 0x0101010101010101u * static_cast<unsigned char>(c);
    size_t words = n / 8;
    asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    size_t rest = n % 8;
    asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
    return start;
}

int memcmp(const void* a, const void* b, size_t n)
{
    const auto* x = static_cast<const unsigned char*>(a);
    const auto* y = static_cast<const unsigned char*>(b);
    for (; n; --n, ++x, ++y) {
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}

void* memchr(const void* s, int c, size_t n)
{
    const auto* p = static_cast<const unsigned char*>(s);
    for (; n; --n, ++p) {
        if (*p == static_cast<unsigned char>(c))
            return const_cast<unsigned char*>(p);
    }
    return nullptr;
}

size_t strlen(const char* s)
{
    size_t n = 0;
    while (s[n])
        ++n;
    return n;
}

int strcmp(const char* a, const char* b)
{
    for (; *a && *a == *b; ++a, ++b) {
    }
    return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}

int strncmp(const char* a, const char* b, size_t n)
{
    for (; n && *a && *a == *b; --n, ++a, ++b) {
    }
    return n ? static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b) : 0;
}

size_t strnlen(const char* s, size_t limit)
{
    size_t n = 0;
    while (n < limit && s[n])
        ++n;
    return n;
}

char* strchr(const char* s, int c)
{
    for (;; ++s) {
        if (*s == static_cast<char>(c))
            return const_cast<char*>(s);
        if (!*s)
            return nullptr;
    }
}

char* strrchr(const char* s, int c)
{
    const char* last = nullptr;
    for (;; ++s) {
        if (*s == static_cast<char>(c))
            last = s;
        if (!*s)
            return const_cast<char*>(last);
    }
}

char* strncpy(char* to, const char* from, size_t n)
{
    size_t i = 0;
    for (; i < n && from[i]; ++i)
        to[i] = from[i];
    for (; i < n; ++i)
        to[i] = 0;
    return to;
}

void abort()
{
    PANIC("abort() called");
}

void __cxa_pure_virtual()
{
    PANIC("pure virtual function called");
}

int __cxa_atexit(void (*)(void*), void*, void*)
{
    return 0; // nothing in the kernel is ever destroyed at exit
}

void* __dso_handle;
}
