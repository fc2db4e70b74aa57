// SPDX-License-Identifier: Apache-2.0
// Sets the calling thread's FS base, where musl keeps its thread structure.
#include "pthread_impl.h"
#include "sys.h"

int __set_thread_area(void *p)
{
    return (int)__kercall1(KER_THREAD_TLS, (long)p);
}
