// SPDX-License-Identifier: Apache-2.0
// What the kernel's shortest operations cost, in ticks of ClockCycles(): guest instructions under -icount. Message round trips
// between processes are msgbench's.
#include <abi/usage.h>
#include <kercall.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <time.h>

QNX_USAGE("%C - costs of kernel operations\n"
          "%C [rounds]\n"
          "Prints, for each operation, ClockCycles(): minimum and mean.\n");

namespace {

constexpr int timer_line = 0, here = 20, above = 21, below = 19;
int rounds = 100;

struct Cost {
    uint64_t least = UINT64_MAX, sum = 0;
    int count = 0;

    void add(uint64_t cycles)
    {
        sum += cycles;
        ++count;
        if (cycles < least)
            least = cycles;
    }
    void print(const char* what) const
    {
        printf("%-44s %8llu %8llu\n", what, static_cast<unsigned long long>(least),
               static_cast<unsigned long long>(sum / static_cast<uint64_t>(count)));
        fflush(stdout);
    }
};

template <class F>
void measure(const char* what, F&& operation)
{
    Cost cost;
    operation(); // what is used first is brought in
    for (int i = 0; i < rounds; ++i) {
        const uint64_t start = ClockCycles();
        operation();
        cost.add(ClockCycles() - start);
    }
    cost.print(what);
}

/// A thread that runs before or after main() when both could.
pthread_t start(void* (*run)(void*), void* argument, int priority)
{
    pthread_attr_t attributes;
    sched_param param{};
    pthread_t thread;
    param.sched_priority = priority;
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &param);
    if (pthread_create(&thread, &attributes, run, argument) != 0) {
        perror("kernel-bench: pthread_create");
        exit(1);
    }
    return thread;
}

struct Box {
    int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    uint64_t stamp = 0; // when the other thread began
    Cost cost;
};

void* answers(void* argument)
{
    const Box& box = *static_cast<Box*>(argument);
    for (int rcvid; (rcvid = MsgReceive(box.chid, nullptr, 0, nullptr)) > 0;)
        MsgReply(rcvid, 0, nullptr, 0);
    return nullptr;
}

void message_to_own_process()
{
    Box box;
    const pthread_t thread = start(answers, &box, here);
    measure("MsgSend, MsgReply, own process, 0 bytes",
            [&] { MsgSend(box.coid, nullptr, 0, nullptr, 0); });
    ChannelDestroy(box.chid);
    pthread_join(thread, nullptr);
}

void* takes_pulses(void* argument)
{
    Box& box = *static_cast<Box*>(argument);
    _pulse pulse;
    while (MsgReceivePulse(box.chid, &pulse, sizeof pulse, nullptr) == 0)
        box.cost.add(ClockCycles() - box.stamp);
    return nullptr;
}

void pulse_to_thread()
{
    Box box;
    const pthread_t thread = start(takes_pulses, &box, above);
    for (int i = 0; i < rounds; ++i) {
        box.stamp = ClockCycles();
        MsgSendPulse(box.coid, above, 1, 0);
    }
    box.cost.print("MsgSendPulse to a waiting thread");
    ChannelDestroy(box.chid);
    pthread_join(thread, nullptr);
}

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void* waits_for_mutex(void* argument)
{
    Box& box = *static_cast<Box*>(argument);
    for (int i = 0; i < rounds; ++i) {
        sched_param param{};
        param.sched_priority = below; // until main() has the mutex
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
        param.sched_priority = above;
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
        pthread_mutex_lock(&mutex);
        box.cost.add(ClockCycles() - box.stamp);
        pthread_mutex_unlock(&mutex);
    }
    return nullptr;
}

void mutexes()
{
    measure("pthread_mutex_lock and unlock, free", [] {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    });
    Box box;
    pthread_mutex_lock(&mutex);
    const pthread_t thread = start(waits_for_mutex, &box, above);
    for (int i = 0; i < rounds; ++i) {
        const timespec nap{0, 1000000}; // the other one raises itself and waits for the mutex
        nanosleep(&nap, nullptr);
        box.stamp = ClockCycles();
        pthread_mutex_unlock(&mutex); // it goes on at once, and lowers itself again
        pthread_mutex_lock(&mutex);
    }
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, nullptr);
    box.cost.print("pthread_mutex_unlock to the waiting thread");
}

volatile bool stop;

void* yields(void*)
{
    while (!stop)
        sched_yield();
    return nullptr;
}

void context_switch()
{
    stop = false;
    const pthread_t thread = start(yields, nullptr, here);
    sched_yield();
    measure("two switches of threads (sched_yield)", [] { sched_yield(); });
    stop = true;
    pthread_join(thread, nullptr);
}

/// A high-resolution timer on a moment that is known: how long after it the thread runs.
void timer_to_thread()
{
    Box box;
    struct sigevent event;
    SIGEV_PULSE_INIT(&event, box.coid, here, 1, 0);
    const int timer = TimerCreate(CLOCK_MONOTONIC, &event);
    const _itimer fine{1, 0};
    TimerSettime(timer, TIMER_TOLERANCE, &fine, nullptr);
    const uint64_t per_second = SYSPAGE_ENTRY(qtime)->cycles_per_sec;
    for (int i = 0; i <= rounds; ++i) {
        uint64_t now, late;
        ClockTime(CLOCK_MONOTONIC, nullptr, &now);
        const _itimer at{now + 100000, 0};
        _pulse pulse;
        TimerSettime(timer, TIMER_ABSTIME, &at, nullptr);
        MsgReceivePulse(box.chid, &pulse, sizeof pulse, nullptr);
        ClockTime(CLOCK_MONOTONIC, nullptr, &late);
        if (i > 0)
            box.cost.add((late - at.nsec) * per_second / 1000000000);
    }
    TimerDestroy(timer);
    box.cost.print("timer to thread, from its moment on");
}

struct Area {
    volatile uint64_t stamp;
    struct sigevent event;
};

const struct sigevent* stamps(void* argument, int)
{
    auto* area = static_cast<Area*>(argument);
    area->stamp = ClockCycles();
    return &area->event;
}

void interrupt_to_thread()
{
    Area area{};
    Cost cost;
    SIGEV_INTR_INIT(&area.event);
    if (ThreadCtl(_NTO_TCTL_IO, nullptr) == -1)
        return;
    const int id = InterruptAttach(timer_line, stamps, &area, sizeof area, 0);
    for (int i = 0; i <= rounds / 4; ++i) {
        InterruptWait(0, nullptr);
        if (i > 0)
            cost.add(ClockCycles() - area.stamp);
    }
    InterruptDetach(id);
    cost.print("interrupt handler to its thread");
}

} // namespace

int main(int argc, char* argv[])
{
    rounds = argc > 1 ? atoi(argv[1]) : rounds;
    sched_param param{};
    param.sched_priority = here;
    if (rounds < 1 || pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) != 0) {
        fprintf(stderr, "usage: kernel-bench [rounds >= 1]\n");
        return 1;
    }
    printf("%-44s %8s %8s\n", "operation", "min", "mean");
    measure("nothing (reading the clock twice)", [] {});
    measure("null call", [] { __kercall0(KER_NOP); });
    message_to_own_process();
    pulse_to_thread();
    mutexes();
    context_switch();
    timer_to_thread();
    interrupt_to_thread();
    return 0;
}
