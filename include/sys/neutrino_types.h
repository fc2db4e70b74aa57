/* SPDX-License-Identifier: Apache-2.0 */
/* Constants and structures of the kernel calls, asserted to be what crosses to the kernel (abi/kercall.h). */
#pragma once
#include <abi/kercall.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/platform.h>
#include <sys/states.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#define _NTO_SIDE_CHANNEL 0x40000000
#define _NTO_GLOBAL_CHANNEL 0x40000000
#define _NTO_CONNECTION_SCOID 0x10000
#define SYSMGR_PID 1
#define SYSMGR_CHID 1
#define SYSMGR_COID _NTO_SIDE_CHANNEL
#define SYSMGR_HANDLE 0

#define _NTO_CHF_FIXED_PRIORITY 0x0001
#define _NTO_CHF_UNBLOCK 0x0002
#define _NTO_CHF_THREAD_DEATH 0x0004
#define _NTO_CHF_DISCONNECT 0x0008
#define _NTO_CHF_NET_MSG 0x0010
#define _NTO_CHF_SENDER_LEN 0x0020
#define _NTO_CHF_COID_DISCONNECT 0x0040
#define _NTO_CHF_REPLY_LEN 0x0080
#define _NTO_CHF_PULSE_POOL 0x0100
#define _NTO_CHF_ASYNC_NONBLOCK 0x0200
#define _NTO_CHF_ASYNC 0x0400
#define _NTO_CHF_GLOBAL 0x0800
#define _NTO_CHF_PRIVATE 0x1000
#define _NTO_CHF_MSG_PAUSING 0x2000
#define _NTO_CHF_INHERIT_RUNMASK 0x4000
#define _NTO_CHF_UNBLOCK_TIMER 0x8000

#define _NTO_COF_CLOEXEC 0x0001
#define _NTO_COF_DEAD 0x0002
#define _NTO_COF_NOSHARE 0x0040
#define _NTO_COF_NETCON 0x0080
#define _NTO_COF_NONBLOCK 0x0100
#define _NTO_COF_ASYNC 0x0200
#define _NTO_COF_GLOBAL 0x0400
#define _NTO_COF_NOEVENT 0x0800
#define _NTO_COF_INSECURE 0x1000
#define _NTO_COF_REG_EVENTS 0x2000
#define _NTO_COF_UNREG_EVENTS 0x4000
#define _NTO_COF_MASK 0xffff

#define _PULSE_TYPE 0
#define _PULSE_SUBTYPE 0
#define _PULSE_CODE_UNBLOCK (-32)
#define _PULSE_CODE_DISCONNECT (-33)
#define _PULSE_CODE_THREADDEATH (-34)
#define _PULSE_CODE_COIDDEATH (-35)
#define _PULSE_CODE_NET_ACK (-36)
#define _PULSE_CODE_NET_UNBLOCK (-37)
#define _PULSE_CODE_NET_DETACH (-38)
#define _PULSE_CODE_RESTART (-39)
#define _PULSE_CODE_NORESTART (-40)
#define _PULSE_CODE_UNBLOCK_RESTART (-41)
#define _PULSE_CODE_UNBLOCK_TIMER (-42)
#define _PULSE_CODE_MINAVAIL 0
#define _PULSE_CODE_MAXAVAIL 127

#define _NTO_MI_ENDIAN_BIG 1
#define _NTO_MI_ENDIAN_DIFF 2
#define _NTO_MI_UNBLOCK_REQ 256
#define _NTO_MI_NET_CRED_DIRTY 512
#define _NTO_MI_CONSTRAINED 1024
#define _NTO_MI_CHROOT 2048
#define _NTO_MI_BITS_64 4096
#define _NTO_MI_BITS_DIFF 8192
#define _NTO_MI_SANDBOX 16384

#define _NTO_TIMEOUT_RECEIVE (1 << STATE_RECEIVE)
#define _NTO_TIMEOUT_SEND (1 << STATE_SEND)
#define _NTO_TIMEOUT_REPLY (1 << STATE_REPLY)
#define _NTO_TIMEOUT_SIGSUSPEND (1 << STATE_SIGSUSPEND)
#define _NTO_TIMEOUT_SIGWAITINFO (1 << STATE_SIGWAITINFO)
#define _NTO_TIMEOUT_NANOSLEEP (1 << STATE_NANOSLEEP)
#define _NTO_TIMEOUT_MUTEX (1 << STATE_MUTEX)
#define _NTO_TIMEOUT_CONDVAR (1 << STATE_CONDVAR)
#define _NTO_TIMEOUT_JOIN (1 << STATE_JOIN)
#define _NTO_TIMEOUT_INTR (1 << STATE_INTR)
#define _NTO_TIMEOUT_SEM (1 << STATE_SEM)
#define _NTO_TIMEOUT_IMMEDIATE (1 << (STATE_MAX + 1))
#define _NTO_TIMEOUT_MASK ((1 << STATE_MAX) - 1)

