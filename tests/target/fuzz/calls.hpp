// SPDX-License-Identifier: Apache-2.0
// What the fuzzer calls: the kernel calls with the kinds of their arguments, and messages to pid 1 and other servers.
#pragma once

#include "fuzz/values.hpp"

struct Call {
    long number;
    long arg[6];
};

/// A random kernel call, sensible in most arguments.
Call random_kernel_call(Random& random, Values& values);
/// A MsgSend whose message one of procnto's handlers (or a resource manager's) will look at.
Call random_message(Random& random, Values& values, const Arena& arena);
/// Ends the caller, or makes it unfit to go on.
bool ends_caller(const Call& call, const Arena& arena);
/// May sleep: a timeout is set before it.
bool may_block(const Call& call);
