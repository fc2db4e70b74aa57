// SPDX-License-Identifier: Apache-2.0
// Between the two halves of resmgr-test.
#pragma once
#include <devctl.h>
#include <stdint.h>

constexpr char test_path[] = "/dev/resmgr-test";

struct Counters {
    uint32_t open, closed, unblocked, armed;
};
#define DCMD_TEST_COUNTERS __DIOF(_DCMD_MISC, 1, struct Counters)

int run_server();

void test_dispatch(void (*check)(bool good, const char* what)); // needs the server
