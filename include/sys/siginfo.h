/* SPDX-License-Identifier: Apache-2.0 */
/* Events: struct sigevent and the macros that fill it; the layout is what crosses to the kernel (abi/kercall.h). */
#pragma once
#include <signal.h>
#include <abi/kercall.h>
#include <stddef.h>
#include <stdint.h>

struct sigevent {
    int sigev_notify;
    union {
        int __sigev_signo;
        int __sigev_coid;
        int __sigev_id;
        unsigned __sigev_handle;
        void (*__sigev_notify_function)(union sigval);
        volatile unsigned *__sigev_addr;
    } __sigev_un1;
    union sigval sigev_value;
    union {
        struct {
            short __sigev_code;
            short __sigev_priority;
        } __st;
        void *__sigev_notify_attributes; /* pthread_attr_t * */
        int __sigev_memop;
        uint64_t __all;
    } __sigev_un2;
};
#define sigev_signo __sigev_un1.__sigev_signo
#define sigev_coid __sigev_un1.__sigev_coid
#define sigev_id __sigev_un1.__sigev_id
#define sigev_handle __sigev_un1.__sigev_handle
#define sigev_notify_function __sigev_un1.__sigev_notify_function
#define sigev_addr __sigev_un1.__sigev_addr
#define sigev_code __sigev_un2.__st.__sigev_code
#define sigev_priority __sigev_un2.__st.__sigev_priority
#define sigev_notify_attributes __sigev_un2.__sigev_notify_attributes
#define sigev_memop __sigev_un2.__sigev_memop

#define SIGEV_NONE NTO_SIGEV_NONE
#define SIGEV_SIGNAL NTO_SIGEV_SIGNAL
#define SIGEV_SIGNAL_CODE NTO_SIGEV_SIGNAL_CODE
#define SIGEV_SIGNAL_THREAD NTO_SIGEV_SIGNAL_THREAD
#define SIGEV_PULSE NTO_SIGEV_PULSE
#define SIGEV_UNBLOCK NTO_SIGEV_UNBLOCK
#define SIGEV_INTR NTO_SIGEV_INTR
#define SIGEV_THREAD NTO_SIGEV_THREAD
#define SIGEV_MEMORY NTO_SIGEV_MEMORY
#define SIGEV_SEM NTO_SIGEV_SEM
#define SIGEV_TYPE_MASK NTO_SIGEV_MASK
#define SIGEV_FLAG_UPDATEABLE NTO_SIGEV_UPDATEABLE
#define SIGEV_FLAG_HANDLE NTO_SIGEV_HANDLE
#define SIGEV_PULSE_PRIO_INHERIT (-1)

/* What a SIGEV_MEMORY event does to the unsigned at sigev_addr, with sigev_value.sival_int. */
#define SIGEV_MEM_ASSIGN NTO_SIGEV_MEM_ASSIGN
#define SIGEV_MEM_ADD NTO_SIGEV_MEM_ADD
#define SIGEV_MEM_SUB NTO_SIGEV_MEM_SUB
#define SIGEV_MEM_BITSET NTO_SIGEV_MEM_BITSET
#define SIGEV_MEM_BITCLR NTO_SIGEV_MEM_BITCLR
#define SIGEV_MEM_BITTOGGLE NTO_SIGEV_MEM_BITTOGGLE

#define SIGEV_GET_TYPE(e) ((e)->sigev_notify & SIGEV_TYPE_MASK)
#define SIGEV_MAKE_UPDATEABLE(e) ((void)((e)->sigev_notify |= SIGEV_FLAG_UPDATEABLE))
#define SIGEV_CLEAR_UPDATEABLE(e) ((void)((e)->sigev_notify &= ~SIGEV_FLAG_UPDATEABLE))

#define __SIGEV_FILL(e, kind, id, v, c, p)                                                                           \
    ((void)((e)->sigev_notify = (kind), (e)->sigev_addr = 0, (e)->sigev_signo = (id), (e)->sigev_value.sival_ptr = (void *)(uintptr_t)(v), \
            (e)->__sigev_un2.__all = 0, (e)->sigev_code = (short)(c), (e)->sigev_priority = (short)(p)))
