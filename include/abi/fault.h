/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fatal-fault block: what procnto prints on the debug console when a process dies of a fault or the
 * kernel itself does; the harness and the crash decoder look for it. One line each, between the marks:
 *
 *   @@FAULT kernel|user v1
 *   pid=N tid=N name=PATH signo=N code=N addr=HEX cpu=N what=TEXT
 *   rip=HEX rsp=HEX rflags=HEX cr2=HEX err=HEX rax=HEX rbx=... r15=HEX fsbase=HEX
 *   map BASE-END OFFSET PATH            (one line per executable mapping of the process)
 *   code HEX HEX ...                    (32 bytes from rip)
 *   stack ADDR HEX HEX HEX HEX          (64-bit words from rsp, up to 32 lines)
 *   @@END
 *
 * A kernel panic prints  @@PANIC file:line: text  first; an assertion  @@ASSERT file:line: text.
 * A user fault's block is printed only for a signal that kills (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT from a fault),
 * and a test says beforehand when it expects one.
 */
#ifndef ABI_FAULT_H
#define ABI_FAULT_H
#define ABI_FAULT_BEGIN "@@FAULT"
#define ABI_FAULT_END "@@END"
#define ABI_PANIC_MARK "@@PANIC"
#define ABI_ASSERT_MARK "@@ASSERT"
#endif
