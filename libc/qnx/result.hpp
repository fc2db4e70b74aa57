// SPDX-License-Identifier: Apache-2.0
// From the kernel's -errno convention to X() (errno, -1) and X_r().
#pragma once
#include "kercall.h"
#include <errno.h>
#include <limits.h>
#include <stddef.h>

// A kernel call that is a cancellation point (libc/musl/src/pthread_cancel.c).
extern "C" __attribute__((visibility("hidden"))) long __nto_call_cp(long n, long a, long b, long c,
                                                                    long d, long e, long f);

extern "C" __attribute__((visibility("hidden"))) void __nto_point_ended(void);

namespace qnx {

[[gnu::cold, gnu::noinline]] inline long failed(long result)
{
    errno = static_cast<int>(-result);
    return -1;
}

// What X() returns for a kernel result.
template <typename T = int>
inline T errno_of(long result)
{
    if (__builtin_expect(result < 0, 0))
        return static_cast<T>(failed(result));
    return static_cast<T>(result);
}

// The same as __nto_call_cp(), in line but for what no program needs before its first pthread_cancel() (libc/musl/src/kercall.c).
inline long point_call(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    // No red zone in these files (meson.build): there is a call.
    __asm__ __volatile__("call __nto_point"
                         : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                         : "0"(n)
                         : "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                           "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                           "xmm13", "xmm14", "xmm15");
    if (__builtin_expect(result == -EINTR, 0))
        __nto_point_ended();
    return result;
}

/// How the kernel takes a number of iov_t; a negative one would be a buffer, so that too many stay too many (EOVERFLOW).
inline long parts_of(size_t parts)
{
    return parts > static_cast<size_t>(LONG_MAX) ? LONG_MAX : static_cast<long>(parts);
}

template <typename T>
inline long arg(T* pointer)
{
    return reinterpret_cast<long>(pointer);
}

} // namespace qnx