enum {
    _NTO_TCTL_IO_PRIV = 1, _NTO_TCTL_THREADS_HOLD, _NTO_TCTL_THREADS_CONT, _NTO_TCTL_RUNMASK, _NTO_TCTL_ALIGN_FAULT,
    _NTO_TCTL_RUNMASK_GET_AND_SET, _NTO_TCTL_PERFCOUNT, _NTO_TCTL_ONE_THREAD_HOLD, _NTO_TCTL_ONE_THREAD_CONT,
    _NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, _NTO_TCTL_NAME, _NTO_TCTL_RCM_GET_AND_SET, _NTO_TCTL_SHR_MUTEX, _NTO_TCTL_IO,
    _NTO_TCTL_NET_KIF_GET_AND_SET, _NTO_TCTL_LOW_LATENCY, _NTO_TCTL_ADD_EXIT_EVENT, _NTO_TCTL_DEL_EXIT_EVENT,
    _NTO_TCTL_IO_LEVEL
};
#define _NTO_IO_LEVEL_NONE 1
#define _NTO_IO_LEVEL_1 2
#define _NTO_IO_LEVEL_2 3
#define _NTO_IO_LEVEL_INHERIT 0x40000000
#define _NTO_THREAD_NAME_MAX 100

#define _NTO_INTR_FLAGS_END 0x01
#define _NTO_INTR_FLAGS_NO_UNMASK 0x02
#define _NTO_INTR_FLAGS_PROCESS 0x04
#define _NTO_INTR_FLAGS_TRK_MSK 0x08
#define _NTO_INTR_FLAGS_ARRAY 0x10
#define _NTO_INTR_FLAGS_EXCLUSIVE 0x20
#define _NTO_INTR_FLAGS_FPU 0x40
#define _NTO_INTR_CLASS_SYNTHETIC 0x7fff0000
#define _NTO_HOOK_IDLE 0x7fff0001
#define _NTO_HOOK_OVERDRIVE 0x7fff0002

#define _NTO_SYNC_MUTEX NTO_SYNC_MUTEX
#define _NTO_SYNC_SEM NTO_SYNC_SEM
#define _NTO_SYNC_COND NTO_SYNC_COND
enum {
    _NTO_SCTL_SETPRIOCEILING = 1, _NTO_SCTL_GETPRIOCEILING, _NTO_SCTL_SETEVENT, _NTO_SCTL_MUTEX_WAKEUP,
    _NTO_SCTL_MUTEX_CONSISTENT, _NTO_SCTL_SEM_VALUE
};

#define _NTO_TI_ACTIVE 0x0001
#define _NTO_TI_ABSOLUTE 0x0002
#define _NTO_TI_EXPIRED 0x0004
#define _NTO_TI_TOD_BASED 0x0008
#define _NTO_TI_TARGET_PROCESS 0x0010
#define _NTO_TI_REPORT_TOLERANCE 0x0020
#define _NTO_TI_PRECISE 0x0040
#define _NTO_TI_TOLERANT 0x0080
#define _NTO_TI_WAKEUP 0x0100
#define _NTO_TI_PROCESS_TOLERANT 0x0200
#define _NTO_TI_HIGH_RESOLUTION 0x0400

#define _NTO_TIMER_SEARCH NTO_TIMER_SEARCH
#define _NTO_TIMER_RESET_OVERRUNS NTO_TIMER_RESET_OVERRUNS

#define _NTO_KEYDATA_CALCULATE 0
#define _NTO_KEYDATA_VERIFY 1

struct _pulse {
    uint16_t type, subtype;
    int8_t code;
    uint8_t zero[3];
    union sigval value;
    int32_t scoid;
    int32_t reserved;
};
struct _msg_info {
    uint32_t nd, srcnd;
    pid_t pid;
    int32_t tid;
    int32_t chid, scoid, coid;
    int16_t priority;
    uint16_t reserved0;
    uint32_t flags;
    uint32_t type_id;
    uint64_t msglen, srcmsglen, dstmsglen;
};
struct _server_info {
    uint32_t nd;
    pid_t pid;
    int32_t chid, scoid, coid;
    uint32_t flags;
};
#define NGROUPS_MAX_NTO 16
struct _cred_info {
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;
    uint32_t ngroups;
    gid_t grouplist[NGROUPS_MAX_NTO];
};
struct _client_info {
    uint32_t nd;
    pid_t pid, sid;
    uint32_t flags;
    struct _cred_info cred;
};
/* flags of _client_info, and what ConnectClientInfoExt() is to get */
#define _NTO_CI_ENDIAN_BIG 0x1
#define _NTO_CI_BKGND_PGRP 0x4
#define _NTO_CI_ORPHAN_PGRP 0x8
#define _NTO_CI_STOPPED 0x80
#define _NTO_CI_UNABLE 0x100
#define _NTO_CLIENTINFO_GETGROUPS 0x1
#define _NTO_CLIENTINFO_GETTYPEID 0x2
#define _NTO_READIOV_SEND 0
#define _NTO_READIOV_REPLY 1

