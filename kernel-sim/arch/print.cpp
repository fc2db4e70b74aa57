// SPDX-License-Identifier: Apache-2.0
// Formatted text for the debug console, panics and assertions.
#include "arch/console.hpp"
#include "arch/machine.hpp"

#include <abi/fault.h>
#include <cstdarg>
#include <cstring>

namespace kernel {

namespace {

class Printer {
public:
    ~Printer() { flush(); }

    void put(char c)
    {
        buffer_[used_++] = c;
        if (used_ == sizeof buffer_)
            flush();
    }
    void format(const char* text, va_list args);

private:
    struct Spec {
        bool zero = false, left = false;
        int width = 0, precision = -1, longs = 0;
    };
    const char* parse(const char* text, Spec& spec, va_list args);
    void number(uint64_t value, unsigned base, bool negative, const Spec& spec);
    void string(const char* text, const Spec& spec);
    void flush()
    {
        arch::console_write(buffer_, used_);
        used_ = 0;
    }

    char buffer_[128];
    uint64_t used_ = 0;
};

const char* Printer::parse(const char* text, Spec& spec, va_list args)
{
    for (;; ++text) {
        if (*text == '0')
            spec.zero = true;
        else if (*text == '-')
            spec.left = true;
        else
            break;
    }
    for (; *text >= '0' && *text <= '9'; ++text)
        spec.width = spec.width * 10 + (*text - '0');
    if (text[0] == '.' && text[1] == '*') {
        spec.precision = va_arg(args, int);
        text += 2;
    }
    for (; *text == 'l' || *text == 'z'; ++text)
        ++spec.longs;
    return text;
}

void Printer::number(uint64_t value, unsigned base, bool negative, const Spec& spec)
{
    char digits[24];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative)
        digits[count++] = '-';
    for (int i = count; !spec.left && i < spec.width; ++i)
        put(spec.zero ? '0' : ' ');
    for (int i = count; i > 0; --i)
        put(digits[i - 1]);
    for (int i = count; spec.left && i < spec.width; ++i)
        put(' ');
}

void Printer::string(const char* text, const Spec& spec)
{
    if (!text)
        text = "(null)";
    int length = 0;
    while ((spec.precision < 0 || length < spec.precision) && text[length])
        ++length;
    for (int i = length; !spec.left && i < spec.width; ++i)
        put(' ');
    for (int i = 0; i < length; ++i)
        put(text[i]);
    for (int i = length; spec.left && i < spec.width; ++i)
        put(' ');
}

void Printer::format(const char* text, va_list args)
{
    for (; *text; ++text) {
        if (*text != '%') {
            put(*text);
            continue;
        }
        Spec spec;
        text = parse(text + 1, spec, args);
        switch (*text) {
        case 'd': {
            const int64_t value = spec.longs ? va_arg(args, int64_t) : va_arg(args, int);
            const uint64_t size =
                value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
            number(size, 10, value < 0, spec);
            break;
        }
        case 'u':
        case 'x': {
            const uint64_t value = spec.longs ? va_arg(args, uint64_t) : va_arg(args, unsigned);
            number(value, *text == 'u' ? 10 : 16, false, spec);
            break;
        }
        case 'p':
            number(va_arg(args, uint64_t), 16, false, spec);
            break;
        case 's':
            string(va_arg(args, const char*), spec);
            break;
        case 'c':
            put(static_cast<char>(va_arg(args, int)));
            break;
        default:
            put(*text);
            break;
        }
    }
}

volatile bool dying;

} // namespace

void print(const char* format, ...)
{
    va_list args;
    va_start(args, format);
    Printer().format(format, args);
    va_end(args);
}

void panic(const char* file, int line, const char* format, ...)
{
    asm volatile("" ::: "memory");
    if (dying)
        arch::halt();
    dying = true;
    arch::console_claim_com1();
    va_list args;
    va_start(args, format);
    print(ABI_PANIC_MARK " %s:%d: ", file, line);
    Printer().format(format, args);
    print("\n");
    va_end(args);
    arch::halt();
}

void assertion_failed(const char* file, int line, const char* expression)
{
    if (dying)
        arch::halt();
    dying = true;
    arch::console_claim_com1();
    print(ABI_ASSERT_MARK " %s:%d: %s\n", file, line, expression);
    arch::halt();
}

} // namespace kernel
