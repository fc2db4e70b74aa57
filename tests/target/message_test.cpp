// SPDX-License-Identifier: Apache-2.0
// The less common half of message passing: every form of the calls, pulse pools, pausing, key data, private channels, and events
// that change memory or start threads.
#include "tap.hpp"

#include <abi/usage.h>

#include <atomic>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - kernel message passing test, second part\n"
          "%C\n");

extern char** environ;

namespace {

const char* self_path;
constexpr uint64_t ms = 1000000;

struct Line {
    int chid, coid;

    explicit Line(unsigned flags = 0)
        : chid(ChannelCreate(flags)), coid(ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0))
    {
    }
    Line(int channel, bool) : chid(channel), coid(ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0))
    {
    }
    ~Line()
    {
        ConnectDetach(coid);
        ChannelDestroy(chid);
    }
};

/// Another thread that does one thing; its result is there after join().
struct Worker {
    long (*work)(Worker&) = nullptr;
    int coid = -1;
    uint64_t timeout_ns = 0;
    char in[64]{};
    long result = -2;
    int error = 0;
    pthread_t thread{};

    static void* run(void* arg)
    {
        auto* self = static_cast<Worker*>(arg);
        if (self->timeout_ns)
            TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr,
                         &self->timeout_ns, nullptr);
        self->result = self->work(*self);
        self->error = errno;
        return nullptr;
    }
    bool start(int connection, long (*function)(Worker&))
    {
        coid = connection;
        work = function;
        return pthread_create(&thread, nullptr, run, this) == 0;
    }
    void join() { pthread_join(thread, nullptr); }
};

long send_hello(Worker& w)
{
    return MsgSend(w.coid, "hello, world", 13, w.in, sizeof w.in);
}

bool poll_pulse(int chid, _pulse& pulse)
{
    uint64_t limit = 2000 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
    return MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0;
}

bool no_pulse(int chid)
{
    _pulse pulse;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    return MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT;
}

// --- every form of send, receive and reply, in unequal pieces

constexpr char text[] = "The quick brown fox jumps";
constexpr size_t text_size = sizeof text - 1;

void split(iov_t* iov, const char* data, const size_t (&sizes)[3])
{
    char* at = const_cast<char*>(data);
    for (int i = 0; i < 3; ++i) {
        SETIOV(&iov[i], at, sizes[i]);
        at += sizes[i];
    }
}

constexpr int forms = 16;
long send_form(int form, int coid, char* answer)
{
    iov_t out[3], in[3];
    split(out, text, {1, 0, text_size - 1});
    split(in, answer, {7, 11, 2});
    switch (form) {
    case 0:
        return MsgSend(coid, text, text_size, answer, 20);
    case 1:
        return MsgSendv(coid, out, 3, in, 3);
    case 2:
        return MsgSendsv(coid, text, text_size, in, 3);
    case 3:
        return MsgSendvs(coid, out, 3, answer, 20);
    case 4:
        return MsgSendnc(coid, text, text_size, answer, 20);
    case 5:
        return MsgSendvnc(coid, out, 3, in, 3);
    case 6:
        return MsgSendsvnc(coid, text, text_size, in, 3);
    case 7:
        return MsgSendvsnc(coid, out, 3, answer, 20);
    case 8:
        return MsgSend_r(coid, text, text_size, answer, 20);
    case 9:
        return MsgSendv_r(coid, out, 3, in, 3);
    case 10:
        return MsgSendsv_r(coid, text, text_size, in, 3);
    case 11:
        return MsgSendvs_r(coid, out, 3, answer, 20);
    case 12:
        return MsgSendnc_r(coid, text, text_size, answer, 20);
    case 13:
        return MsgSendvnc_r(coid, out, 3, in, 3);
    case 14:
        return MsgSendsvnc_r(coid, text, text_size, in, 3);
    default:
        return MsgSendvsnc_r(coid, out, 3, answer, 20);
    }
}

