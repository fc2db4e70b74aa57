/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces musl's file of that name: every "system call" of musl goes through one hidden function, libc/sys/qsys.c. */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)
__attribute__((__visibility__("hidden"))) extern long __qsys(long, long, long, long, long, long, long);
static __inline long __syscall0(long n) { return __qsys(n, 0, 0, 0, 0, 0, 0); }
static __inline long __syscall1(long n, long a) { return __qsys(n, a, 0, 0, 0, 0, 0); }
static __inline long __syscall2(long n, long a, long b) { return __qsys(n, a, b, 0, 0, 0, 0); }
static __inline long __syscall3(long n, long a, long b, long c) { return __qsys(n, a, b, c, 0, 0, 0); }
static __inline long __syscall4(long n, long a, long b, long c, long d) { return __qsys(n, a, b, c, d, 0, 0); }
static __inline long __syscall5(long n, long a, long b, long c, long d, long e) { return __qsys(n, a, b, c, d, e, 0); }
static __inline long __syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    return __qsys(n, a, b, c, d, e, f);
}
#define IPC_64 0
