/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's event trace: what KER_TRACE_EVENT takes, the records of its ring, and the file tracelogger writes.
 * All but NTO_TRACE_INSERT need PROCMGR_AID_TRACE.
 */
#ifndef ABI_TRACE_H
#define ABI_TRACE_H
#include <stdint.h>

enum { /* KER_TRACE_EVENT's first argument */
    NTO_TRACE_START = 1,  /* -> 0 */
    NTO_TRACE_STOP,       /* -> 0 */
    NTO_TRACE_LATEST,     /* struct nto_trace_record *, count -> how many: the newest first; nothing is taken away */
    NTO_TRACE_INSERT,     /* code, value -> 0: an event of the user's; everybody may */
    NTO_TRACE_CLEAR,      /* -> 0 */
    NTO_TRACE_TAKE,       /* struct nto_trace_record *, count, uint64_t *lost -> how many: the oldest not yet taken; `lost` (or 0):
                             how many were overwritten before they were taken */
    NTO_TRACE_MASK,       /* uint64_t mask, whole -> 0: bit n = records of kind n are kept; those in `whole` all, whatever SELECT said */
    NTO_TRACE_SELECT,     /* kind, data (below NTO_TRACE_SELECT_MAX), on -> 0: whether records of that kind with that data are kept; of a kind
                             that was not, only these are then. EINVAL. A user event's data is its code. */
};

#define NTO_TRACE_SELECT_MAX 1024

enum { /* nto_trace_record.kind; "thread" is the record's pid and tid */
    NTO_TRACE_RUN = 1,    /* the thread runs on the CPU */
    NTO_TRACE_READY,
    NTO_TRACE_BLOCK,      /* data = STATE_* */
    NTO_TRACE_WAKE,       /* data = errno */
    NTO_TRACE_CALL,       /* data = KER_*, value = first argument */
    NTO_TRACE_CALL_EXIT,  /* data = KER_*, value = result */
    NTO_TRACE_SEND,       /* data = server's pid, value = rcvid << 32 | bytes */
    NTO_TRACE_RECEIVE,    /* data = client's pid, value = rcvid << 32 | bytes */
    NTO_TRACE_REPLY,      /* thread = the client, data = server's pid, value = rcvid << 32 | bytes */
    NTO_TRACE_PULSE,      /* the thread receives it: data = code, value = sigval */
    NTO_TRACE_INTERRUPT,  /* thread = who was interrupted, data = vector */
    NTO_TRACE_USER,       /* data = code, value */
    NTO_TRACE_DENIED,     /* an ability was missing: data = its id, value = the lowest value asked for */
    NTO_TRACE_TIMER,      /* thread = who was interrupted, data = timer id, value = pid it belongs to */
    NTO_TRACE_NAME,       /* data = 0 the process' name follows, 1, 2, ...: value = 8 characters more of it */
    NTO_TRACE_BEGIN,      /* the thread was made */
    NTO_TRACE_END,        /* the thread is gone */
};

/*
 * User events that libc's trace_log*() insert. data: code in the low 16 bits, the number of the piece from NTO_TRACE_USER_PIECE_SHIFT, one of
 * these from NTO_TRACE_USER_KIND_SHIFT. TEXT and BYTES: piece 0 has the length as value, the others 8 bytes each.
 */
enum { NTO_TRACE_USER_PLAIN, NTO_TRACE_USER_TEXT, NTO_TRACE_USER_PAIR, NTO_TRACE_USER_BYTES };
#define NTO_TRACE_USER_PIECE_SHIFT 16
#define NTO_TRACE_USER_KIND_SHIFT 28

struct nto_trace_record {
    uint64_t ns;          /* CLOCK_MONOTONIC */
    uint16_t kind, cpu;
    int32_t pid, tid;
    uint32_t data;
    uint64_t value;
};

/* The file: this, then records in order of time. */
#define NTO_TRACE_MAGIC "NTOTRACE"
struct nto_trace_file {
    char magic[8];
    uint32_t version, record_size;
    uint64_t records, lost;
};
#endif