std::atomic<int> form_failures;

void* send_all_forms(void* arg)
{
    for (int form = 0; form < forms; ++form) {
        char answer[21]{};
        const long status = send_form(form, *static_cast<int*>(arg), answer);
        if (status != 100 + form || memcmp(answer, "0123456789abcdefghij", 20) != 0)
            ++form_failures;
    }
    return nullptr;
}

bool receive_form(int form, int chid)
{
    char data[64]{};
    iov_t in[3], out[3];
    split(in, data, {3, 20, 10});
    split(out, "0123456789abcdefghijklm", {2, 19, 2});
    const bool vector = form & 1;
    const int rcvid =
        vector ? MsgReceivev(chid, in, 3, nullptr) : MsgReceive_r(chid, data, sizeof data, nullptr);
    CHECK(rcvid > 0 && memcmp(data, text, text_size) == 0 && data[text_size] == 0);
    char again[8]{};
    iov_t part[2];
    SETIOV(&part[0], again, 2);
    SETIOV(&part[1], again + 2, 4);
    CHECK(MsgReadv(rcvid, part, 2, 4) == 6 && memcmp(again, "quick ", 6) == 0);
    if (form == 3) { // in two pieces, and an empty reply
        CHECK(MsgWritev(rcvid, out, 1, 0) == 2);
        CHECK(MsgWrite(rcvid, "23456789abcdefghijkl", 20, 2) == 18); // cut at the client's buffer
        return MsgReply(rcvid, 100 + form, nullptr, 0) == 0;
    }
    return (vector ? MsgReplyv(rcvid, 100 + form, out, 3)
                   : MsgReply_r(rcvid, 100 + form, "0123456789abcdefghijkl", 22)) == 0;
}

bool all_forms()
{
    Line line;
    pthread_t thread;
    form_failures = 0;
    CHECK(pthread_create(&thread, nullptr, send_all_forms, &line.coid) == 0);
    for (int form = 0; form < forms; ++form)
        CHECK(receive_form(form, line.chid));
    pthread_join(thread, nullptr);
    CHECK(form_failures == 0);
    CHECK(MsgSend_r(12345, text, 1, nullptr, 0) == -EBADF &&
          MsgSend(12345, text, 1, nullptr, 0) == -1 && errno == EBADF);
    iov_t huge[1];
    SETIOV(&huge[0], text, size_t{1} << 40);
    CHECK(MsgSendv(line.coid, huge, 1, nullptr, 0) == -1 && errno == EOVERFLOW);
    return true;
}

bool restart()
{
    Line line;
    Worker client;
    char data[16];
    CHECK(client.start(line.coid, send_hello));
    const int first = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(first > 0 && MsgError(first, ERESTART) == 0);
    memset(data, 0, sizeof data);
    const int second =
        MsgReceive(line.chid, data, sizeof data, nullptr); // the kernel sent it again
    CHECK(second > 0 && second != first && strcmp(data, "hello, world") == 0);
    CHECK(MsgError(second, EOK) == 0);
    client.join();
    CHECK(client.result == 0);
    return true;
}

bool read_iov()
{
    Line line;
    Worker client;
    CHECK(client.start(line.coid, [](Worker& w) -> long {
        iov_t out[3], in[2];
        split(out, text, {4, 6, 2});
        SETIOV(&in[0], w.in, 5);
        SETIOV(&in[1], w.in + 5, 9);
        return MsgSendv(w.coid, out, 3, in, 2);
    }));
    char data[4];
    iov_t parts[4]{};
    const int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(MsgReadiov(rcvid, parts, 4, 0, _NTO_READIOV_SEND) == 3);
    CHECK(parts[0].iov_len == 4 && parts[1].iov_len == 6 && parts[2].iov_len == 2);
    CHECK(parts[1].iov_base == text + 4);
    CHECK(MsgReadiov(rcvid, parts, 4, 1, _NTO_READIOV_REPLY) == 1 &&
          parts[0].iov_base == client.in + 5);
    CHECK(MsgReadiov(rcvid, parts, 4, 3, _NTO_READIOV_SEND) == 0);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(MsgReadiov(rcvid, parts, 4, 0, _NTO_READIOV_SEND) == -1 && errno == ESRCH);
    client.join();
    return true;
}

