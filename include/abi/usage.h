/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text that `use NAME` prints travels inside the program, in an ELF section called QNX_usage.
 * Once, in the file with main() (or in a DLL's entry file):
 *
 *     QNX_USAGE("%C - say hello\n\n%C [-n count]\n -n count  how often (default 1)\n")
 *
 * %C stands for the name `use` was asked for, %% for a percent sign. The section is loadable, so that strip keeps it.
 */
#ifndef ABI_USAGE_H
#define ABI_USAGE_H
#define ABI_USAGE_SECTION "QNX_usage"
#define QNX_USAGE(text) \
    __attribute__((section("QNX_usage"), used, aligned(1))) static const char qnx_usage_text_[] = text;
#endif