#define _NTO_CHO_CUSTOM_EVENT NTO_CHO_CUSTOM_EVENT
struct nto_channel_config {
    struct sigevent event;    /* with _NTO_CHO_CUSTOM_EVENT */
    unsigned num_pulses;      /* 1..16384 */
    unsigned rearm_threshold; /* free pulses before the event may come again */
    unsigned options;
    unsigned reserved[3];
};
union _channel_connect_attr {
    struct sigevent ev;
    unsigned num_pulses;
};
struct _client_able {
    unsigned ability, flags;
    uint64_t range_lo, range_hi;
};
struct _thread_attr {
    int __flags;
    size_t __stacksize;
    void *__stackaddr;
    void (*__exitfunc)(void *);
    int __policy;
    struct sched_param __param;
    unsigned __guardsize;
};
struct _sched_info {
    int32_t priority_min, priority_max;
    uint64_t interval;
    int32_t priority_priv, reserved;
};
struct _clockperiod {
    uint32_t nsec;
    int32_t fract;
};
struct _clockadjust {
    uint64_t tick_count;
    int32_t tick_nsec_inc;
    int32_t reserved;
};
struct _itimer {
    uint64_t nsec, interval_nsec;
};
struct _timer_info {
    struct _itimer itime, otime;
    uint32_t flags;
    int32_t tid, notify;
    clockid_t clockid;
    uint32_t overruns;
    int32_t reserved;
    struct sigevent event;
};
typedef struct _sync {
    uint32_t __u;
    uint32_t __owner;
} sync_t;
struct _sync_attr {
    int __protocol, __flags, __prioceiling, __clockid;
    int __reserved[4];
};
struct _thread_name {
    int new_name_len, name_buf_len;
    char name_buf[1];
};
struct _thread_runmask {
    int size;
    unsigned runmask[1], inherit_mask[1];
};

__NTO_STATIC_ASSERT(sizeof(struct _pulse) == sizeof(struct nto_pulse), "pulse");
__NTO_STATIC_ASSERT(offsetof(struct _pulse, scoid) == offsetof(struct nto_pulse, scoid), "pulse");
__NTO_STATIC_ASSERT(sizeof(struct _msg_info) == sizeof(struct nto_msg_info), "msg_info");
__NTO_STATIC_ASSERT(offsetof(struct _msg_info, flags) == offsetof(struct nto_msg_info, flags), "msg_info");
__NTO_STATIC_ASSERT(offsetof(struct _msg_info, dstmsglen) == offsetof(struct nto_msg_info, dstmsglen), "msg_info");
__NTO_STATIC_ASSERT(sizeof(struct _server_info) == sizeof(struct nto_server_info), "server_info");
__NTO_STATIC_ASSERT(sizeof(struct _client_info) == sizeof(struct nto_client_info), "client_info");
__NTO_STATIC_ASSERT(sizeof(struct nto_channel_config) == sizeof(struct nto_pool_config), "channel_config");
__NTO_STATIC_ASSERT(sizeof(struct _sched_info) == sizeof(struct nto_sched_info), "sched_info");
__NTO_STATIC_ASSERT(sizeof(struct _clockperiod) == sizeof(struct nto_clockperiod), "clockperiod");
__NTO_STATIC_ASSERT(sizeof(struct _clockadjust) == sizeof(struct nto_clockadjust), "clockadjust");
__NTO_STATIC_ASSERT(sizeof(struct _itimer) == sizeof(struct nto_itimer), "itimer");
__NTO_STATIC_ASSERT(offsetof(struct _timer_info, event) == offsetof(struct nto_timer_info, event), "timer_info");
__NTO_STATIC_ASSERT(sizeof(sync_t) == sizeof(struct nto_sync), "sync");
__NTO_STATIC_ASSERT(sizeof(struct _sync_attr) == sizeof(struct nto_sync_attr), "sync_attr");
__NTO_STATIC_ASSERT(sizeof(struct iovec) == sizeof(struct nto_iov), "iov");