// --- channels

bool pulse_pool()
{
    Line alarm;
    nto_channel_config config{};
    SIGEV_PULSE_INIT(&config.event, alarm.coid, 10, 3, 77);
    config.num_pulses = 3;
    config.rearm_threshold = 2;
    config.options = _NTO_CHO_CUSTOM_EVENT;
    Line line(ChannelCreatePulsePool(_NTO_CHF_PRIVATE, &config), true);
    CHECK(line.chid > 0);
    for (int i = 0; i < 3; ++i)
        CHECK(MsgSendPulse(line.coid, 10, i, i) == 0);
    CHECK(no_pulse(alarm.chid));
    CHECK(MsgSendPulse(line.coid, 10, 9, 9) == -1 && errno == EAGAIN);
    CHECK(MsgSendPulse(line.coid, 10, 9, 9) == -1 && errno == EAGAIN);
    _pulse pulse;
    CHECK(poll_pulse(alarm.chid, pulse) && pulse.code == 3 && pulse.value.sival_int == 77);
    CHECK(no_pulse(alarm.chid)); // once
    CHECK(poll_pulse(line.chid, pulse) && pulse.value.sival_int == 0);
    CHECK(MsgSendPulse(line.coid, 10, 4, 4) == 0);
    CHECK(MsgSendPulse(line.coid, 10, 4, 4) == -1 &&
          no_pulse(alarm.chid)); // one was free: not armed yet
    for (int i = 0; i < 3; ++i)
        CHECK(poll_pulse(line.chid, pulse));
    for (int i = 0; i < 3; ++i)
        CHECK(MsgSendPulse(line.coid, 10, i, i) == 0);
    CHECK(MsgSendPulse(line.coid, 10, 9, 9) == -1 && poll_pulse(alarm.chid, pulse)); // armed again
    config.num_pulses = 0;
    CHECK(ChannelCreatePulsePool(_NTO_CHF_PRIVATE, &config) == -1 && errno == EINVAL);
    CHECK(ChannelCreate(_NTO_CHF_PULSE_POOL) == -1 && errno == EINVAL);
    CHECK(ChannelCreate(_NTO_CHF_ASYNC) == -1 && errno == ENOTSUP);
    return true;
}

bool run_child(const char* what, int chid, int& status)
{
    char number[16];
    snprintf(number, sizeof number, "%d", chid);
    const char* argv[] = {"message-test", what, number, nullptr};
    pid_t pid;
    return posix_spawn(&pid, self_path, nullptr, nullptr, const_cast<char**>(argv), environ) == 0 &&
           waitpid(pid, &status, 0) == pid;
}

bool pulse_pool_without_event()
{
    int status;
    CHECK(run_child("flood", 0, status));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return true;
}

