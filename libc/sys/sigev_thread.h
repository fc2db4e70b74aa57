/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGEV_THREAD: the kernel knows no functions of ours, so it is given a pulse in its place. One thread of this library receives those
 * pulses and starts a thread for each (libc/qnx/sigev_thread.cpp).
 */
#ifndef LIBC_SYS_SIGEV_THREAD_H
#define LIBC_SYS_SIGEV_THREAD_H
#include <abi/kercall.h>

#ifdef __cplusplus
extern "C" {
#endif
struct sigevent;
/* `out` is what the kernel gets for `event`: the same, or for SIGEV_THREAD a pulse. `*slot`: to give back with sigev_thread_free(), -1 =
 * none taken. 0 or -errno: EAGAIN, EINVAL (no function). */
__attribute__((visibility("hidden"))) int sigev_thread_pulse(const struct sigevent *event, struct nto_sigevent *out, int *slot);
__attribute__((visibility("hidden"))) void sigev_thread_free(int slot);
/* In a child of fork(): the thread and its channel are the parent's, and so were the timers. */
__attribute__((visibility("hidden"))) void sigev_thread_forget(void);
#ifdef __cplusplus
}
#endif
#endif
