// SPDX-License-Identifier: Apache-2.0
// musl's thread creation hook: __clone() is used by pthread_create() only (posix_spawn is our own).
#include <stdarg.h>
#include "pthread_impl.h"
#include "sys.h"

hidden int __clone(int (*func)(void *), void *stack, int flags, void *arg, ...)
{
    (void)flags; /* always the same: a thread of this process */
    va_list ap;
    va_start(ap, arg);
    int *tid_word = va_arg(ap, int *);
    void *tls = va_arg(ap, void *);
    int *clear_word = va_arg(ap, int *);
    va_end(ap);

    uintptr_t sp = ((uintptr_t)stack & -16ul) - 8; /* as after a call; the start functions never return */
    *(uintptr_t *)sp = 0;
    struct nto_thread_create create = {
        .entry = (uintptr_t)func,
        .sp = sp,
        .arg = (uintptr_t)arg,
        .tls = (uintptr_t)tls,
        .tid_word = (uintptr_t)tid_word,
        .clear_word = (uintptr_t)clear_word,
        .stack_base = sp,
        .flags = sys_creates_suspended() ? 1 | 4 : 1, /* detached for the kernel: pthread_join() waits on musl's own word */
    };
    return (int)__kercall1(KER_THREAD_CREATE, (long)&create);
}
