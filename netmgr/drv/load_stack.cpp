// SPDX-License-Identifier: Apache-2.0
// Making, leaving and measuring the stack of a driver's entry function.
#include "drv/load_stack.hpp"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syslog.h>

#include "drv/runtime.hpp"

// Switches to the stack that ends at top (16-byte aligned) and calls fn(arg) there; call_on_stack.S of the machine.
extern "C" int iopkt_call_on_stack(void* top, int (*fn)(void*), void* arg);

namespace netmgr {

namespace {

constexpr size_t page = 4096;
constexpr size_t red_zone = 256 * 1024;

LoadStack options;
uint64_t size_now;
uint64_t deepest;
uint64_t overruns;

size_t round_up(size_t n)
{
    return (n + page - 1) & ~(page - 1);
}

// Bytes of [from, to) that were never written, from the low end on. Fresh memory is zero.
size_t untouched(const char* from, const char* to)
{
    const auto* at = reinterpret_cast<const uint64_t*>(from);
    while (reinterpret_cast<const char*>(at) < to && *at == 0)
        at++;
    return static_cast<size_t>(reinterpret_cast<const char*>(at) - from);
}

} // namespace

int set_load_stack(Stack& stack, const LoadStack& wanted)
{
    options = wanted;
    size_t& size = options.big_size != 0 ? options.big_size : options.size;
    if (options.guard && size % page != 0) {
        size = round_up(size);
        log(LOG_NOTICE, "stackguard: the stack size is now %zu bytes, a multiple of %zu", size,
            page);
    }
    size_now = size;
    SysctlTree& tree = stack.sysctl();
    SysctlNode* node = tree.add_node(tree.find("qnx.kern"), ctl_auto, "load_stack",
                                     "The stack drivers are loaded on");
    tree.add_quad(node, ctl_auto, "size", "Bytes (stacksize, bigstack)", &size_now);
    tree.add_quad(node, ctl_auto, "deepest", "Most bytes a driver's start used", &deepest);
    return tree.add_quad(node, ctl_auto, "overruns", "Drivers refused for using more", &overruns) !=
                   nullptr
               ? 0
               : ENOMEM;
}

int call_on_load_stack(int (*fn)(void*), void* arg, int& result, size_t& overrun)
{
    const size_t size = options.used_size();
    const size_t below = options.guard ? page : red_zone;
    const size_t all = below + round_up(size);
    void* p = mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
    if (p == MAP_FAILED)
        return ENOMEM;
    auto* base = static_cast<char*>(p);
    if (options.guard && mprotect(base, page, PROT_NONE) == -1) {
        munmap(p, all);
        return ENOMEM;
    }
    char* top = base + all;
    char* bottom = top - (size & ~size_t(15));
    result = iopkt_call_on_stack(top, fn, arg);
    overrun = 0;
    if (!options.guard) {
        const size_t zone = static_cast<size_t>(bottom - base);
        overrun = zone - untouched(base, bottom);
    }
    const size_t used =
        overrun != 0 ? size + overrun : static_cast<size_t>(top - bottom) - untouched(bottom, top);
    munmap(p, all);
    if (used > deepest)
        deepest = used;
    overruns += overrun != 0;
    return overrun != 0 ? ENOMEM : 0;
}

} // namespace netmgr
