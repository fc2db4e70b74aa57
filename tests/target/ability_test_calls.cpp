// SPDX-License-Identifier: Apache-2.0
// The guarded calls, one a row: the smallest use of each that is refused for the missing ability alone.
#include "ability_test.hpp"

#include <abi/proc_msg.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <sys/procmgr.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/trace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <devctl.h>

namespace {

int run(const inheritance& how)
{
    char* argv[] = {const_cast<char*>(ability_test_path), const_cast<char*>("nothing"), nullptr};
    const pid_t pid = spawn(ability_test_path, 0, nullptr, &how, argv, nullptr);
    int status = 0;
    if (pid == -1)
        return errno;
    return waitpid(pid, &status, 0) == pid && status == 0 ? EOK : ECHILD;
}

int call_spawn()
{
    return run({});
}

int call_spawn_as(uid_t uid, gid_t gid)
{
    inheritance how{};
    how.flags = SPAWN_SETCRED;
    how.uid = uid;
    how.gid = gid;
    return run(how);
}

int call_spawn_setuid()
{
    return call_spawn_as(2000, getegid());
}

int call_spawn_setgid()
{
    return call_spawn_as(geteuid(), 2000);
}

int call_fork()
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    const int result = result_of(pid != -1);
    int status = 0;
    return pid == -1 ? result : waitpid(pid, &status, 0) == pid && status == 0 ? EOK : ECHILD;
}

int call_setuid()
{
    return result_of(setuid(2000) == 0 && getuid() == 2000);
}

int call_setgid()
{
    return result_of(setgid(2000) == 0 && getgid() == 2000);
}

int call_setgroups()
{
    const gid_t groups[] = {5, 6};
    return result_of(setgroups(2, groups) == 0);
}

int call_getid()
{
    return result_of(getpgid(other_process()) > 0);
}

int call_getsid()
{
    return result_of(getsid(other_process()) > 0);
}

int call_reboot()
{
    return message(PROC_REBOOT, 77) == EPERM ? EPERM : EOK; // 77 is refused after the check
}

int call_confset()
{
    return result_of(sethostname("ability", 7) == 0);
}

int call_umask()
{
    return message(PROC_UMASK, 022, other_process()) == EPERM ? EPERM : EOK;
}

int call_rlimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return errno;
    limit.rlim_cur = 0;
    limit.rlim_max = 1000;
    if (setrlimit(RLIMIT_CORE, &limit) != 0)
        return errno;
    limit.rlim_max = 2000;
    return result_of(setrlimit(RLIMIT_CORE, &limit) == 0);
}

int call_setpgid()
{
    const int result = result_of(setpgid(other_process(), other_process()) == 0);
    return result == ESRCH ? EPERM : EOK; // to a stranger POSIX says there is no such process
}

int call_io()
{
    return result_of(ThreadCtl(_NTO_TCTL_IO, nullptr) == 0);
}

int attach_interrupt()
{
    sigevent event;
    SIGEV_INTR_INIT(&event);
    const int id = InterruptAttachEvent(7, &event, _NTO_INTR_FLAGS_TRK_MSK);
    const int result = result_of(id != -1);
    if (id != -1)
        InterruptDetach(id);
    return result;
}

int set_priority(int priority)
{
    sched_param param{};
    param.sched_priority = priority;
    return result_of(SchedSet(0, 0, SCHED_RR, &param) == 0);
}

int call_priority()
{
    return set_priority(64);
}

int call_spawn_priority()
{
    inheritance how{};
    how.flags = SPAWN_EXPLICIT_SCHED;
    how.policy = SCHED_RR;
    how.param.sched_priority = 64;
    return run(how);
}

int call_connection()
{
    return result_of(ConnectFlags(other_process(), 0, 0, 0) != -1);
}

int call_schedule()
{
    sched_param param{};
    param.sched_priority = 9;
    return result_of(SchedSet(other_process(), 1, SCHED_RR, &param) == 0);
}

int call_signal()
{
    return result_of(kill(other_process(), SIGUSR1) == 0);
}

int call_timer_info()
{
    _timer_info info{};
    const int id = TimerInfo(other_process(), 0, 0, &info);
    return id == -1 && errno == EPERM ? EPERM : EOK; // it has no timers
}

int call_clock_set()
{
    uint64_t now = 0;
    ClockTime(CLOCK_REALTIME, nullptr, &now);
    return result_of(ClockTime(CLOCK_REALTIME, &now, nullptr) == 0);
}

int call_clock_period()
{
    _clockperiod period{};
    ClockPeriod(CLOCK_REALTIME, nullptr, &period, 0);
    return result_of(ClockPeriod(CLOCK_REALTIME, &period, nullptr, 0) == 0);
}

int call_public_channel()
{
    const int chid = ChannelCreate(0);
    const int result = result_of(chid != -1);
    if (chid != -1)
        ChannelDestroy(chid);
    return result;
}

int call_thread_ctl()
{
    return result_of(ThreadCtl(_NTO_TCTL_THREADS_CONT, nullptr) == 0);
}

int open_other(const char* file, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", other_process(), file);
    return open(path, flags);
}

