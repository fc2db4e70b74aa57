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

} // namespace mm
