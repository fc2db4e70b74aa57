// SPDX-License-Identifier: Apache-2.0
// One byte of user memory as the kernel sees it; the base of every checked copy.
#pragma once

#include "mm/address_space.hpp"
#include "mm/frames.hpp"

namespace object {
struct Process;
}

namespace mm {

/// The byte at vaddr, in the direct map, good to the end of its page; nullptr = not user RAM with that right.
void* user_page(object::Process& process, uint64_t vaddr, Access access);

/// The same for many bytes of one process in a row, with one walk for each 2 MiB. Good until anything is unmapped.
class UserPages {
public:
    explicit UserPages(object::Process* process) : process_(process) {} // nullptr: not used

    void* at(uint64_t vaddr, Access access);

private:
    static constexpr uint64_t nowhere = ~uint64_t{0};

    object::Process* process_;
    uint64_t span_ = nowhere; // which table_span leaf_ is for
    const uint64_t* leaf_ = nullptr;
};

} // namespace mm
