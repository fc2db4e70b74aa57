// SPDX-License-Identifier: Apache-2.0
// User memory of the address space that this CPU has loaded, read and written without a look into the page table.
#pragma once

#include <cstdint>

extern "C" {
/// Copies `length` bytes when one side is user memory (the caller has checked that it lies below user_top). False: a page is not there, or
/// not with this right; some of the bytes may have been copied. Interrupts off.
bool arch_copy_user(void* to, const void* from, uint64_t length);
/// Can the byte be written now? It is written: with what it holds.
bool arch_touch_user(void* at);
}
