// SPDX-License-Identifier: Apache-2.0
// Waits with a limit on another clock, and attributes of threads that QNX adds to POSIX'.
#include "result.hpp"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/neutrino.h>
#include <time.h>

namespace {

constexpr long second = 1000000000;

// The same moment by CLOCK_REALTIME, which the calls underneath count by; never an earlier one, so that clock is read last. When it
// is set meanwhile, the moment moves.
struct timespec by_realtime(const struct timespec& monotonic)
{
    struct timespec there = {}, here = {};
    clock_gettime(CLOCK_MONOTONIC, &here);
    clock_gettime(CLOCK_REALTIME, &there);
    struct timespec result = {monotonic.tv_sec - here.tv_sec + there.tv_sec,
                              monotonic.tv_nsec - here.tv_nsec + there.tv_nsec};
    while (result.tv_nsec >= second) {
        result.tv_nsec -= second;
        ++result.tv_sec;
    }
    while (result.tv_nsec < 0) {
        result.tv_nsec += second;
        --result.tv_sec;
    }
    return result;
}

bool valid(const struct timespec* time)
{
    return time == nullptr || (time->tv_nsec >= 0 && time->tv_nsec < second);
}

} // namespace

extern "C" int pthread_timedjoin_np(pthread_t, void**, const struct timespec*);

int pthread_timedjoin(pthread_t thread, void** value, const struct timespec* until)
{
    return !valid(until) ? EINVAL : pthread_timedjoin_np(thread, value, until);
}

int pthread_timedjoin_monotonic(pthread_t thread, void** value, const struct timespec* until)
{
    if (until == nullptr || !valid(until))
        return EINVAL;
    const struct timespec limit = by_realtime(*until);
    return pthread_timedjoin_np(thread, value, &limit);
}

int pthread_mutex_timedlock_monotonic(pthread_mutex_t* mutex, const struct timespec* until)
{
    const int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    if (until == nullptr || !valid(until))
        return EINVAL;
    const struct timespec limit = by_realtime(*until);
    return pthread_mutex_timedlock(mutex, &limit);
}

int sem_timedwait_monotonic(sem_t* semaphore, const struct timespec* until)
{
    if (sem_trywait(semaphore) == 0)
        return 0;
    if (until == nullptr || !valid(until))
        return qnx::errno_of(-EINVAL);
    const struct timespec limit = by_realtime(*until);
    return sem_timedwait(semaphore, &limit);
}

int pthread_abort(pthread_t thread)
{
    return pthread_equal(thread, pthread_self()) != 0 ? (pthread_exit(PTHREAD_CANCELED), 0)
                                                      : pthread_cancel(thread);
}

int timer_timeout_r(clockid_t id, int flags, const struct sigevent* notify,
                    const struct timespec* time, struct timespec* left)
{
    const int kept = errno;
    const int result = timer_timeout(id, flags, notify, time, left);
    const int error = errno;
    errno = kept;
    return result == -1 ? -error : result;
}

int SchedCtl_r(int command, void* data, size_t length)
{
    constexpr int last_command = 15; // <sys/sched_aps.h>
    if (command < 1 || command > last_command)
        return -EINVAL;
    return data == nullptr && length != 0 ? -EFAULT : -ENOSYS; // no adaptive partitioning here
}

int SchedCtl(int command, void* data, size_t length)
{
    return qnx::errno_of(SchedCtl_r(command, data, length));
}
