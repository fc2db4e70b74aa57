// SPDX-License-Identifier: Apache-2.0
// The debug console: QEMU's port 0xE9 always, COM1 until a driver has taken its interrupt.
#pragma once

#include <cstdint>

namespace arch {

void console_write(const char* text, uint64_t length);
/// A driver attached COM1's interrupt line: leave the port to it (panics and fault blocks go there all the same).
void console_release_com1();
void console_claim_com1();
void console_restore_com1(); // to the driver, if there is one

} // namespace arch

namespace kernel {

/// printf for the debug console: %d %u %x %p %s %c %ld %lu %lx, widths and zero padding.
void print(const char* format, ...) __attribute__((format(printf, 1, 2)));
/// Prints the panic mark and text, the fault block of the kernel, and stops the machine.
[[noreturn]] void panic(const char* file, int line, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
[[noreturn]] void assertion_failed(const char* file, int line, const char* expression);

} // namespace kernel

#define PANIC(...) ::kernel::panic(__FILE__, __LINE__, __VA_ARGS__)
#define ASSERT(expression)                                                                         \
    ((expression) ? void(0) : ::kernel::assertion_failed(__FILE__, __LINE__, #expression))
