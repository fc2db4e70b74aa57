/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel calls: X() returns -1 and sets errno, X_r() returns the negative errno and leaves errno alone. */
#pragma once
#include <abi/kercall.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/netmgr.h>
#include <sys/neutrino_types.h>
#include <sys/platform.h>
#include <sys/states.h>
#include <sys/syspage.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

typedef struct iovec iov_t;
typedef const struct iovec ciov_t;
typedef int rcvid_t;
typedef uint32_t nd_t;
/* A function behind the macro: `iov` is evaluated once (&iov[n++] works). */
static inline void __nto_setiov(struct iovec *iov, void *addr, size_t len)
{
    iov->iov_base = addr;
    iov->iov_len = len;
}
#define SETIOV(iov, addr, len) __nto_setiov((iov), (void *)(uintptr_t)(addr), (size_t)(len))
#define SETIOV_CONST(iov, addr, len) SETIOV(iov, addr, len)
#define GETIOVBASE(iov) ((iov)->iov_base)
#define GETIOVLEN(iov) ((iov)->iov_len)

__NTO_BEGIN_DECLS

int ChannelCreate(unsigned flags);
int ChannelCreate_r(unsigned flags);
/* A channel with pulses of its own (_NTO_CHF_PULSE_POOL). When they have run out, a new one is EAGAIN for its sender, and the owner
 * gets config->event (_NTO_CHO_CUSTOM_EVENT) or SIGKILL. Errors: EINVAL, EFAULT, EAGAIN, ENOMEM. QNX 7.1: ChannelCreate(). */
int ChannelCreatePulsePool(unsigned flags, const struct nto_channel_config *config);
/* As ChannelCreate(): the rest is for asynchronous and global channels, which are ENOTSUP as in QNX since 7.0. */
int ChannelCreateExt(unsigned flags, mode_t mode, size_t bufsize, unsigned maxnumbuf, const struct sigevent *ev,
                     struct _cred_info *cred);
int ChannelConnectAttr(unsigned id, union _channel_connect_attr *old_attr, union _channel_connect_attr *new_attr,
                       unsigned flags); /* ENOTSUP */
int ChannelDestroy(int chid);
int ChannelDestroy_r(int chid);

int ConnectAttach(uint32_t nd, pid_t pid, int chid, unsigned index, int flags);
int ConnectAttach_r(uint32_t nd, pid_t pid, int chid, unsigned index, int flags);
int ConnectDetach(int coid);
int ConnectDetach_r(int coid);
int ConnectFlags(pid_t pid, int coid, unsigned mask, unsigned bits);
int ConnectFlags_r(pid_t pid, int coid, unsigned mask, unsigned bits);
int ConnectServerInfo(pid_t pid, int coid, struct _server_info *info);
int ConnectServerInfo_r(pid_t pid, int coid, struct _server_info *info);
int ConnectClientInfo(int scoid, struct _client_info *info, int ngroups);
int ConnectClientInfo_r(int scoid, struct _client_info *info, int ngroups);
int ConnectClientInfoExt(int scoid, struct _client_info **info, int flags);
int ConnectClientInfoExt_r(int scoid, struct _client_info **info, int flags);
/* The same, and _NTO_CI_UNABLE in flags when the client has not all of the abilities (each for all of range_lo..range_hi); each
 * one missing counts as a denial. EINVAL (nable > 100, no such scoid), ENOMEM. (lib_ref ConnectClientInfoAble) */
int ConnectClientInfoAble(int scoid, struct _client_info **info, const int flags, struct _client_able abilities[],
                          const int nable);
int ConnectClientInfoAble_r(int scoid, struct _client_info **info, const int flags, struct _client_able abilities[],
                            const int nable);
int ClientInfoExtFree(struct _client_info **info);

