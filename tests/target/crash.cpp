// SPDX-License-Identifier: Apache-2.0
// Does one forbidden thing, named on the command line; the kernel must end this process and touch nothing else.
#include <abi/usage.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

QNX_USAGE("%C - break a memory rule on purpose\n"
          "%C null | wild | kernel-read | kernel-write | kernel-jump | stack-exec | text-write | "
          "noncanonical | cli | port | abort | callback\n");

namespace {
using Action = void (*)();

void read_from(uintptr_t address)
{
    (void)*reinterpret_cast<volatile char*>(address);
}
void write_to(uintptr_t address)
{
    *reinterpret_cast<volatile char*>(address) = 1;
}

[[gnu::noinline]] void run_at(uintptr_t address)
{
    reinterpret_cast<Action>(address)();
}

void stack_exec()
{
    unsigned char code[16] = {0xc3}; // ret
    __asm__ volatile("" : : "r"(code) : "memory");
    run_at(reinterpret_cast<uintptr_t>(code));
}

int compare_badly(const void*, const void*)
{
    read_from(0x10);
    return 0;
}

// Through the library and back into the program: a call chain to look at.
[[gnu::noinline]] void find_badly(int depth)
{
    int numbers[4] = {1, 2, 3, depth};
    if (depth > 0)
        find_badly(depth - 1);
    else
        (void)bsearch(numbers, numbers, 4, sizeof *numbers, compare_badly);
    __asm__ volatile("" : : "r"(numbers) : "memory"); // no tail call
}

const struct {
    const char* name;
    Action action;
} actions[] = {
    {"null", [] { read_from(0); }},
    {"wild", [] { read_from(0x123456789000); }},
    {"kernel-read", [] { read_from(0xffffffff80001000); }},
    {"kernel-write", [] { write_to(0xffff800000100000); }},
    {"kernel-jump", [] { run_at(0xffffffff80001000); }},
    {"stack-exec", stack_exec},
    {"text-write", [] { write_to(reinterpret_cast<uintptr_t>(&stack_exec)); }},
    {"noncanonical", [] { read_from(0x8000000000000000); }},
    {"cli", [] { __asm__ volatile("cli"); }},
    {"port", [] { __asm__ volatile("outb %b0, %w1"
                                   :
                                   : "a"(0), "Nd"(0x80)); }},
    {"abort", [] { __builtin_trap(); }},
    {"callback", [] { find_badly(2); }},
};
} // namespace

int main(int argc, char** argv)
{
    for (const auto& row : actions) {
        if (argc == 2 && strcmp(argv[1], row.name) == 0) {
            row.action();
            printf("crash: %s: still alive\n", row.name);
            return 99;
        }
    }
    fprintf(stderr, "crash: name one of:");
    for (const auto& row : actions)
        fprintf(stderr, " %s", row.name);
    fprintf(stderr, "\n");
    return 1;
}
