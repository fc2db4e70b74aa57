// SPDX-License-Identifier: Apache-2.0
// Events that change memory or start threads, and to whom they may go.
#include "message_test.hpp"

#include <atomic>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool memory_events()
{
    unsigned word = 0xf0;
    struct sigevent event;
    const struct {
        int op, operand;
        unsigned result;
    } steps[] = {{SIGEV_MEM_ASSIGN, 12, 12}, {SIGEV_MEM_ADD, 5, 17},
                 {SIGEV_MEM_SUB, 1, 16},     {SIGEV_MEM_BITSET, 7, 23},
                 {SIGEV_MEM_BITCLR, 3, 20},  {SIGEV_MEM_BITTOGGLE, 22, 2}};
    for (const auto& step : steps) {
        SIGEV_MEMORY_INIT(&event, &word, step.operand, step.op);
        CHECK(MsgDeliverEvent(0, &event) == 0 && word == step.result);
    }
    SIGEV_MEMORY_INIT(&event, &word, 1, 99);
    CHECK(MsgDeliverEvent(0, &event) == -1 && errno == EINVAL);
    SIGEV_MEMORY_INIT(&event, reinterpret_cast<unsigned*>(0x1000), 1, SIGEV_MEM_ADD);
    CHECK(MsgDeliverEvent(0, &event) == -1 && errno == EFAULT);
    return true;
}

namespace {

sem_t called;
std::atomic<long> sum;

void notify(union sigval value)
{
    sum += value.sival_int;
    sem_post(&called);
}

} // namespace

bool thread_events()
{
    struct sigevent event;
    CHECK(sem_init(&called, 0, 0) == 0);
    SIGEV_THREAD_INIT(&event, notify, 40, nullptr);
    CHECK(MsgDeliverEvent(0, &event) == 0 && sem_wait(&called) == 0 && sum == 40);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    SIGEV_THREAD_INIT(&event, notify, 2, &attributes);
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    itimerspec when{{0, 5000000}, {0, 5000000}};
    CHECK(timer_settime(timer, 0, &when, nullptr) == 0);
    for (int i = 0; i < 3; ++i)
        CHECK(sem_wait(&called) == 0);
    CHECK(timer_delete(timer) == 0 && sum >= 46 && sum % 2 == 0);
    return true;
}

bool verify_and_ownership()
{
    Line line, second, inbox;
    Worker a, b;
    char data[16];
    struct sigevent event;
    CHECK(a.start(line.coid, send_hello) && b.start(second.coid, send_hello));
    const int first = MsgReceive(line.chid, data, sizeof data, nullptr);
    const int other = MsgReceive(second.chid, data, sizeof data, nullptr);
    SIGEV_PULSE_INIT(&event, inbox.coid, 10, 7, 5);
    CHECK(MsgVerifyEvent(first, &event) == 0 && MsgVerifyEvent(0, &event) == 0);
    event.sigev_coid = 54321;
    CHECK(MsgVerifyEvent(first, &event) == -1 && errno == EBADF);
    event.sigev_notify = 99;
    CHECK(MsgVerifyEvent(first, &event) == -1 && errno == EINVAL);
    CHECK(MsgVerifyEvent(0x7fffffff, &event) == -1 && errno == ESRCH);
    SIGEV_PULSE_INIT(&event, inbox.coid, 10, 7, 5);
    CHECK(MsgRegisterEvent(&event, line.coid) == 0);
    CHECK(MsgVerifyEvent(first, &event) == 0);
    CHECK(MsgDeliverEvent(other, &event) == -1 &&
          errno == EACCES); // registered for the first server only
    CHECK(no_pulse(inbox.chid));
    event.sigev_value.sival_int = 6; // not updateable: the registered value counts
    _pulse pulse;
    CHECK(MsgDeliverEvent(first, &event) == 0 && poll_pulse(inbox.chid, pulse) &&
          pulse.value.sival_int == 5);
    CHECK(MsgUnregisterEvent(&event) == 0 && MsgDeliverEvent(first, &event) == -1 &&
          errno == EINVAL);
    CHECK(MsgReply(first, 0, nullptr, 0) == 0 && MsgReply(other, 0, nullptr, 0) == 0);
    a.join();
    b.join();
    return true;
}
