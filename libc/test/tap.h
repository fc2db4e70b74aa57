/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a guest test program: checks, skips with a reason, and TAP lines. */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int tap_number, tap_failures;
static char tap_skip_reason[80];

struct tap_test {
    const char* name;
    int (*run)(void); /* 1 passed or skipped, 0 failed */
};

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);             \
            return 0;                                                                              \
        }                                                                                          \
    } while (0)
#define SKIP(...)                                                                                  \
    do {                                                                                           \
        snprintf(tap_skip_reason, sizeof tap_skip_reason, __VA_ARGS__);                            \
        return 1;                                                                                  \
    } while (0)

/* Runs all tests, or the one named `only`. Returns the exit status. */
static int tap_main(const char* program, const struct tap_test* tests, int count, const char* only)
{
    printf("1..%d\n", only ? 1 : count);
    for (int i = 0; i < count; i++) {
        if (only && strcmp(only, tests[i].name) != 0)
            continue;
        tap_skip_reason[0] = 0;
        int ok = tests[i].run();
        if (!ok)
            tap_failures++;
        printf("%s %d - %s%s%s\n", ok ? "ok" : "not ok", ++tap_number, tests[i].name,
               *tap_skip_reason ? " # SKIP " : "", tap_skip_reason);
        fflush(stdout);
    }
    printf("# %s: %s (%d failed)\n", program, tap_failures ? "FAILED" : "passed", tap_failures);
    return tap_failures != 0;
}