bool private_channels()
{
    Line open, closed(_NTO_CHF_PRIVATE);
    int status;
    CHECK(run_child("connect", open.chid, status) && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(run_child("connect", closed.chid, status) && WIFEXITED(status) &&
          WEXITSTATUS(status) == EPERM);
    CHECK(run_child("unprivileged", 0, status) && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return true;
}

bool pausing()
{
    Line line(_NTO_CHF_MSG_PAUSING | _NTO_CHF_UNBLOCK), plain;
    Worker client, other;
    char data[16];
    _pulse pulse;
    client.timeout_ns = 150 * ms;
    CHECK(client.start(line.coid, send_hello));
    const int rcvid = MsgReceive(line.chid, data, 5, nullptr);
    CHECK(MsgPause(rcvid, 0xbeef) == EOK);
    CHECK(MsgPause(rcvid, 1) == -1 && errno == EINVAL);
    CHECK(poll_pulse(line.chid, pulse) && pulse.code == _PULSE_CODE_RESTART &&
          pulse.value.sival_int == 0xbeef);
    CHECK(poll_pulse(line.chid, pulse) && pulse.code == _PULSE_CODE_UNBLOCK_RESTART &&
          pulse.value.sival_int == rcvid);
    CHECK(MsgRead(rcvid, data, 12, 0) == 12 && memcmp(data, "hello, world", 12) == 0);
    CHECK(MsgPause(rcvid, 2) == EOK && poll_pulse(line.chid, pulse) && pulse.value.sival_int == 2);
    CHECK(MsgError(rcvid, -1) == 0);
    client.join();
    CHECK(client.result == -1 && client.error == ETIMEDOUT);
    CHECK(MsgPause(rcvid, 1) == -1 && errno == ESRCH);
    CHECK(other.start(plain.coid, send_hello));
    const int unpausable = MsgReceive(plain.chid, data, sizeof data, nullptr);
    CHECK(MsgPause(unpausable, 1) == -1 && errno == EINVAL);
    CHECK(MsgReply(unpausable, 0, nullptr, 0) == 0);
    other.join();
    return true;
}

void ignore(int)
{
}

bool unblock_codes()
{
    Line line(_NTO_CHF_UNBLOCK | _NTO_CHF_UNBLOCK_TIMER);
    Worker timed, hit;
    char data[16];
    _pulse pulse;
    timed.timeout_ns = 50 * ms;
    CHECK(timed.start(line.coid, send_hello));
    int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(poll_pulse(line.chid, pulse) && pulse.code == _PULSE_CODE_UNBLOCK_TIMER &&
          pulse.value.sival_int == rcvid);
    CHECK(MsgError(rcvid, -1) == 0);
    timed.join();
    CHECK(timed.error == ETIMEDOUT);
    struct sigaction action {};
    action.sa_handler = ignore;
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    CHECK(hit.start(line.coid, send_hello));
    rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(pthread_kill(hit.thread, SIGUSR1) == 0);
    CHECK(poll_pulse(line.chid, pulse) && pulse.code == _PULSE_CODE_UNBLOCK &&
          pulse.value.sival_int == rcvid);
    CHECK(MsgError(rcvid, -1) == 0);
    hit.join();
    CHECK(hit.result == -1 && hit.error == EINTR);
    return true;
}

// --- trust

bool key_data()
{
    Line line;
    Worker client;
    char data[16], other[13] = "hello, w0rld";
    CHECK(client.start(line.coid, send_hello));
    const int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    iov_t good, bad;
    SETIOV(&good, data, 13);
    SETIOV(&bad, other, 13);
    uint32_t key = 0, check = 1;
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_CALCULATE, 0, &key, &good, 1) == 0 && key != 0);
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_VERIFY, key, &check, &good, 1) == 0 && check == 0);
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_VERIFY, key, &check, &bad, 1) == 0 && check != 0);
    CHECK(MsgKeyData(rcvid, 7, key, &check, &good, 1) == -1 && errno == EINVAL);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_VERIFY, key, &check, &good, 1) == -1 && errno == ESRCH);
    client.join();
    return true;
}

pid_t spawn_child(const char* what, int chid)
{
    char number[16];
    snprintf(number, sizeof number, "%d", chid);
    const char* argv[] = {"message-test", what, number, nullptr};
    pid_t pid;
    return posix_spawn(&pid, self_path, nullptr, nullptr, const_cast<char**>(argv), environ) == 0
               ? pid
               : -1;
}

