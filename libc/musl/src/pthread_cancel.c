// SPDX-License-Identifier: Apache-2.0
// Thread cancellation: musl's scheme (a signal that moves the target out of the cancellation window), over kernel calls.
#include <string.h>
#include <errno.h>
#include "pthread_impl.h"
#include "syscall.h"
#include "sync.h"

extern hidden const char __cp_begin[1], __cp_end[1], __cp_cancel[1], __cp_point[1], __cp_point_end[1];
extern hidden unsigned char __nto_cancel_used;

hidden long __cancel(void)
{
    pthread_t self = __pthread_self();
    if (self->canceldisable == PTHREAD_CANCEL_ENABLE || self->cancelasync) pthread_exit(PTHREAD_CANCELED);
    self->canceldisable = PTHREAD_CANCEL_DISABLE;
    return -ECANCELED;
}

hidden long __syscall_cp_c(syscall_arg_t nr, syscall_arg_t u, syscall_arg_t v, syscall_arg_t w, syscall_arg_t x,
                           syscall_arg_t y, syscall_arg_t z)
{
    pthread_t self = __pthread_self();
    int state = self->canceldisable;
    if (state && (state == PTHREAD_CANCEL_DISABLE || nr == SYS_close)) return __qsys(nr, u, v, w, x, y, z);
    if (self->cancel) return __cancel();

    int outer = self->timer_id; /* a handler may be inside a cancellation point of its own */
    self->timer_id = 1;
    long r = __qsys(nr, u, v, w, x, y, z);
    self->timer_id = outer;
    if (r == -EINTR && nr != SYS_close && self->cancel && self->canceldisable != PTHREAD_CANCEL_DISABLE) r = __cancel();
    return r;
}

/* The same for a kernel call made directly. */
hidden long __nto_call_cp(long n, long a, long b, long c, long d, long e, long f)
{
    pthread_t self = __pthread_self();
    if (self->canceldisable) return __nto_call(n, a, b, c, d, e, f);
    if (self->cancel) __cancel();
    int outer = self->timer_id;
    self->timer_id = 1;
    long r = __nto_call(n, a, b, c, d, e, f);
    self->timer_id = outer;
    if (r == -EINTR && self->cancel && !self->canceldisable) __cancel();
    return r;
}

static void cancel_handler(int sig, siginfo_t *si, void *ctx)
{
    (void)sig, (void)si;
    pthread_t self = __pthread_self();
    ucontext_t *uc = ctx;
    uintptr_t pc = uc->uc_mcontext.MC_PC;

    a_barrier();
    if (!self->cancel || self->canceldisable == PTHREAD_CANCEL_DISABLE) return;
    if (self->cancelasync) pthread_exit(PTHREAD_CANCELED);
    if (pc >= (uintptr_t)__cp_begin && pc < (uintptr_t)__cp_end) uc->uc_mcontext.MC_PC = (uintptr_t)__cp_cancel;
    if (pc >= (uintptr_t)__cp_point && pc < (uintptr_t)__cp_point_end && !self->canceldisable)
        uc->uc_mcontext.MC_PC = (uintptr_t)__cp_cancel;
}

hidden void __testcancel(void)
{
    pthread_t self = __pthread_self();
    if (self->cancel && !self->canceldisable) __cancel();
}

/* What __nto_point() called was interrupted. */
hidden void __nto_point_ended(void)
{
    if (__nto_cancel_used) __testcancel();
}

int pthread_cancel(pthread_t t)
{
    if (!__nto_cancel_used) {
        struct sigaction sa = {.sa_flags = SA_SIGINFO, .sa_sigaction = cancel_handler};
        memset(&sa.sa_mask, -1, _NSIG / 8);
        __libc_sigaction(SIGCANCEL, &sa, 0);
        __nto_cancel_used = 1;
    }
    a_store(&t->cancel, 1);
    if (t == pthread_self()) {
        if (t->canceldisable == PTHREAD_CANCEL_ENABLE && t->cancelasync) pthread_exit(PTHREAD_CANCELED);
        return 0;
    }
    return pthread_kill(t, SIGCANCEL);
}
