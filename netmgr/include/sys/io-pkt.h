/* SPDX-License-Identifier: Apache-2.0 */
/* The running stack as drivers see it, and interrupt events. */
#ifndef _SYS_IO_PKT_H
#define _SYS_IO_PKT_H
#include <nw_thread.h>
#include <siglock.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h> /* declares the other delay() first */

#ifdef __cplusplus
extern "C" {
#endif

struct _iopkt_self {
    void *stack;            /* netmgr::Stack */
    int chid;               /* the channel all events arrive on */
    int coid;               /* a connection to it */
    int rx_prio;            /* -p tcpip rx_prio=, default 21 */
    int flags;
    void *priv;             /* of the loader */
};
extern struct _iopkt_self *iopkt_selfp;

#define IRUPT_PRIO_DEFAULT 0x40000000

/*
 * (1) The ISR masks its device and returns interrupt_queue(): an event that queues the entry, or NULL when it is queued already.
 * (2) A worker calls func(arg, wtp). 1 = done: (3) enable(arg) unmasks. 0 = more to do: it is queued again, at the end.
 */
struct _iopkt_inter {
    int (*func)(void *arg, struct nw_work_thread *wtp);
    int (*enable)(void *arg);
    void *arg;
    struct _iopkt_inter *next;  /* the rest belongs to the queue */
    int prio;
    int on_list;
    void *ient;
};

struct sigevent;
int interrupt_entry_init(struct _iopkt_inter *inter, unsigned flags, void *reserved, int prio);
int interrupt_entry_remove(struct _iopkt_inter *inter, void *reserved);
const struct sigevent *interrupt_queue(struct _iopkt_self *iopkt, struct _iopkt_inter *inter);

/* A slow call (seconds) on the main thread; the stack goes on meanwhile. done runs in the stack context. */
struct bop_dispatch {
    void (*bop_func)(void *arg);
    void *bop_arg;
    int bop_prio;
};
void blockop_dispatch(struct bop_dispatch *bop);

/*
 * Where the caller is: in the stack context (ioctls, timers, if_init); at the start, before io-pkt serves anybody.
 */
int nw_is_stack(void);
int nw_is_start(void);
#define ISSTACK nw_is_stack()
#define ISSTART nw_is_start()

/* The client's data of SIOCGDRVSPEC and SIOCSDRVSPEC, behind struct ifdrv. 0 or EFAULT: no memory of that ioctl. */
int copyin(const void *client, void *kernel, size_t length);
int copyout(const void *kernel, void *client, size_t length);

/*
 * Stack context, in an ioctl; not in a timer's function, nor at the start (EINVAL). Others use the stack meanwhile; no interface can be
 * destroyed. ticks: milliseconds (hz is 1000), 0 for ever. 0 after wakeup(channel), which any thread may call; EWOULDBLOCK: too late.
 */
int ltsleep(const volatile void *channel, int priority, const char *why, int ticks, void *unused);
void wakeup(const volatile void *channel);

/* delay(microseconds), busy, as BSD kernels have it. A macro, because QNX's C library has delay(milliseconds). */
void nw_delay(int usec);
#define delay(usec) nw_delay(usec)

#ifdef __cplusplus
}
#endif
#endif
