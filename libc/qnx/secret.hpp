// SPDX-License-Identifier: Apache-2.0
// Numbers that other processes cannot guess, without a /dev/urandom server.
#pragma once
#include <stdint.h>

namespace qnx {

uint64_t secret_number(); // a new one each time; any thread

} // namespace qnx
