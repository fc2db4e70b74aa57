// SPDX-License-Identifier: Apache-2.0
// The few language-support functions a program without exceptions and RTTI still needs.
#include <cstdlib>

extern "C" {
[[noreturn]] void __cxa_pure_virtual()
{
    abort();
}
[[noreturn]] void __cxa_deleted_virtual()
{
    abort();
}
}