/// The child has given root up; the first message says so.
bool client_abilities()
{
    Line line;
    const pid_t pid = spawn_child("drop", line.chid);
    CHECK(pid > 0);
    char data[16];
    _msg_info info;
    const int rcvid = MsgReceive(line.chid, data, sizeof data, &info);
    CHECK(rcvid > 0 && info.pid == pid);
    _client_info* client = nullptr;
    _client_able able[] = {{PROCMGR_AID_SPAWN, 0, 0, UINT64_MAX},
                           {PROCMGR_AID_FORK, 0, 0, UINT64_MAX},
                           {PROCMGR_AID_IO, 0, 0, UINT64_MAX}};
    CHECK(ConnectClientInfoAble(info.scoid, &client, 0, able, 2) == 0);
    CHECK(client->cred.euid == 1000 && !(client->flags & _NTO_CI_UNABLE));
    ClientInfoExtFree(&client);
    CHECK(ConnectClientInfoAble(info.scoid, &client, 0, able, 3) == 0 &&
          (client->flags & _NTO_CI_UNABLE));
    ClientInfoExtFree(&client);
    CHECK(ConnectClientInfoAble(12345, &client, 0, able, 1) == -1 && errno == EINVAL);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return true;
}

/// A server without privilege does not inherit a privileged priority.
bool priority_cap()
{
    Line line;
    const pid_t pid = spawn_child("serve", line.chid);
    int their_chid = 0;
    const int rcvid = MsgReceive(line.chid, &their_chid, sizeof their_chid, nullptr);
    CHECK(pid > 0 && rcvid > 0);
    Worker client;
    client.coid = ConnectAttach(0, pid, their_chid, _NTO_SIDE_CHANNEL, 0);
    CHECK(client.coid != -1 && MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(client.start(client.coid, [](Worker& w) -> long {
        sched_param param{};
        param.sched_priority = 100;
        return SchedSet(0, 0, SCHED_RR, &param) == -1 ? -3 : send_hello(w);
    }));
    client.join();
    CHECK(client.result == 63);
    CHECK(ConnectDetach(client.coid) == 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    return true;
}

/// A server that waits for another server passes a boost on.
bool boost_through_servers()
{
    Line front, back;
    struct Middle {
        Line &front, &back;
    } lines{front, back};
    pthread_t middle;
    CHECK(pthread_create(
              &middle, nullptr,
              [](void* arg) -> void* {
                  auto* both = static_cast<Middle*>(arg);
                  char data[16];
                  for (int i = 0; i < 2; ++i) {
                      const int rcvid = MsgReceive(both->front.chid, data, sizeof data, nullptr);
                      if (i == 0)
                          MsgSend(both->back.coid, data, sizeof data, nullptr, 0);
                      MsgReply(rcvid, 0, nullptr, 0);
                  }
                  return nullptr;
              },
              &lines) == 0);
    Worker low, high;
    char data[16];
    CHECK(low.start(front.coid, send_hello));
    const int rcvid = MsgReceive(back.chid, data, sizeof data, nullptr); // the middle waits for us
    CHECK(high.start(front.coid, [](Worker& w) -> long {
        sched_param param{};
        param.sched_priority = 18;
        return SchedSet(0, 0, SCHED_RR, &param) == -1 ? -3 : send_hello(w);
    }));
    sched_param param{};
    for (int i = 0; i < 1000 && param.sched_curpriority != 18; ++i) {
        usleep(1000);
        SchedGet(0, 0, &param);
    }
    CHECK(param.sched_curpriority == 18 && param.sched_priority == 10);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    low.join(), high.join();
    pthread_join(middle, nullptr);
    CHECK(low.result == 0 && high.result == 0);
    return MsgReceive(-1, nullptr, 0, nullptr) == 0;
}

// --- events

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

sem_t called;
std::atomic<long> sum;

void notify(union sigval value)
{
    sum += value.sival_int;
    sem_post(&called);
}

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

unsigned this_cpu() // the initial APIC id, which is the CPU's number in QEMU
{
    unsigned a = 1, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return b >> 24;
}

bool inherit_runmask()
{
    const unsigned cpus = _syspage_ptr->num_cpu;
    Line line(_NTO_CHF_INHERIT_RUNMASK);
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(uintptr_t{1})) == 0);
    for (unsigned cpu = cpus; cpu-- > 0;) {
        Worker client;
        client.timeout_ns = 0;
        client.in[0] = static_cast<char>(cpu);
        CHECK(client.start(line.coid, [](Worker& w) -> long {
            ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(uintptr_t{1} << w.in[0]));
            return send_hello(w);
        }));
        char data[16];
        const int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
        CHECK(rcvid > 0 && this_cpu() == cpu);
        CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
        client.join();
    }
    CHECK(MsgReceive(-1, nullptr, 0, nullptr) == 0 && this_cpu() == 0);
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(~uintptr_t{0})) == 0);
    return true;
}