long MsgSend(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSend_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendnc(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendnc_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendv(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendv_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendvnc(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendvnc_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendsv(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsv_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsvnc(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsvnc_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendvs(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvs_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvsnc(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvsnc_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);

int MsgReceive(int chid, void *msg, size_t bytes, struct _msg_info *info);
int MsgReceive_r(int chid, void *msg, size_t bytes, struct _msg_info *info);
int MsgReceivev(int chid, const iov_t *riov, size_t rparts, struct _msg_info *info);
int MsgReceivev_r(int chid, const iov_t *riov, size_t rparts, struct _msg_info *info);
int MsgReceivePulse(int chid, void *pulse, size_t bytes, struct _msg_info *info);
int MsgReceivePulse_r(int chid, void *pulse, size_t bytes, struct _msg_info *info);
int MsgReceivePulsev(int chid, const iov_t *piov, size_t parts, struct _msg_info *info);
int MsgReceivePulsev_r(int chid, const iov_t *piov, size_t parts, struct _msg_info *info);
int MsgReply(int rcvid, long status, const void *msg, size_t bytes);
int MsgReply_r(int rcvid, long status, const void *msg, size_t bytes);
int MsgReplyv(int rcvid, long status, const iov_t *riov, size_t rparts);
int MsgReplyv_r(int rcvid, long status, const iov_t *riov, size_t rparts);
int MsgError(int rcvid, int err);
int MsgError_r(int rcvid, int err);
ssize_t MsgRead(int rcvid, void *msg, size_t bytes, size_t offset);
ssize_t MsgRead_r(int rcvid, void *msg, size_t bytes, size_t offset);
ssize_t MsgReadv(int rcvid, const iov_t *riov, size_t rparts, size_t offset);
ssize_t MsgReadv_r(int rcvid, const iov_t *riov, size_t rparts, size_t offset);
ssize_t MsgWrite(int rcvid, const void *msg, size_t bytes, size_t offset);
ssize_t MsgWrite_r(int rcvid, const void *msg, size_t bytes, size_t offset);
ssize_t MsgWritev(int rcvid, const iov_t *iov, size_t parts, size_t offset);
ssize_t MsgWritev_r(int rcvid, const iov_t *iov, size_t parts, size_t offset);
int MsgInfo(int rcvid, struct _msg_info *info);
int MsgInfo_r(int rcvid, struct _msg_info *info);
/* The client's iov entries (addresses in the client), from entry `offset` on; how many. flags: _NTO_READIOV_*. */
ssize_t MsgReadiov(int rcvid, const iov_t *iov, size_t parts, size_t offset, int flags);
ssize_t MsgReadiov_r(int rcvid, const iov_t *iov, size_t parts, size_t offset, int flags);
/* Sets the message aside on a channel with _NTO_CHF_MSG_PAUSING; _PULSE_CODE_RESTART with the cookie follows. EINVAL, ENOMEM, ESRCH. */
int MsgPause(int rcvid, unsigned cookie);
int MsgPause_r(int rcvid, unsigned cookie);
int MsgCurrent(int rcvid);
int MsgCurrent_r(int rcvid);
int MsgSendPulse(int coid, int priority, int code, int value);
int MsgSendPulse_r(int coid, int priority, int code, int value);
int MsgSendPulsePtr(int coid, int priority, int code, void *value);
int MsgSendPulsePtr_r(int coid, int priority, int code, void *value);
int MsgDeliverEvent(int rcvid, const struct sigevent *event);
int MsgDeliverEvent_r(int rcvid, const struct sigevent *event);
/* 0 when MsgDeliverEvent() would deliver it; ESRCH, EACCES, EINVAL, EBADF, EFAULT. */
int MsgVerifyEvent(int rcvid, const struct sigevent *event);
int MsgVerifyEvent_r(int rcvid, const struct sigevent *event);
int MsgRegisterEvent(struct sigevent *event, int coid);
int MsgRegisterEvent_r(struct sigevent *event, int coid);
int MsgUnregisterEvent(const struct sigevent *event);
int MsgUnregisterEvent_r(const struct sigevent *event);
int MsgKeyData(int rcvid, int op, uint32_t key, uint32_t *newkey, const iov_t *iov, int parts);
int MsgKeyData_r(int rcvid, int op, uint32_t key, uint32_t *newkey, const iov_t *iov, int parts);

/* A thread of one's own process (pid 0), as pthread_create() makes it: -> tid. With an attr: __flags PTHREAD_CREATE_DETACHED, __stackaddr (lowest),
 * __stacksize, __guardsize (0 = default), __policy (0 = the caller's) with __param; __exitfunc gets what `func` returned. EAGAIN, EINVAL,
 * ENOTSUP (another process). */
struct _thread_attr;
int ThreadCreate(pid_t pid, void *(*func)(void *), void *arg, const struct _thread_attr *attr);
int ThreadCreate_r(pid_t pid, void *(*func)(void *), void *arg, const struct _thread_attr *attr);
/* tid 0: the caller ends with this status. Another one is cancelled, as by ThreadCancel(); -1: all but the caller, at `priority` unless that
 * is -1. EINVAL, EPERM (the priority), ESRCH. */
int ThreadDestroy(int tid, int priority, void *status);
int ThreadDestroy_r(int tid, int priority, void *status);
/* pthread_cancel() by number; the stub is the C library's own. ESRCH. */
int ThreadCancel(int tid, void (*canstub)(void));
int ThreadCancel_r(int tid, void (*canstub)(void));
int ThreadDetach(int tid);
int ThreadDetach_r(int tid);
int ThreadJoin(int tid, void **status);
int ThreadJoin_r(int tid, void **status);
/* ENOTSUP: PERFCOUNT, RCM_GET_AND_SET, SHR_MUTEX, NET_KIF_GET_AND_SET, LOW_LATENCY, ALIGN_FAULT > 0. EINVAL: no such command. E2BIG: NAME. */
int ThreadCtl(int cmd, void *data);
int ThreadCtl_r(int cmd, void *data);
/* For another thread: RUNMASK, RUNMASK_GET_AND_SET(_INHERIT) and NAME, with XTHREAD_THREADCTL. EINVAL, EPERM, ESRCH, EFAULT. */
int ThreadCtlExt(pid_t pid, int tid, int cmd, void *data);
int ThreadCtlExt_r(pid_t pid, int tid, int cmd, void *data);

int SchedGet(pid_t pid, int tid, struct sched_param *param);
int SchedGet_r(pid_t pid, int tid, struct sched_param *param);
int SchedSet(pid_t pid, int tid, int policy, const struct sched_param *param);
int SchedSet_r(pid_t pid, int tid, int policy, const struct sched_param *param);
int SchedInfo(pid_t pid, int policy, struct _sched_info *info);
int SchedInfo_r(pid_t pid, int policy, struct _sched_info *info);
/* Adaptive partitioning (<sys/sched_aps.h>), which is not there: ENOSYS; EINVAL: no such command. (lib_ref schedctl) */
int SchedCtl(int cmd, void *data, size_t length);
int SchedCtl_r(int cmd, void *data, size_t length);
int SchedYield(void);
int SchedYield_r(void);
int SchedGetCpuNum(void); /* the processor the caller runs on, from 0 */

int SyncTypeCreate(unsigned type, sync_t *sync, const struct _sync_attr *attr);
int SyncTypeCreate_r(unsigned type, sync_t *sync, const struct _sync_attr *attr);
int SyncDestroy(sync_t *sync);
int SyncDestroy_r(sync_t *sync);
int SyncCtl(int cmd, sync_t *sync, void *data);
int SyncCtl_r(int cmd, sync_t *sync, void *data);
int SyncMutexLock(sync_t *sync);
int SyncMutexLock_r(sync_t *sync);
/* The event comes when the process that holds the mutex dies or unmaps it; NULL: no more. Not for robust ones (EINVAL). EAGAIN, EFAULT. */
int SyncMutexEvent(sync_t *sync, const struct sigevent *event);
int SyncMutexEvent_r(sync_t *sync, const struct sigevent *event);
/* A mutex whose owner died becomes the caller's; EINVAL when it is not dead. */
int SyncMutexRevive(sync_t *sync);
int SyncMutexRevive_r(sync_t *sync);
int SyncMutexUnlock(sync_t *sync);
int SyncMutexUnlock_r(sync_t *sync);
int SyncCondvarWait(sync_t *sync, sync_t *mutex);
int SyncCondvarWait_r(sync_t *sync, sync_t *mutex);
int SyncCondvarSignal(sync_t *sync, int all);
int SyncCondvarSignal_r(sync_t *sync, int all);
int SyncSemPost(sync_t *sync);
int SyncSemPost_r(sync_t *sync);
int SyncSemWait(sync_t *sync, int try_only);
int SyncSemWait_r(sync_t *sync, int try_only);

int SignalKill(uint32_t nd, pid_t pid, int tid, int signo, int code, int value);
int SignalKill_r(uint32_t nd, pid_t pid, int tid, int signo, int code, int value);
int SignalAction(pid_t pid, void (*stub)(void), int signo, const struct sigaction *act, struct sigaction *old);
int SignalAction_r(pid_t pid, void (*stub)(void), int signo, const struct sigaction *act, struct sigaction *old);
int SignalProcmask(pid_t pid, int tid, int how, const sigset_t *set, sigset_t *old);
int SignalProcmask_r(pid_t pid, int tid, int how, const sigset_t *set, sigset_t *old);
int SignalSuspend(const sigset_t *set);
int SignalSuspend_r(const sigset_t *set);
int SignalWaitinfo(const sigset_t *set, siginfo_t *info);
int SignalWaitinfo_r(const sigset_t *set, siginfo_t *info);
/* With `mask` as the thread's signal mask while it waits. (QNX 7.1) */
int SignalWaitinfoMask(const sigset_t *set, siginfo_t *info, const sigset_t *mask);
int SignalWaitinfoMask_r(const sigset_t *set, siginfo_t *info, const sigset_t *mask);

int ClockTime(clockid_t id, const uint64_t *newtime, uint64_t *oldtime);
int ClockTime_r(clockid_t id, const uint64_t *newtime, uint64_t *oldtime);
int ClockAdjust(clockid_t id, const struct _clockadjust *newadj, struct _clockadjust *oldadj);
int ClockAdjust_r(clockid_t id, const struct _clockadjust *newadj, struct _clockadjust *oldadj);
int ClockPeriod(clockid_t id, const struct _clockperiod *newper, struct _clockperiod *oldper, int reserved);
int ClockPeriod_r(clockid_t id, const struct _clockperiod *newper, struct _clockperiod *oldper, int reserved);
int ClockId(pid_t pid, int tid);
int ClockId_r(pid_t pid, int tid);
int TimerCreate(clockid_t id, const struct sigevent *event);
int TimerCreate_r(clockid_t id, const struct sigevent *event);
int TimerDestroy(int id);
int TimerDestroy_r(int id);
int TimerSettime(int id, int flags, const struct _itimer *itime, struct _itimer *otime);
int TimerSettime_r(int id, int flags, const struct _itimer *itime, struct _itimer *otime);
int TimerInfo(pid_t pid, int id, int flags, struct _timer_info *info);
int TimerInfo_r(pid_t pid, int id, int flags, struct _timer_info *info);
int TimerAlarm(clockid_t id, const struct _itimer *itime, struct _itimer *otime);
int TimerAlarm_r(clockid_t id, const struct _itimer *itime, struct _itimer *otime);
int TimerTimeout(clockid_t id, int flags, const struct sigevent *notify, const uint64_t *ntime, uint64_t *otime);
int TimerTimeout_r(clockid_t id, int flags, const struct sigevent *notify, const uint64_t *ntime, uint64_t *otime);
int timer_timeout(clockid_t id, int flags, const struct sigevent *notify, const struct timespec *ntime,
                  struct timespec *otime);

int InterruptAttach(int intr, const struct sigevent *(*handler)(void *, int), const void *area, int size, unsigned flags);
int InterruptAttach_r(int intr, const struct sigevent *(*handler)(void *, int), const void *area, int size,
                      unsigned flags);
int InterruptAttachEvent(int intr, const struct sigevent *event, unsigned flags);
int InterruptAttachEvent_r(int intr, const struct sigevent *event, unsigned flags);
int InterruptDetach(int id);
int InterruptDetach_r(int id);
int InterruptWait(int flags, const uint64_t *timeout);
int InterruptWait_r(int flags, const uint64_t *timeout);
/* "The CPU has nothing to do": the handler gets the time (ns since boot, ~0 = never) of the next timer and the system page's qtime.
 * Needs PROCMGR_AID_INTERRUPT. (InterruptHookIdle(), QNX 7.1) */
int InterruptHookIdle(void (*handler)(uint64_t *, struct qtime_entry *), unsigned flags);
int InterruptMask(int intr, int id);
int InterruptUnmask(int intr, int id);

int TraceEvent(int mode, ...);

__NTO_END_DECLS

static inline uint64_t ClockCycles(void)
{
    uint32_t lo, hi;
    __asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
    return ((uint64_t)hi << 32) | lo;
}
static inline void InterruptDisable(void) { __asm__ __volatile__("cli" : : : "memory"); }
static inline void InterruptEnable(void) { __asm__ __volatile__("sti" : : : "memory"); }
typedef struct intrspin {
    volatile unsigned value;
} intrspin_t;
static inline void InterruptLock(struct intrspin *spin)
{
    InterruptDisable();
    while (__atomic_exchange_n(&spin->value, 1u, __ATOMIC_ACQUIRE)) {
        InterruptEnable(); /* whoever waits long can be interrupted */
        __asm__ __volatile__("pause");
        InterruptDisable();
    }
}
static inline void InterruptUnlock(struct intrspin *spin)
{
    __atomic_store_n(&spin->value, 0u, __ATOMIC_RELEASE);
    InterruptEnable();
}