int call_process_query()
{
    procfs_info info{};
    const int fd = open_other("ctl", O_RDONLY);
    const int result = fd == -1 ? errno : devctl(fd, DCMD_PROC_INFO, &info, sizeof info, nullptr);
    close(fd);
    return result;
}

int call_process_times()
{
    return message(PROC_TIMES, other_process()) == EPERM ? EPERM : EOK;
}

// Where every process has its system page; the stack would move.
int call_process_memory()
{
    char byte = 0;
    const int fd = open_other("as", O_RDONLY);
    if (fd == -1)
        return errno;
    const int result = result_of(
        pread(fd, &byte, 1, static_cast<off_t>(reinterpret_cast<uintptr_t>(_syspage_ptr))) == 1);
    close(fd);
    return result == EPERM ? EPERM : EOK; // another address space may lack the page
}

int call_process_ability()
{
    return procmgr_ability(other_process(), PROCMGR_ADN_ROOT | PROCMGR_AOP_DENY | PROCMGR_AID_TRACE,
                           PROCMGR_AID_EOL);
}

int call_ability_create()
{
    const int id = procmgr_ability_create("ability-test/create", PROCMGR_ADN_ROOT);
    return id > 0 ? EOK : -id;
}

// Somebody else could have this ability by default only when it is privileged.
int call_ability_gain()
{
    procmgr_ability(0,
                    PROCMGR_ADN_ROOT | PROCMGR_ADN_NONROOT | PROCMGR_AOP_DENY | PROCMGR_AID_REBOOT,
                    PROCMGR_AID_EOL);
    return procmgr_ability(0, PROCMGR_ADN_NONROOT | PROCMGR_AOP_ALLOW | PROCMGR_AID_REBOOT,
                           PROCMGR_AID_EOL);
}

int call_event()
{
    return result_of(procmgr_event_trigger(PROCMGR_EVENT_SYSCONF) == 0);
}

int call_high_resolution()
{
    uint64_t tolerance = 1000; // below a tick
    return result_of(TimerTimeout(CLOCK_MONOTONIC, TIMER_TOLERANCE, nullptr, &tolerance, nullptr) !=
                     -1);
}

int call_clock_adjust()
{
    const _clockadjust adjust{1, 10, {}};
    return result_of(ClockAdjust(CLOCK_REALTIME, &adjust, nullptr) == 0);
}

int call_cpu_clock()
{
    return result_of(ClockId(other_process(), 0) != -1);
}

void idles(uint64_t*, struct qtime_entry*)
{
}

// The one InterruptAttach() that needs no I/O privilege besides.
int attach_handler()
{
    const int id = InterruptHookIdle(idles, 0);
    const int result = result_of(id != -1);
    if (id != -1)
        InterruptDetach(id);
    return result;
}

int call_msi()
{
    return message(SYS_MSI_ALLOC, 0) == EPERM ? EPERM : EOK; // none is refused after the check
}

int call_key_data()
{
    iov_t part;
    uint32_t key = 0;
    SETIOV(&part, "x", 1);
    return MsgKeyData(0x7fffffff, _NTO_KEYDATA_CALCULATE, 0, &key, &part, 1) == -1 && errno == EPERM
               ? EPERM
               : EOK; // there is no such client
}

void notified(union sigval)
{
}

int call_thread_event_timer()
{
    sigevent event;
    timer_t id;
    SIGEV_THREAD_INIT(&event, notified, 0, nullptr);
    const int result = result_of(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
    if (result == EOK)
        timer_delete(id);
    return result;
}

int call_thread_event()
{
    sigevent event;
    SIGEV_THREAD_INIT(&event, notified, 0, nullptr);
    return result_of(MsgDeliverEvent(0, &event) == 0);
}

int call_debug()
{
    const int fd = open_other("as", O_RDWR);
    if (fd == -1)
        return errno;
    const char byte = 0;
    const int result = result_of(pwrite(fd, &byte, 1, 16) == 1);
    close(fd);
    return result == EPERM ? EPERM : EOK; // nothing is mapped there
}

int call_dumps()
{
    proc_dump request{};
    request.type = PROC_DUMP;
    request.subtype = PROC_DUMP_QUERY;
    request.pid = other_process();
    const long result = MsgSend_r(SYSMGR_COID, &request, sizeof request, nullptr, 0);
    return result == -ESRCH ? EOK : static_cast<int>(-result); // it has not crashed
}

int call_ceiling()
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT);
    pthread_mutexattr_setprioceiling(&attr, 63); // everybody's
    if (pthread_mutex_init(&mutex, &attr) != 0)
        return EINVAL;
    pthread_mutexattr_setprioceiling(&attr, 64);
    return pthread_mutex_init(&mutex, &attr);
}

int call_change_ceiling()
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    int old = 0;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT);
    pthread_mutexattr_setprioceiling(&attr, 10);
    return pthread_mutex_init(&mutex, &attr) != 0 ? EINVAL
                                                  : pthread_mutex_setprioceiling(&mutex, 200, &old);
}

