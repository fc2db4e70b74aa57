// SPDX-License-Identifier: Apache-2.0
// poll() and ppoll(): every descriptor is asked once and arms a pulse on a private channel; a pulse means "ask again".
#include "dispatch.hpp"
#include "notify_client.hpp"
#include "result.hpp"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

namespace {

constexpr uint64_t forever = ~0ull;
// A server that dies sends no event: look again this often, and its descriptor shows POLLNVAL.
constexpr uint64_t longest_wait_ns = 1000000000;

// A channel to wait on. Kept for the next caller; `round` tells this wait's pulses from late ones of earlier waits.
struct Waiter {
    Waiter* next;
    int chid, coid;
    int round;
};

Waiter* free_waiters;
pthread_mutex_t waiters_lock = PTHREAD_MUTEX_INITIALIZER;

Waiter* make_waiter()
{
    auto* waiter = static_cast<Waiter*>(calloc(1, sizeof(Waiter)));
    if (waiter == nullptr)
        return nullptr;
    waiter->chid = ChannelCreate_r(_NTO_CHF_PRIVATE);
    if (waiter->chid >= 0) {
        waiter->coid =
            ConnectAttach_r(ND_LOCAL_NODE, 0, waiter->chid, _NTO_SIDE_CHANNEL, _NTO_COF_CLOEXEC);
        if (waiter->coid >= 0)
            return waiter;
        ChannelDestroy_r(waiter->chid);
    }
    free(waiter);
    return nullptr;
}

Waiter* borrow_waiter()
{
    Waiter* waiter = nullptr;
    {
        qnx::MutexGuard guard(waiters_lock);
        waiter = free_waiters;
        if (waiter != nullptr)
            free_waiters = waiter->next;
    }
    if (waiter == nullptr)
        waiter = make_waiter();
    if (waiter != nullptr)
        waiter->round++;
    return waiter;
}

void give_back(Waiter* waiter)
{
    struct _pulse pulse;
    do { // late pulses, so that they do not pile up
        TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    } while (MsgReceivePulse_r(waiter->chid, &pulse, sizeof pulse, nullptr) == 0);
    qnx::MutexGuard guard(waiters_lock);
    waiter->next = free_waiters;
    free_waiters = waiter;
}

uint32_t conditions_of(short events)
{
    uint32_t conditions = 0;
    if ((events & (POLLIN | POLLRDNORM)) != 0)
        conditions |= _NOTIFY_COND_INPUT;
    if ((events & (POLLOUT | POLLWRNORM)) != 0)
        conditions |= _NOTIFY_COND_OUTPUT;
    if ((events & (POLLPRI | POLLRDBAND)) != 0)
        conditions |= _NOTIFY_COND_OBAND;
    return conditions;
}

short events_of(uint32_t conditions, short wanted)
{
    int events = 0;
    if ((conditions & _NOTIFY_COND_INPUT) != 0)
        events |= wanted & (POLLIN | POLLRDNORM);
    if ((conditions & _NOTIFY_COND_OUTPUT) != 0)
        events |= wanted & (POLLOUT | POLLWRNORM);
    if ((conditions & _NOTIFY_COND_OBAND) != 0)
        events |= wanted & (POLLPRI | POLLRDBAND);
    return static_cast<short>(events);
}

// One question. A signal ends one that arms: the caller shall hear of it. Others are asked again.
long ask(const struct pollfd& fd, int action, const struct sigevent* event)
{
    long result;
    do {
        result = qnx::notify_request(fd.fd, action, conditions_of(fd.events), event);
    } while (result == -EINTR && action == _NOTIFY_ACTION_POLL);
    return result;
}

// Asks everybody; arms as long as nothing is ready. Returns how many have revents, or -EINTR.
int ask_all(struct pollfd* fds, nfds_t count, int action, const struct sigevent* event)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; ++i) {
        struct pollfd& fd = fds[i];
        fd.revents = 0;
        if (fd.fd < 0)
            continue;
        int now = ready > 0 ? _NOTIFY_ACTION_POLL : action;
        long result = ask(fd, now, event);
        if (result == -EINTR)
            return -EINTR;
        if (result < 0) {
            fd.revents = result == -EBADF ? POLLNVAL : POLLERR;
        } else {
            fd.revents = events_of(static_cast<uint32_t>(result), fd.events);
        }
        if (fd.revents != 0)
            ready++;
    }
    return ready;
}

