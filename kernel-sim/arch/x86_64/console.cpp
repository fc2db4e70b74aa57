// SPDX-License-Identifier: Apache-2.0
// Debug console output, and the kernel's last words.
#include "arch/console.hpp"

#include "arch/x86_64/asm.hpp"

namespace arch {

namespace {

constexpr uint16_t com1 = 0x3f8;
bool com1_ours = true;
bool com1_has_driver;

void put_com1(char c)
{
    for (int tries = 0; tries < 20000 && !(inb(com1 + 5) & 0x20); ++tries) {
    }
    outb(com1, static_cast<uint8_t>(c));
}

} // namespace

void console_write(const char* text, uint64_t length)
{
    for (uint64_t i = 0; i < length; ++i) {
        outb(0xe9, static_cast<uint8_t>(text[i]));
        if (!com1_ours)
            continue;
        if (text[i] == '\n')
            put_com1('\r');
        put_com1(text[i]);
    }
}

void console_release_com1()
{
    com1_has_driver = true;
    com1_ours = false;
}

void console_claim_com1()
{
    com1_ours = true;
}

void console_restore_com1()
{
    com1_ours = !com1_has_driver;
}

} // namespace arch
