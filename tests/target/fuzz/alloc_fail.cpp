// SPDX-License-Identifier: Apache-2.0
// Lets the n-th allocation of procnto fail, for each n, in each of a list of operations: each must succeed or say that
// memory is short, and leave nothing behind.
#include "fuzz/alloc_operations.hpp"
#include "fuzz/objects.hpp"

#include <abi/usage.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

QNX_USAGE("%C - failed allocations in procnto, one after the other\n"
          "%C [operation ...]\n");

namespace {

constexpr uint64_t most_allocations = 2000; // an operation that needs more never ends
constexpr ObjectSlack heap_slack{1, 48};
uint64_t points, refusals;

bool allowed(int error)
{
    return error == EOK || error == ENOMEM || error == EAGAIN;
}

/// False: a wrong error, or something left behind.
bool check(const Operation& operation)
{
    for (int warm = 0; warm < 2; ++warm) {
        if (const int error = operation.run(); error != EOK) {
            printf("# %s: %s without any failure\n", operation.name, strerror(error));
            return false;
        }
    }
    const ObjectCounts before = settled_objects();
    bool good = true;
    uint64_t n = 1;
    for (; n < most_allocations; ++n) {
        stopped_failures = 0;
        fail_allocation(n);
        const int error = operation.run();
        const uint64_t failed = fail_allocation(0) + stopped_failures;
        points += failed;
        refusals += error != EOK;
        if (!allowed(error) || (failed == 0 && error != EOK)) {
            printf("# %s: %s when allocation %lu failed\n", operation.name, strerror(error), n);
            good = false;
        }
        if (failed == 0)
            break;
    }
    printf("# %s: %lu allocations\n", operation.name, n - 1);
    if (!same_objects(before, settled_objects(), heap_slack)) {
        printf("# %s: left something behind\n", operation.name);
        good = false;
    }
    return good && n < most_allocations;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "-end") == 0)
        return 0; // what the operations that start programs start
    if (!set_up_operations()) {
        perror("alloc-fail: set-up");
        return 2;
    }
    int number = 0, failed = 0;
    for (const Operation* operation = operations; operation->name != nullptr; ++operation) {
        bool wanted = argc < 2;
        for (int i = 1; i < argc; ++i)
            wanted = wanted || strcmp(argv[i], operation->name) == 0;
        if (!wanted)
            continue;
        const bool good = check(*operation);
        failed += !good;
        printf("%sok %d - ALLOC-0001 %s\n", good ? "" : "not ", ++number, operation->name);
        fflush(stdout);
    }
    printf("1..%d\n# %lu allocations failed, %lu operations refused\n", number, points, refusals);
    return failed != 0;
}
