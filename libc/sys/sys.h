/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system layer of libc: what musl's wrappers reach through __qsys(), done with kernel calls and messages. Every sys_* function
 * returns >= 0 or -errno and touches no thread-local data: the dynamic linker uses them before relocation, so nothing here may need one.
 */
#ifndef LIBC_SYS_SYS_H
#define LIBC_SYS_SYS_H
#include <features.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/iomsg.h>
#include <abi/kercall.h>
#include <abi/proc_msg.h>
#include "kercall.h"

#define SYSMGR_PID 1
#define SYSMGR_CHID 1
#define SYSMGR_COID 0x40000000
#define NTO_SIDE_CHANNEL 0x40000000
#define NTO_COF_CLOEXEC 1

/* A kernel call that may block (see libc/musl/src/kercall.c). */
hidden long __nto_call(long n, long a, long b, long c, long d, long e, long f);
hidden long __qsys(long n, long a, long b, long c, long d, long e, long f);

/* One message. Lengths are of single buffers; msg_sendv takes iov arrays. */
static inline long msg_send(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
    return __nto_call(KER_MSG_SEND, coid, (long)smsg, -(long)sbytes, (long)rmsg, -(long)rbytes, 0);
}
static inline long msg_sendv(int coid, const struct iovec *siov, int sparts, const struct iovec *riov, int rparts)
{
    return __nto_call(KER_MSG_SEND, coid, (long)siov, sparts, (long)riov, rparts, 0);
}
#endif