int call_session_group()
{
    const int result =
        result_of(procmgr_session(0, getsid(0), getpgrp(), PROCMGR_SESSION_SETPGRP) == 0);
    return result == EPERM ? EPERM : EOK; // the group may be another session's
}

int call_session()
{
    return result_of(procmgr_session(0, other_process(), 0, PROCMGR_SESSION_SIGNAL_PID) == 0);
}

int call_tolerance()
{
    const uint64_t none = 0;
    return result_of(procmgr_timer_tolerance(other_process(), &none, nullptr) == 0);
}

int call_trace()
{
    return result_of(TraceEvent(2) != -1);
}

} // namespace

const GuardedCall guarded_calls[] = {
    {PROCMGR_AID_SPAWN, "spawn", call_spawn},
    {PROCMGR_AID_FORK, "fork", call_fork},
    {PROCMGR_AID_SPAWN_SETUID, "spawn_setuid", call_spawn_setuid},
    {PROCMGR_AID_SPAWN_SETGID, "spawn_setgid", call_spawn_setgid},
    {PROCMGR_AID_SETUID, "setuid", call_setuid},
    {PROCMGR_AID_SETGID, "setgid", call_setgid},
    {PROCMGR_AID_SETGID, "setgid: setgroups", call_setgroups},
    {PROCMGR_AID_GETID, "getid: getpgid", call_getid},
    {PROCMGR_AID_GETID, "getid: getsid", call_getsid},
    {PROCMGR_AID_REBOOT, "reboot", call_reboot},
    {PROCMGR_AID_CONFSET, "confset", call_confset},
    {PROCMGR_AID_UMASK, "umask", call_umask},
    {PROCMGR_AID_RLIMIT, "rlimit", call_rlimit},
    {PROCMGR_AID_PGRP, "pgrp", call_setpgid},
    {PROCMGR_AID_IO, "io", call_io},
    {PROCMGR_AID_INTERRUPTEVENT, "interruptevent", attach_interrupt},
    {PROCMGR_AID_PRIORITY, "priority: SchedSet", call_priority},
    {PROCMGR_AID_PRIORITY, "priority: spawn", call_spawn_priority},
    {PROCMGR_AID_CONNECTION, "connection", call_connection},
    {PROCMGR_AID_SCHEDULE, "schedule", call_schedule},
    {PROCMGR_AID_SIGNAL, "signal", call_signal},
    {PROCMGR_AID_TIMER, "timer", call_timer_info},
    {PROCMGR_AID_CLOCKSET, "clockset", call_clock_set},
    {PROCMGR_AID_CLOCKPERIOD, "clockperiod", call_clock_period},
    {PROCMGR_AID_TRACE, "trace", call_trace},
    {PROCMGR_AID_PUBLIC_CHANNEL, "public_channel", call_public_channel},
    {PROCMGR_AID_XTHREAD_THREADCTL, "xthread_threadctl", call_thread_ctl},
    {PROCMGR_AID_XPROCESS_QUERY, "xprocess_query: DCMD_PROC_INFO", call_process_query},
    {PROCMGR_AID_XPROCESS_QUERY, "xprocess_query: times", call_process_times},
    {PROCMGR_AID_XPROCESS_MEM_READ, "xprocess_mem_read", call_process_memory},
    {PROCMGR_AID_XPROCESS_ABLE, "xprocess_able", call_process_ability},
    {PROCMGR_AID_ABLE_CREATE, "able_create", call_ability_create},
    {PROCMGR_AID_ABLE_PRIV, "able_priv", call_ability_gain},
    {PROCMGR_AID_EVENT, "event", call_event},
    {PROCMGR_AID_SESSION, "session", call_session},
    {PROCMGR_AID_DEFAULT_TIMER_TOLERANCE, "default_timer_tolerance", call_tolerance},
    {PROCMGR_AID_HIGH_RESOLUTION_TIMER, "high_resolution_timer", call_high_resolution},
    {PROCMGR_AID_CLOCKSET, "clockset: ClockAdjust", call_clock_adjust},
    {PROCMGR_AID_XPROCESS_QUERY, "xprocess_query: ClockId", call_cpu_clock},
    {PROCMGR_AID_INTERRUPT, "interrupt: a handler", attach_handler},
    {PROCMGR_AID_INTERRUPTEVENT, "interruptevent: messages", call_msi},
    {PROCMGR_AID_KEYDATA, "keydata", call_key_data},
    {PROCMGR_AID_SIGEV_THREAD, "sigev_thread: a timer", call_thread_event_timer},
    {PROCMGR_AID_SIGEV_THREAD, "sigev_thread: MsgDeliverEvent", call_thread_event},
    {PROCMGR_AID_XPROCESS_DEBUG, "xprocess_debug: write", call_debug},
    {PROCMGR_AID_XPROCESS_DEBUG, "xprocess_debug: dumps", call_dumps},
    {PROCMGR_AID_PRIORITY, "priority: a ceiling", call_ceiling},
    {PROCMGR_AID_PRIORITY, "priority: a changed ceiling", call_change_ceiling},
    {PROCMGR_AID_SESSION, "session: its group", call_session_group},
};
const unsigned guarded_call_count = sizeof guarded_calls / sizeof *guarded_calls;
