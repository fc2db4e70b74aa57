// SPDX-License-Identifier: Apache-2.0
// Address-space layout, and procnto's options, of which it is the only one that changes much so far.
#include "proc/layout.hpp"

#include "arch/console.hpp"
#include "arch/machine.hpp"
#include "mm/address_space.hpp"

#include <abi/usage.h>

#include <string_view>

QNX_USAGE("%C - microkernel and process manager, the last line of an image's boot section\n\n"
          "[NAME=value ...] %C [-ae|-as] [-m[~]r] [-v...]\n"
          " -ae -as   misaligned accesses work (they always do on this processor)\n"
          " -mr       places stack, program and libraries of each process at random; -m~r does not "
          "(default)\n"
          " -v        tells the options it takes\n"
          "NAME=value: the environment of every process\n")

namespace proc {

namespace {

constexpr uint64_t program_base = 0x8048000;
constexpr uint64_t stack_top = mm::user_top - 0xf000;
// How far each may move, in pages: 64 GiB, 256 GiB and 256 MiB. They never meet.
constexpr uint64_t program_spread = uint64_t{1} << 24, mmap_spread = uint64_t{1} << 26,
                   stack_spread = uint64_t{1} << 16;
static_assert(stack_top % mm::page_size == 0);
static_assert(stack_top - stack_spread * mm::page_size > mm::mmap_top);

bool randomize;
bool verbose;
// The documented options that are not done and have a value, maybe as the next word.
constexpr std::string_view options_with_value = "deFHPSTu";

uint64_t random_pages(uint64_t spread)
{
    uint64_t bits = arch::random_seed();
    bits ^= bits >> 33; // the counter's bits lie low
    bits *= 0xff51afd7ed558ccd;
    return ((bits ^ (bits >> 33)) % spread) * mm::page_size;
}

// -m: a list of single letters, each with '~' in front to turn it off.
bool take_memory_options(std::string_view letters)
{
    bool on = true;
    for (const char letter : letters) {
        if (letter == '~') {
            on = false;
        } else if (letter == 'r') {
            randomize = on;
            on = true;
        } else {
            return false;
        }
    }
    return !letters.empty();
}

bool take_option(std::string_view word)
{
    if (word.size() < 2 || word[0] != '-') {
        return false;
    }
    if (word.find_first_not_of('v', 1) == std::string_view::npos) {
        return verbose = true;
    }
    if (word[1] == 'm') {
        return take_memory_options(word.substr(2));
    }
    return word == "-ae" || word == "-as";
}

} // namespace

Layout choose_layout()
{
    if (!randomize) {
        return {program_base, mm::mmap_top, stack_top};
    }
    return {program_base + random_pages(program_spread), mm::mmap_top - random_pages(mmap_spread),
            stack_top - random_pages(stack_spread)};
}

void take_options()
{
    const arch::BootArguments boot = arch::boot_arguments();
    const char* text = boot.strings;
    for (uint32_t i = 0; text != nullptr && i < boot.argc; ++i) {
        const std::string_view word(text);
        text += word.size() + 1;
        if (i == 0) {
            continue;
        }
        if (take_option(word)) {
            if (verbose) {
                kernel::print("procnto: option %s\n", word.data());
            }
            continue;
        }
        kernel::print("procnto: option %s is not known here\n", word.data());
        const bool has_value = word.size() == 2 && word[0] == '-' &&
                               options_with_value.find(word[1]) != std::string_view::npos;
        if (has_value && i + 1 < boot.argc) {
            text += std::string_view(text).size() + 1;
            ++i;
        }
    }
}

} // namespace proc