const TapTest tests[] = {
    {"MSG-0001 all forms, in unequal pieces", all_forms},
    {"MSG-0002 MsgError(ERESTART) sends again", restart},
    {"MSG-0003 MsgReadiov", read_iov},
    {"MSG-0004 pulse pool with its event", pulse_pool},
    {"MSG-0005 pulse pool without one ends the process", pulse_pool_without_event},
    {"MSG-0006 private and public channels", private_channels},
    {"MSG-0007 MsgPause and RESTART", pausing},
    {"MSG-0008 UNBLOCK_TIMER, EINTR through MsgError(-1)", unblock_codes},
    {"MSG-0009 MsgKeyData", key_data},
    {"MSG-0010 ConnectClientInfoAble", client_abilities},
    {"MSG-0011 an unprivileged server inherits 63 at most", priority_cap},
    {"MSG-0012 SIGEV_MEMORY", memory_events},
    {"MSG-0013 SIGEV_THREAD", thread_events},
    {"MSG-0014 MsgVerifyEvent, events registered for one server", verify_and_ownership},
    {"MSG-0015 INHERIT_RUNMASK", inherit_runmask},
    {"MSG-0016 a boost passes through a server that waits", boost_through_servers},
};

// --- what child processes do

int flood()
{
    nto_channel_config config{};
    config.num_pulses = 2;
    Line line(ChannelCreatePulsePool(_NTO_CHF_PRIVATE, &config), true);
    for (int i = 0; i < 3; ++i)
        MsgSendPulse(line.coid, 10, 1, 1);
    return 1;
}

int unprivileged()
{
    if (setgid(1000) != 0 || setuid(1000) != 0)
        return 1;
    if (ChannelCreate(0) != -1 || errno != EPERM)
        return 2;
    return ChannelCreate(_NTO_CHF_PRIVATE) == -1 ? 3 : 0;
}

int drop(int coid)
{
    return setuid(1000) != 0 || MsgSend(coid, "x", 1, nullptr, 0) != 0;
}

int serve(int coid)
{
    const int chid = ChannelCreate(0);
    char data[16];
    if (setuid(1000) != 0 || MsgSend(coid, &chid, sizeof chid, nullptr, 0) != 0)
        return 1;
    const int rcvid = MsgReceive(chid, data, sizeof data, nullptr);
    sched_param param{};
    SchedGet(0, 0, &param);
    return MsgReply(rcvid, param.sched_curpriority, nullptr, 0) != 0;
}

} // namespace

int main(int argc, char** argv)
{
    self_path = argv[0][0] == '/' ? argv[0] : "/proc/boot/message-test";
    if (argc != 3)
        return run_tests(tests);
    if (strcmp(argv[1], "flood") == 0)
        return flood();
    if (strcmp(argv[1], "unprivileged") == 0)
        return unprivileged();
    const int coid = ConnectAttach(0, getppid(), atoi(argv[2]), _NTO_SIDE_CHANNEL, 0);
    if (strcmp(argv[1], "connect") == 0)
        return coid == -1 ? errno : 0;
    return strcmp(argv[1], "drop") == 0 ? drop(coid) : serve(coid);
}
