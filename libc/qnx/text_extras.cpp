// SPDX-License-Identifier: Apache-2.0
// Text functions of QNX's C library that POSIX does not have.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int stricmp(const char* a, const char* b)
{
    return strcasecmp(a, b);
}

int strcmpi(const char* a, const char* b)
{
    return strcasecmp(a, b);
}

int strnicmp(const char* a, const char* b, size_t n)
{
    return strncasecmp(a, b, n);
}

int memicmp(const void* a, const void* b, size_t n)
{
    auto* left = static_cast<const unsigned char*>(a);
    auto* right = static_cast<const unsigned char*>(b);
    for (size_t i = 0; i < n; ++i) {
        const int difference = tolower(left[i]) - tolower(right[i]);
        if (difference != 0)
            return difference;
    }
    return 0;
}

char* strlwr(char* text)
{
    for (char* at = text; *at != '\0'; ++at)
        *at = static_cast<char>(tolower(static_cast<unsigned char>(*at)));
    return text;
}

char* strupr(char* text)
{
    for (char* at = text; *at != '\0'; ++at)
        *at = static_cast<char>(toupper(static_cast<unsigned char>(*at)));
    return text;
}

char* strrev(char* text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < length / 2; ++i) {
        const char kept = text[i];
        text[i] = text[length - 1 - i];
        text[length - 1 - i] = kept;
    }
    return text;
}

char* strset(char* text, int c)
{
    memset(text, c, strlen(text));
    return text;
}

char* strnset(char* text, int c, size_t n)
{
    memset(text, c, strnlen(text, n));
    return text;
}

char* ulltoa(unsigned long long value, char* buffer, int radix)
{
    if (radix < 2 || radix > 36) {
        buffer[0] = '\0';
        return buffer;
    }
    const auto base = static_cast<unsigned>(radix);
    char* at = buffer;
    do {
        *at++ = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
        value /= base;
    } while (value != 0);
    *at = '\0';
    return strrev(buffer);
}

char* lltoa(long long value, char* buffer, int radix)
{
    const bool negative = value < 0 && radix == 10;
    if (negative)
        *buffer = '-';
    const auto bits = static_cast<unsigned long long>(value);
    ulltoa(negative ? 0 - bits : bits, buffer + negative, radix);
    return buffer;
}

char* ultoa(unsigned long value, char* buffer, int radix)
{
    return ulltoa(value, buffer, radix);
}

char* ltoa(long value, char* buffer, int radix)
{
    return lltoa(value, buffer, radix);
}

char* utoa(unsigned value, char* buffer, int radix)
{
    return ulltoa(value, buffer, radix);
}

// To other bases the bits of an int are meant, not those of a long.
char* itoa(int value, char* buffer, int radix)
{
    return radix == 10 ? lltoa(value, buffer, radix)
                       : ulltoa(static_cast<unsigned>(value), buffer, radix);
}
