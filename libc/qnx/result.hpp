// SPDX-License-Identifier: Apache-2.0
// From the kernel's -errno convention to X() (errno, -1) and X_r().
#pragma once
#include "kercall.h"
#include <errno.h>

// A kernel call that is a cancellation point (libc/musl/src/pthread_cancel.c).
extern "C" __attribute__((visibility("hidden"))) long __nto_call_cp(long n, long a, long b, long c,
                                                                    long d, long e, long f);

namespace qnx {

// What X() returns for a kernel result.
template <typename T = int>
inline T errno_of(long result)
{
    if (result < 0) {
        errno = static_cast<int>(-result);
        return static_cast<T>(-1);
    }
    return static_cast<T>(result);
}

template <typename T>
inline long arg(T* pointer)
{
    return reinterpret_cast<long>(pointer);
}

} // namespace qnx
