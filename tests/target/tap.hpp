// SPDX-License-Identifier: Apache-2.0
// TAP output for test programs in the guest: either a table of named functions that return true, CHECK inside them; or check() line by
// line, and checks_done() at the end.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);             \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

struct TapTest {
    const char* name;
    bool (*run)();
};

inline int checks_made, checks_failed;

/// One test of a program without a table; a failure does not end it.
inline void check(bool good, const char* what)
{
    if (!good) {
        checks_failed++;
        printf("# errno %d (%s)\n", errno, strerror(errno));
    }
    printf("%sok %d %s\n", good ? "" : "not ", ++checks_made, what);
    fflush(stdout);
}

/// The exit status for main().
inline int checks_done()
{
    printf("1..%d\n", checks_made);
    return checks_failed == 0 ? 0 : 1;
}

/// Runs all; the exit status for main().
template <unsigned long N>
int run_tests(const TapTest (&tests)[N])
{
    unsigned failed = 0;
    printf("1..%lu\n", N);
    for (unsigned long i = 0; i < N; ++i) {
        const bool good = tests[i].run();
        failed += !good;
        printf("%sok %lu - %s\n", good ? "" : "not ", i + 1, tests[i].name);
        fflush(stdout);
    }
    return failed ? 1 : 0;
}
