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
extern bool arch_has_smap;
}

namespace arch {

inline void allow_user_access()
{
    asm volatile("cmpb $0, arch_has_smap(%%rip)\n\tje 1f\n\tstac\n1:" : : : "cc", "memory");
}

inline void forbid_user_access()
{
    asm volatile("cmpb $0, arch_has_smap(%%rip)\n\tje 1f\n\tclac\n1:" : : : "cc", "memory");
}

/// Eight words into user memory of the address space that is loaded; `at` has been checked. A fault goes to the label by the table that
/// the linker script puts together. False as for arch_copy_user().
inline bool store_user(uint64_t at, const uint64_t (&words)[8])
{
    allow_user_access();
    asm goto("1: movq %1, (%0)\n\t"
             "2: movq %2, 8(%0)\n\t"
             "3: movq %3, 16(%0)\n\t"
             "4: movq %4, 24(%0)\n\t"
             ".pushsection .rodata.user_stores, \"a\"\n\t"
             ".quad 1b, %l5, 2b, %l5, 3b, %l5, 4b, %l5\n\t"
             ".popsection"
             :
             : "r"(at), "r"(words[0]), "r"(words[1]), "r"(words[2]), "r"(words[3])
             : "memory"
             : fault);
    asm goto("1: movq %1, 32(%0)\n\t"
             "2: movq %2, 40(%0)\n\t"
             "3: movq %3, 48(%0)\n\t"
             "4: movq %4, 56(%0)\n\t"
             ".pushsection .rodata.user_stores, \"a\"\n\t"
             ".quad 1b, %l5, 2b, %l5, 3b, %l5, 4b, %l5\n\t"
             ".popsection"
             :
             : "r"(at), "r"(words[4]), "r"(words[5]), "r"(words[6]), "r"(words[7])
             : "memory"
             : fault);
    forbid_user_access();
    return true;
fault:
    forbid_user_access();
    return false;
}

} // namespace arch