#define SIGEV_NONE_INIT(e) __SIGEV_FILL(e, SIGEV_NONE, 0, 0, 0, 0)
#define SIGEV_SIGNAL_INIT(e, s) __SIGEV_FILL(e, SIGEV_SIGNAL, s, 0, 0, 0)
#define SIGEV_SIGNAL_VALUE_INIT(e, s, v) __SIGEV_FILL(e, SIGEV_SIGNAL, s, v, 0, 0)
#define SIGEV_SIGNAL_VALUE_INT_INIT(e, s, v) SIGEV_SIGNAL_VALUE_INIT(e, s, v)
#define SIGEV_SIGNAL_VALUE_PTR_INIT(e, s, v) SIGEV_SIGNAL_VALUE_INIT(e, s, v)
#define SIGEV_SIGNAL_CODE_INIT(e, s, v, c) __SIGEV_FILL(e, SIGEV_SIGNAL_CODE, s, v, c, 0)
#define SIGEV_SIGNAL_CODE_INT_INIT(e, s, v, c) SIGEV_SIGNAL_CODE_INIT(e, s, v, c)
#define SIGEV_SIGNAL_CODE_PTR_INIT(e, s, v, c) SIGEV_SIGNAL_CODE_INIT(e, s, v, c)
#define SIGEV_SIGNAL_THREAD_INIT(e, s, v, c) __SIGEV_FILL(e, SIGEV_SIGNAL_THREAD, s, v, c, 0)
#define SIGEV_SIGNAL_THREAD_INT_INIT(e, s, v, c) SIGEV_SIGNAL_THREAD_INIT(e, s, v, c)
#define SIGEV_SIGNAL_THREAD_PTR_INIT(e, s, v, c) SIGEV_SIGNAL_THREAD_INIT(e, s, v, c)
#define SIGEV_PULSE_INIT(e, coid, prio, code, v) __SIGEV_FILL(e, SIGEV_PULSE, coid, v, code, prio)
#define SIGEV_PULSE_INT_INIT(e, coid, prio, code, v) SIGEV_PULSE_INIT(e, coid, prio, code, v)
#define SIGEV_PULSE_PTR_INIT(e, coid, prio, code, v) SIGEV_PULSE_INIT(e, coid, prio, code, v)
#define SIGEV_UNBLOCK_INIT(e) __SIGEV_FILL(e, SIGEV_UNBLOCK, 0, 0, 0, 0)
#define SIGEV_INTR_INIT(e) __SIGEV_FILL(e, SIGEV_INTR, 0, 0, 0, 0)
#define SIGEV_SEM_INIT(e, sem) __SIGEV_FILL(e, SIGEV_SEM, 0, sem, 0, 0)
#define SIGEV_MEMORY_INIT(e, address, v, op)                                                     \
    ((void)(__SIGEV_FILL(e, SIGEV_MEMORY, 0, v, 0, 0), (e)->sigev_addr = (address), (e)->sigev_memop = (op)))
/* The event starts a thread that runs func(v). Initialising one also starts the C library's helper thread that makes them. */
#define SIGEV_THREAD_INIT(e, func, v, attrs)                                                      \
    ((void)(__SIGEV_FILL(e, SIGEV_THREAD, 0, v, 0, 0), (e)->sigev_notify_function = (func), \
            (e)->sigev_notify_attributes = (void *)(attrs), __nto_thread_events()))

#ifdef __cplusplus
extern "C" int __nto_thread_events(void);
#else
int __nto_thread_events(void); /* 0 or an errno value */
#endif

#ifdef __cplusplus
static_assert(offsetof(struct sigevent, __sigev_un1) == offsetof(struct nto_sigevent, signo), "sigevent");
static_assert(offsetof(struct sigevent, sigev_value) == offsetof(struct nto_sigevent, value), "sigevent");
static_assert(offsetof(struct sigevent, __sigev_un2) == offsetof(struct nto_sigevent, u), "sigevent");
static_assert(sizeof(struct sigevent) == sizeof(struct nto_sigevent), "sigevent");
#else
_Static_assert(offsetof(struct sigevent, __sigev_un1) == offsetof(struct nto_sigevent, signo), "sigevent");
_Static_assert(offsetof(struct sigevent, sigev_value) == offsetof(struct nto_sigevent, value), "sigevent");
_Static_assert(offsetof(struct sigevent, __sigev_un2) == offsetof(struct nto_sigevent, u), "sigevent");
_Static_assert(sizeof(struct sigevent) == sizeof(struct nto_sigevent), "sigevent");
#endif
