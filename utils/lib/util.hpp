// SPDX-License-Identifier: Apache-2.0
// What every small program needs: its name, and error messages in one form: "name: what: reason".
#pragma once
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

namespace util {

inline const char* program = "?";

inline void start(char* argv[])
{
    const char* slash = std::strrchr(argv[0], '/');
    program = slash ? slash + 1 : argv[0];
}

// Prints "program: what: strerror" and returns 1, an exit status.
inline int complain(const char* what, int error = errno)
{
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s: %s\n", program, what, std::strerror(error));
    return 1;
}

__attribute__((format(printf, 1, 2))) inline int say(const char* format, ...)
{
    std::fflush(stdout);
    std::fprintf(stderr, "%s: ", program);
    va_list args;
    va_start(args, format);
    std::vfprintf(stderr, format, args);
    va_end(args);
    std::fputc('\n', stderr);
    return 1;
}

// A whole number in the text's own base; false when something else is there.
inline bool number(const char* text, long& value, int base = 0)
{
    char* end = nullptr;
    errno = 0;
    value = std::strtol(text, &end, base);
    return end != text && *end == '\0' && errno == 0;
}

// An option without a value that says yes to something.
struct Flag {
    int letter;
    bool* value;
};

// False when the letter is none of them.
inline bool set_flag(std::span<const Flag> flags, int letter)
{
    for (const Flag& flag : flags) {
        if (flag.letter == letter) {
            return *flag.value = true;
        }
    }
    return false;
}

// For the last statement of main(): output that could not be written is an error.
inline int finish(int status)
{
    if (std::fflush(stdout) != 0) {
        return complain("standard output");
    }
    return status;
}

} // namespace util
