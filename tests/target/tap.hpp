// SPDX-License-Identifier: Apache-2.0
// TAP output for test programs in the guest: a table of named functions that return true, CHECK inside them.
#pragma once

#include <errno.h>
#include <stdio.h>

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
