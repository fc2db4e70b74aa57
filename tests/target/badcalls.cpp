// SPDX-License-Identifier: Apache-2.0
// Calls every kernel call that takes a pointer with pointers that lead nowhere: each must give -EFAULT and change nothing.
// Then calls every call number with rubbish in all registers: this process and the kernel must live on.
#include "kercall.h"

#include <abi/proc_msg.h>
#include <abi/usage.h>

#include <errno.h>
#include <stdio.h>
#include <sys/neutrino.h>

QNX_USAGE("%C - bad pointers to every kernel call\n"
          "%C\n");

namespace {
constexpr long bad_pointers[] = {
    8,                                       // below the first page that can be mapped
    0x100000000000,                          // user space, nothing there
    0x7ffffffffff0,                          // runs over the end of user space
    static_cast<long>(0x8000000000000000ul), // not canonical
    static_cast<long>(0xffff800000100000ul), // the kernel's map of RAM
    static_cast<long>(0xffffffff80001000ul), // kernel text
    -1,
};
constexpr long P = 0x5a5a5a5a; // stands for the pointer under test
long valid[64];                // somewhere good to point at
nto_itimer itimer_value = {1000000000, 0};
int chid, coid, timer;

struct Case {
    const char* name;
    long number;
    long args[6];
};

int checked, failed;

void expect_fault(const Case& c)
{
    for (long pointer : bad_pointers) {
        long a[6];
        for (int i = 0; i < 6; i++)
            a[i] = c.args[i] == P ? pointer : c.args[i];
        long got = __kercall6(c.number, a[0], a[1], a[2], a[3], a[4], a[5]);
        checked++;
        if (got != -EFAULT) {
            printf("FAIL %s pointer %#lx: got %ld\n", c.name, pointer, got);
            failed++;
        }
    }
}

void pointers()
{
    const long v = reinterpret_cast<long>(valid);
    const long it = reinterpret_cast<long>(&itimer_value);
    const nto_iov bad_base = {8, 64};
    const long iov = reinterpret_cast<long>(&bad_base);
    static nto_sync mutex;
    const long mx = reinterpret_cast<long>(&mutex);
    const Case cases[] = {
        {"DEBUG_WRITE", KER_DEBUG_WRITE, {P, 16}},
        {"THREAD_CREATE", KER_THREAD_CREATE, {P}},
        {"THREAD_CTL name", KER_THREAD_CTL, {_NTO_TCTL_NAME, P}},
        {"SCHED_GET", KER_SCHED_GET, {0, 0, P}},
        {"SCHED_SET", KER_SCHED_SET, {0, 0, 2, P}},
        {"SCHED_INFO", KER_SCHED_INFO, {0, 2, P}},
        {"CONNECT_SERVER_INFO", KER_CONNECT_SERVER_INFO, {0, coid, P}},
        {"CONNECT_CLIENT_INFO", KER_CONNECT_CLIENT_INFO, {-1, P, 0}},
        {"MSG_SEND buffer", KER_MSG_SEND, {SYSMGR_COID, P, -64, v, -64, 0}},
        {"MSG_SEND iov array", KER_MSG_SEND, {SYSMGR_COID, P, 2, v, -64, 0}},
        {"MSG_SEND reply iov array", KER_MSG_SEND, {SYSMGR_COID, v, -64, P, 2, 0}},
        {"MSG_SEND_PULSE then RECEIVE", KER_MSG_RECEIVE, {chid, P, -64, 0}},
        {"MSG_DELIVER_EVENT", KER_MSG_DELIVER_EVENT, {0, P}},
        {"MSG_REGISTER_EVENT", KER_MSG_REGISTER_EVENT, {P, coid}},
        {"SYNC_TYPE_CREATE", KER_SYNC_TYPE_CREATE, {NTO_SYNC_MUTEX, P, 0}},
        {"SYNC_DESTROY", KER_SYNC_DESTROY, {P}},
        {"SYNC_MUTEX_LOCK", KER_SYNC_MUTEX_LOCK, {P}},
        {"SYNC_MUTEX_UNLOCK", KER_SYNC_MUTEX_UNLOCK, {P}},
        {"SYNC_COND_WAIT cond", KER_SYNC_COND_WAIT, {P, mx}},
        {"SYNC_COND_SIGNAL", KER_SYNC_COND_SIGNAL, {P, 0}},
        {"SYNC_SEM_POST", KER_SYNC_SEM_POST, {P}},
        {"SYNC_SEM_WAIT", KER_SYNC_SEM_WAIT, {P, 1}},
        {"FUTEX_WAIT", KER_FUTEX_WAIT, {P, 0, 0, 0}},
        {"FUTEX_WAKE", KER_FUTEX_WAKE, {P, 1}},
        {"FUTEX_REQUEUE", KER_FUTEX_REQUEUE, {P, 1, 1, v}},
        {"SIGNAL_ACTION new", KER_SIGNAL_ACTION, {SIGUSR1, P, 0}},
        {"SIGNAL_ACTION old", KER_SIGNAL_ACTION, {SIGUSR1, 0, P}},
        {"SIGNAL_PROCMASK new", KER_SIGNAL_PROCMASK, {0, P, 0}},
        {"SIGNAL_PROCMASK old", KER_SIGNAL_PROCMASK, {0, 0, P}},
        {"SIGNAL_SUSPEND", KER_SIGNAL_SUSPEND, {P}},
        {"SIGNAL_WAITINFO", KER_SIGNAL_WAITINFO, {P, v}},
        {"SIGNAL_PENDING", KER_SIGNAL_PENDING, {P}},
        {"CLOCK_TIME new", KER_CLOCK_TIME, {0, P, 0}},
        {"CLOCK_TIME old", KER_CLOCK_TIME, {0, 0, P}},
        {"CLOCK_ADJUST new", KER_CLOCK_ADJUST, {0, P, 0}},
        {"CLOCK_PERIOD new", KER_CLOCK_PERIOD, {0, P, 0}},
        {"CLOCK_PERIOD old", KER_CLOCK_PERIOD, {0, 0, P}},
        {"TIMER_CREATE", KER_TIMER_CREATE, {0, P}},
        {"TIMER_SETTIME new", KER_TIMER_SETTIME, {timer, 0, P, 0}},
        {"TIMER_SETTIME old", KER_TIMER_SETTIME, {timer, 0, it, P}},
        {"TIMER_INFO", KER_TIMER_INFO, {0, timer, 0, P}},
        {"TIMER_ALARM", KER_TIMER_ALARM, {0, P, 0}},
        {"TIMER_TIMEOUT event", KER_TIMER_TIMEOUT, {0, _NTO_TIMEOUT_RECEIVE, P, v, 0}},
        {"TIMER_TIMEOUT time", KER_TIMER_TIMEOUT, {0, _NTO_TIMEOUT_RECEIVE, 0, P, 0}},
        {"INTERRUPT_ATTACH_EVENT", KER_INTERRUPT_ATTACH_EVENT, {7, P, 0}},
        {"MSG_SEND iov base", KER_MSG_SEND, {SYSMGR_COID, iov, 1, v, -64, 0}},
    };
    MsgSendPulse(coid, -1, 1, 0); // so that MSG_RECEIVE has something to deliver
    for (const Case& c : cases) {
        if (c.number == KER_MSG_RECEIVE) {
            for (size_t i = 0; i < sizeof bad_pointers / sizeof *bad_pointers; i++)
                MsgSendPulse(coid, -1, 1, 0); // each failed receive loses one
        }
        if (c.args[1] == iov)
            checked++, failed += __kercall6(c.number, c.args[0], iov, 1, v, -64, 0) != -EFAULT;
        else
            expect_fault(c);
    }
}

/// Calls that would end or stop this thread by design, whatever their arguments.
bool ends_or_blocks(long number)
{
    switch (number) {
    case KER_THREAD_EXIT:
    case KER_SIGNAL_RETURN:
    case KER_SIGNAL_KILL: // rubbish could name this very process
    case KER_THREAD_TLS:  // would take libc's thread pointer away
    case KER_THREAD_CLEARTID:
        return true;
    default:
        return false;
    }
}

void rubbish()
{
    const long values[] = {0, -1, 8, 0x7fffffff, static_cast<long>(0xffffffff80001000ul)};
    for (long number = 0; number < KER_CALL_MAX + 16; number++) {
        if (ends_or_blocks(number))
            continue;
        for (long value : values) {
            // Whatever can block gives up at once; the call itself is what is looked at.
            uint64_t now = 0;
            TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_MASK & ~_NTO_TIMEOUT_NANOSLEEP, nullptr,
                         &now, nullptr);
            long got = __kercall6(number, value, value, value, value, value, value);
            checked++;
            if (number >= KER_CALL_MAX && got != -ENOSYS) {
                printf("FAIL call %ld does not exist, got %ld\n", number, got);
                failed++;
            }
        }
    }
}
} // namespace

int main()
{
    chid = ChannelCreate(0);
    coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    sigevent none{};
    none.sigev_notify = SIGEV_NONE;
    timer = TimerCreate(CLOCK_MONOTONIC, &none);
    if (chid == -1 || coid == -1 || timer == -1) {
        perror("badcalls: set-up");
        return 1;
    }
    pointers();
    rubbish();
    printf("badcalls: %d checked, %d failed\n", checked, failed);
    return failed != 0;
}
