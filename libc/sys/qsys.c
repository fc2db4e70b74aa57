// SPDX-License-Identifier: Apache-2.0
// The switch behind musl's internal system calls.
#include <sys/syscall.h>
#include "sys.h"

hidden long __qsys(long n, long a, long b, long c, long d, long e, long f)
{
    (void)n, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
    return -ENOSYS;
}
