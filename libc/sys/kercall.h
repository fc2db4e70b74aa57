/* SPDX-License-Identifier: Apache-2.0 */
/* The inline kernel-call instruction, for libc only: everybody else calls the functions of <sys/neutrino.h>. */
#ifndef LIBC_SYS_KERCALL_H
#define LIBC_SYS_KERCALL_H
#include <abi/kercall.h>

/* Result: >= 0 value, [-4095,-1] -errno. Arguments beyond the call's own are ignored by the kernel. */
static inline long __kercall6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ __volatile__("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
    return result;
}
static inline long __kercall5(long n, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;
    __asm__ __volatile__("syscall"
                         : "=a"(result)
                         : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                         : "rcx", "r11", "memory");
    return result;
}
static inline long __kercall4(long n, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    long result;
    __asm__ __volatile__("syscall"
                         : "=a"(result)
                         : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10)
                         : "rcx", "r11", "memory");
    return result;
}
static inline long __kercall3(long n, long a, long b, long c)
{
    long result;
    __asm__ __volatile__("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
static inline long __kercall2(long n, long a, long b)
{
    long result;
    __asm__ __volatile__("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}
static inline long __kercall1(long n, long a)
{
    long result;
    __asm__ __volatile__("syscall" : "=a"(result) : "a"(n), "D"(a) : "rcx", "r11", "memory");
    return result;
}
static inline long __kercall0(long n)
{
    long result;
    __asm__ __volatile__("syscall" : "=a"(result) : "a"(n) : "rcx", "r11", "memory");
    return result;
}
#endif
