/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot timers. The function runs in the stack context. */
#ifndef _SYS_CALLOUT_H
#define _SYS_CALLOUT_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nodes of the wheel's pairing heap; all fields are private to kern/callout. */
struct callout {
    struct callout *c_child;
    struct callout *c_sibling;
    struct callout *c_prev;     /* previous sibling, or the parent of the first child */
    uint64_t c_deadline;        /* ns of the stack's clock */
    void (*c_func)(void *);
    void *c_arg;
    void *c_wheel;              /* bound at the first start */
    int c_flags;
};
#define CALLOUT_PENDING 0x1
#define CALLOUT_FIRED 0x2

#define CALLOUT_INITIALIZER {0, 0, 0, 0, 0, 0, 0, 0}

void callout_init(struct callout *c);
void callout_msec(struct callout *c, int msec, void (*fn)(void *), void *arg);
void callout_reset(struct callout *c, int ticks, void (*fn)(void *), void *arg); /* kern.clockrate hz = 1000 a second */
void callout_stop(struct callout *c);
#define callout_pending(c) (((c)->c_flags & CALLOUT_PENDING) != 0)
#define callout_expired(c) (((c)->c_flags & CALLOUT_FIRED) != 0)

#ifdef __cplusplus
}
#endif
#endif
