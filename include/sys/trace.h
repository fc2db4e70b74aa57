/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's event trace (QNX Neutrino: trace_logf(), TraceEvent()). User events need no ability; everything else of TraceEvent()
 * needs PROCMGR_AID_TRACE. The trace_log*() functions return EOK, or an errno value: EINVAL for a code above _NTO_TRACE_USERLAST.
 */
#pragma once
#include <sys/platform.h>

#define _NTO_TRACE_USERFIRST 0
#define _NTO_TRACE_USERLAST 1023

/* Modes of TraceEvent(), with QNX's names and numbers of our own. Classes are what is recorded; all are at the beginning. */
enum {
    _NTO_TRACE_ALLOCBUFFER = 0x100, /* accepted: the kernel's ring is always there */
    _NTO_TRACE_DEALLOCBUFFER,
    _NTO_TRACE_FLUSHBUFFER,
    _NTO_TRACE_START,
    _NTO_TRACE_STARTNOSTATE,
    _NTO_TRACE_STOP,
    _NTO_TRACE_SETRINGMODE,         /* accepted: it always is */
    _NTO_TRACE_SETLINEARMODE,       /* ENOTSUP */
    _NTO_TRACE_SETALLCLASSESWIDE,   /* accepted: all events are wide */
    _NTO_TRACE_SETALLCLASSESFAST,   /* accepted */
    _NTO_TRACE_ADDALLCLASSES,
    _NTO_TRACE_DELALLCLASSES,
    _NTO_TRACE_ADDCLASS,            /* class */
    _NTO_TRACE_DELCLASS,            /* class */
    _NTO_TRACE_INSERTSUSEREVENT,    /* code, d1, d2 */
    _NTO_TRACE_INSERTUSRSTREVENT,   /* code, text */
    _NTO_TRACE_INSERTCUSEREVENT,    /* code, buffer, length in 32-bit words */
    _NTO_TRACE_ADDEVENT,            /* class, event: recorded; of a class that was off, it alone */
    _NTO_TRACE_DELEVENT,            /* class, event: not recorded */
};
enum { /* classes */
    _NTO_TRACE_EMPTY,
    _NTO_TRACE_KERCALL,
    _NTO_TRACE_KERCALLENTER,
    _NTO_TRACE_KERCALLEXIT,
    _NTO_TRACE_INT,
    _NTO_TRACE_INTENTER,
    _NTO_TRACE_INTEXIT,             /* accepted; the end of an interrupt is not recorded */
    _NTO_TRACE_PROCESS,
    _NTO_TRACE_THREAD,
    _NTO_TRACE_VTHREAD,             /* accepted: there are none */
    _NTO_TRACE_USER,
    _NTO_TRACE_SYSTEM,
    _NTO_TRACE_COMM,
    _NTO_TRACE_CONTROL,             /* accepted */
};

/* Events of single ADDEVENT and DELEVENT. KERCALL*: a kernel call's number; INT, INTENTER: a vector's; USER: a code. */
enum { /* THREAD: the state that a thread comes into, numbers as STATE_* */
    _NTO_TRACE_THRUNNING = 1,
    _NTO_TRACE_THREADY,
    _NTO_TRACE_THSTOPPED,
    _NTO_TRACE_THSEND,
    _NTO_TRACE_THRECEIVE,
    _NTO_TRACE_THREPLY,
    _NTO_TRACE_THWAITPAGE = 9,
    _NTO_TRACE_THSIGSUSPEND,
    _NTO_TRACE_THSIGWAITINFO,
    _NTO_TRACE_THNANOSLEEP,
    _NTO_TRACE_THMUTEX,
    _NTO_TRACE_THCONDVAR,
    _NTO_TRACE_THJOIN,
    _NTO_TRACE_THINTR,
    _NTO_TRACE_THSEM,
    _NTO_TRACE_THCREATE = 32,
    _NTO_TRACE_THDESTROY,
};
enum { /* COMM; pulses are one event, when they are received */
    _NTO_TRACE_COMM_SMSG,
    _NTO_TRACE_COMM_SPULSE,
    _NTO_TRACE_COMM_RMSG,
    _NTO_TRACE_COMM_RPULSE,
    _NTO_TRACE_COMM_REPLY,
};

__NTO_BEGIN_DECLS
int TraceEvent(int mode, ...);
/* A text of up to 511 characters. */
int trace_logf(int code, const char *fmt, ...);
int trace_nlogf(int code, int max, const char *fmt, ...);
int trace_vnlogf(int code, int max, const char *fmt, __builtin_va_list args);
int trace_logi(int code, unsigned d1, unsigned d2);
int trace_logb(int code, const void *buf, unsigned len);
/* Where a function begins and ends: its address and that of the call. */
int trace_func_enter(void *this_fn, void *call_site);
int trace_func_exit(void *this_fn, void *call_site);
__NTO_END_DECLS