uint64_t now_ns()
{
    uint64_t now = 0;
    ClockTime_r(CLOCK_MONOTONIC, nullptr, &now);
    return now;
}

// With a mask the kernel changes the thread's for just this wait.
int receive(int chid, struct _pulse& pulse, const sigset_t* mask)
{
    if (mask == nullptr)
        return MsgReceivePulse_r(chid, &pulse, sizeof pulse, nullptr);
    return static_cast<int>(__nto_call_cp(KER_SIGNAL_WAIT_PULSE, chid, qnx::arg(&pulse),
                                          -static_cast<long>(sizeof pulse), 0, qnx::arg(mask), 0));
}

// EOK: ask again, for our pulse came or it is time to look. ETIMEDOUT, EINTR.
int wait_for_pulse(const Waiter& waiter, uint64_t deadline, const sigset_t* mask)
{
    uint64_t look_again = now_ns() + longest_wait_ns;
    for (;;) {
        uint64_t until = deadline < look_again ? deadline : look_again, now = now_ns();
        uint64_t left = until > now ? until - now : 0;
        TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, left != 0 ? &left : nullptr,
                       nullptr);
        struct _pulse pulse;
        const int result = receive(waiter.chid, pulse, mask);
        if (result == -ETIMEDOUT && until != deadline)
            return EOK;
        if (result < 0)
            return -result;
        if (pulse.value.sival_int == waiter.round)
            return EOK;
    }
}

int wait_ready(struct pollfd* fds, nfds_t count, uint64_t deadline, Waiter* waiter,
               const sigset_t* mask)
{
    struct sigevent event = {};
    SIGEV_PULSE_INIT(&event, waiter->coid, SIGEV_PULSE_PRIO_INHERIT, _PULSE_CODE_MINAVAIL,
                     waiter->round);
    for (;;) {
        int ready = ask_all(fds, count, _NOTIFY_ACTION_POLLARM, &event);
        if (ready > 0)
            return ready;
        int waited = ready == -EINTR ? EINTR : wait_for_pulse(*waiter, deadline, mask);
        if (waited == ETIMEDOUT || waited == EINTR) {
            ready = ask_all(fds, count, _NOTIFY_ACTION_POLL, &event); // and disarms
            return ready > 0 || waited == ETIMEDOUT ? ready : -EINTR;
        }
        if (waited != EOK)
            return -waited;
    }
}

int poll_until(struct pollfd* fds, nfds_t count, uint64_t deadline, const sigset_t* mask)
{
    struct sigevent none = {};
    if (deadline == 0)
        return ask_all(fds, count, _NOTIFY_ACTION_POLL, &none);
    Waiter* waiter = borrow_waiter();
    if (waiter == nullptr)
        return -EAGAIN;
    int result = wait_ready(fds, count, deadline, waiter, mask);
    give_back(waiter);
    return result;
}

} // namespace

// A child of fork() has neither the channels nor the threads that held the lock.
void qnx::forget_waiters()
{
    free_waiters = nullptr;
    waiters_lock = PTHREAD_MUTEX_INITIALIZER;
}

int poll(struct pollfd* fds, nfds_t count, int timeout_ms)
{
    uint64_t deadline = forever;
    if (timeout_ms >= 0)
        deadline = timeout_ms == 0 ? 0 : now_ns() + static_cast<uint64_t>(timeout_ms) * 1000000u;
    return qnx::errno_of(poll_until(fds, count, deadline, nullptr));
}

// Signals of the mask end the wait, not the asking before it.
int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* timeout, const sigset_t* mask)
{
    uint64_t deadline = forever;
    if (timeout != nullptr) {
        if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec > 999999999)
            return qnx::errno_of(-EINVAL);
        uint64_t span = static_cast<uint64_t>(timeout->tv_sec) * 1000000000u +
                        static_cast<uint64_t>(timeout->tv_nsec);
        deadline = span == 0 ? 0 : now_ns() + span;
    }
    return qnx::errno_of(poll_until(fds, count, deadline, mask));
}
