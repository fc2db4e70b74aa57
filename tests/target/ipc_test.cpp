// SPDX-License-Identifier: Apache-2.0
// Message passing as documented: order, truncation, priorities, pulses, unblocking, disconnects, events, timeouts.
#include "tap.hpp"
#include "waiting.hpp"

#include <abi/usage.h>

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - kernel message passing test\n"
          "%C\n");

extern char** environ;

namespace {

const char* self_path;
constexpr uint64_t ms = 1000000;

bool set_own_priority(int priority)
{
    sched_param param{};
    param.sched_priority = priority;
    return SchedSet(0, 0, SCHED_RR, &param) != -1;
}

int current_priority(int tid)
{
    sched_param param{};
    return SchedGet(0, tid, &param) == -1 ? -1 : param.sched_curpriority;
}

/// A thread that sends one message and keeps the result.
struct Client {
    int coid = -1, priority = 10;
    const void* out = "hello";
    size_t out_size = 6;
    char in[64]{};
    size_t in_size = sizeof in;
    uint64_t timeout_ns = 0;
    int timeout_flags = 0;
    long result = -2;
    int error = 0;
    int tid = 0;
    bool over = false;
    pthread_t thread{};

    static void* run(void* arg)
    {
        auto* self = static_cast<Client*>(arg);
        __atomic_store_n(&self->tid, gettid(), __ATOMIC_RELEASE);
        set_own_priority(self->priority);
        if (self->timeout_flags)
            TimerTimeout(CLOCK_MONOTONIC, self->timeout_flags, nullptr, &self->timeout_ns, nullptr);
        self->result = MsgSend(self->coid, self->out, self->out_size, self->in, self->in_size);
        self->error = errno;
        __atomic_store_n(&self->over, true, __ATOMIC_RELEASE);
        return nullptr;
    }
    bool start(int connection, int at_priority = 10)
    {
        coid = connection;
        priority = at_priority;
        return pthread_create(&thread, nullptr, run, this) == 0 &&
               comes_true([this] { return waits() || __atomic_load_n(&over, __ATOMIC_ACQUIRE); });
    }
    bool waits() const // in MsgSend()
    {
        const int known = __atomic_load_n(&tid, __ATOMIC_ACQUIRE);
        return known && threads_in(getpid(), STATE_SEND, STATE_REPLY, known) == 1;
    }
    void join() { pthread_join(thread, nullptr); }
};

/// A channel with a connection to it.
struct Line {
    int chid, coid;

    explicit Line(unsigned flags = 0)
        : chid(ChannelCreate(flags)), coid(ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0))
    {
    }
    ~Line()
    {
        ConnectDetach(coid);
        ChannelDestroy(chid);
    }
};

bool numbers()
{
    const int chid = ChannelCreate(0);
    CHECK(chid == 1);
    const int side = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    CHECK(side > _NTO_SIDE_CHANNEL);
    const int lowest = ConnectAttach(0, 0, chid, 0, 0);
    CHECK(lowest >= 3 && lowest < 20);
    CHECK(ConnectDetach(lowest) == 0);
    CHECK(ConnectDetach(side) == 0);
    CHECK(ConnectDetach(side) == -1 && errno == EINVAL);
    CHECK(ChannelDestroy(chid) == 0);
    CHECK(ConnectAttach(0, 0, chid, 0, 0) == -1 && errno == ESRCH);
    return true;
}

bool truncation()
{
    Line line;
    Client client;
    client.out = "0123456789";
    client.out_size = 10;
    client.in_size = 5;
    CHECK(client.start(line.coid));
    char a[3], b[4];
    iov_t parts[2];
    SETIOV(&parts[0], a, sizeof a);
    SETIOV(&parts[1], b, sizeof b);
    _msg_info info;
    const int rcvid = MsgReceivev(line.chid, parts, 2, &info);
    CHECK(rcvid > 0);
    CHECK(memcmp(a, "012", 3) == 0 && memcmp(b, "3456", 4) == 0);
    CHECK(info.msglen == 7 && info.srcmsglen == 10 && info.dstmsglen == 5);
    CHECK(info.pid == getpid() && info.coid == line.coid && info.chid == line.chid);
    CHECK(MsgReply(rcvid, 77, "abcdefgh", 8) == 0);
    client.join();
    CHECK(client.result == 77 && memcmp(client.in, "abcde\0", 6) == 0);
    return true;
}

bool read_and_write()
{
    Line line;
    Client client;
    client.out = "0123456789";
    client.out_size = 10;
    CHECK(client.start(line.coid));
    char text[16];
    const int rcvid = MsgReceive(line.chid, text, 1, nullptr);
    CHECK(MsgRead(rcvid, text, 4, 0) == 4 && memcmp(text, "0123", 4) == 0);
    CHECK(MsgRead(rcvid, text, 4, 5) == 4 && memcmp(text, "5678", 4) == 0);
    CHECK(MsgRead(rcvid, text, 16, 8) == 2 && memcmp(text, "89", 2) == 0);
    CHECK(MsgRead(rcvid, text, 4, 10) == 0);
    CHECK(MsgRead(rcvid, text, 4, 1000000) == 0);
    CHECK(MsgWrite(rcvid, "xyz", 3, 2) == 3);
    CHECK(MsgWrite(rcvid, "uv", 2, 62) == 2 && MsgWrite(rcvid, "uv", 2, 63) == 1);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == -1 && errno == ESRCH);
    CHECK(MsgRead(rcvid, text, 4, 0) == -1 && errno == ESRCH);
    client.join();
    CHECK(memcmp(client.in + 2, "xyz", 3) == 0);
    return true;
}

bool pulses()
{
    Line line;
    Client client;
    _pulse pulse;
    CHECK(MsgSendPulse(line.coid, 10, 5, 42) == 0);
    char small[8];
    CHECK(MsgReceive(line.chid, small, sizeof small, nullptr) == -1 && errno == EFAULT);
    CHECK(client.start(line.coid));
    CHECK(MsgSendPulse(line.coid, 10, 6, 43) == 0);
    _msg_info info;
    memset(&info, 0x55, sizeof info);
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, &info) ==
          0); // not the message before it
    CHECK(pulse.code == 6 && pulse.value.sival_int == 43 && pulse.type == 0 && pulse.subtype == 0);
    CHECK(info.pid == 0x55555555); // a pulse leaves the info as it was
    char text[16];
    const int rcvid = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(rcvid > 0 && MsgError(rcvid, EDOM) == 0);
    client.join();
    CHECK(client.result == -1 && client.error == EDOM);
    CHECK(MsgSendPulse(line.coid, 256, 1, 0) == -1 && errno == EINVAL);
    return true;
}

bool priority_order()
{
    Line line(_NTO_CHF_FIXED_PRIORITY);
    Client clients[5];
    const int priorities[5] = {12, 20, 15, 20, 15};
    const int order[5] = {1, 3, 2, 4, 0};
    char names[5][2] = {"0", "1", "2", "3", "4"};
    for (int i = 0; i < 5; ++i) {
        clients[i].out = names[i];
        clients[i].out_size = 2;
        CHECK(clients[i].start(line.coid, priorities[i]));
    }
    for (int expected : order) {
        char text[4];
        const int rcvid = MsgReceive(line.chid, text, sizeof text, nullptr);
        CHECK(rcvid > 0 && text[0] - '0' == expected);
        CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    }
    for (Client& client : clients)
        client.join();
    return true;
}

/// The documentation's example: a server at 22, T1 at 13, T2 at 10.
bool inheritance()
{
    Line line;
    CHECK(set_own_priority(22));
    Client t1, t2;
    char text[16];
    CHECK(t2.start(line.coid, 10));
    const int first = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(first > 0 && current_priority(0) == 10);
    CHECK(t1.start(line.coid, 13));
    CHECK(current_priority(0) == 13); // lifted before it receives
    CHECK(MsgReply(first, 0, nullptr, 0) == 0);
    CHECK(current_priority(0) == 13); // kept after the reply
    const int second = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(second > 0 && MsgReply(second, 0, nullptr, 0) == 0);
    CHECK(MsgSendPulse(line.coid, 17, 1, 0) == 0);
    CHECK(MsgReceive(line.chid, text, sizeof text, nullptr) ==
          -1); // too small for a pulse, but the priority came
    CHECK(current_priority(0) == 17);
    CHECK(MsgReceive(-1, nullptr, 0, nullptr) == 0 && current_priority(0) == 22);
    CHECK(set_own_priority(10));
    t1.join();
    t2.join();
    return true;
}

bool fixed_priority()
{
    Line line(_NTO_CHF_FIXED_PRIORITY);
    Client client;
    char text[16];
    CHECK(client.start(line.coid, 20));
    const int rcvid = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(rcvid > 0 && current_priority(0) == 10);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    client.join();
    return true;
}

bool unblock_protocol()
{
    Line line(_NTO_CHF_UNBLOCK);
    Client client;
    client.timeout_flags = _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY;
    client.timeout_ns = 150 * ms;
    CHECK(client.start(line.coid));
    char text[sizeof(_pulse)];
    const int rcvid = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(rcvid > 0);
    _pulse pulse;
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == _PULSE_CODE_UNBLOCK && pulse.value.sival_int == rcvid);
    _msg_info info;
    CHECK(MsgInfo(rcvid, &info) != -1 && (info.flags & _NTO_MI_UNBLOCK_REQ));
    CHECK(client.waits()); // still
    CHECK(MsgError(rcvid, -1) == 0);
    client.join();
    CHECK(client.result == -1 && client.error == ETIMEDOUT);
    return true;
}

bool timeout_without_unblock()
{
    Line line;
    Client client;
    client.timeout_flags = _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY;
    client.timeout_ns = 150 * ms; // MsgReceive() is there long before
    CHECK(client.start(line.coid));
    char text[16];
    const int rcvid = MsgReceive(line.chid, text, sizeof text, nullptr);
    client.join();
    CHECK(client.result == -1 && client.error == ETIMEDOUT);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == -1 && errno == ESRCH);
    Client again; // the stale rcvid does not hit the next request
    CHECK(again.start(line.coid));
    const int fresh = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(fresh != rcvid && MsgReply(rcvid, 0, nullptr, 0) == -1);
    CHECK(MsgReply(fresh, 0, nullptr, 0) == 0);
    again.join();
    return true;
}

bool polling()
{
    Line line;
    char text[16];
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    CHECK(MsgReceive(line.chid, text, sizeof text, nullptr) == -1 && errno == ETIMEDOUT);
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, nullptr, nullptr, nullptr);
    CHECK(MsgSend(line.coid, "x", 1, nullptr, 0) == -1 && errno == ETIMEDOUT);
    uint64_t ns = 30 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &ns, nullptr);
    SchedYield(); // any call clears it
    CHECK(MsgSendPulse(line.coid, 10, 1, 0) == 0);
    _pulse pulse;
    CHECK(MsgReceive(line.chid, &pulse, sizeof pulse, nullptr) == 0);
    const uint64_t before = ClockCycles();
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &ns, nullptr);
    CHECK(MsgReceive(line.chid, text, sizeof text, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(ClockCycles() > before);
    return true;
}

bool disconnect()
{
    Line line(_NTO_CHF_DISCONNECT);
    const int second = ConnectAttach(0, 0, line.chid, _NTO_SIDE_CHANNEL, 0);
    _server_info a, b;
    CHECK(ConnectServerInfo(0, line.coid, &a) != -1 && ConnectServerInfo(0, second, &b) != -1);
    CHECK(a.scoid == b.scoid && (a.scoid & _NTO_CONNECTION_SCOID));
    _pulse pulse;
    CHECK(ConnectDetach(second) == 0);
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(ConnectDetach(line.coid) == 0);
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == _PULSE_CODE_DISCONNECT && pulse.scoid == a.scoid);
    line.coid = ConnectAttach(0, 0, line.chid, _NTO_SIDE_CHANNEL, 0);
    CHECK(ConnectServerInfo(0, line.coid, &b) != -1 && b.scoid != a.scoid); // not reused yet
    CHECK(ConnectDetach(pulse.scoid) == 0);
    CHECK(ConnectDetach(pulse.scoid) == -1 && errno == EINVAL);
    return true;
}

bool spawn_self(const char* what, int chid, pid_t& pid)
{
    char number[16];
    snprintf(number, sizeof number, "%d", chid);
    const char* argv[] = {"ipc-test", what, number, nullptr};
    return posix_spawn(&pid, self_path, nullptr, nullptr, const_cast<char**>(argv), environ) == 0;
}

bool client_death()
{
    Line line(_NTO_CHF_DISCONNECT);
    pid_t pid;
    CHECK(spawn_self("send", line.chid, pid));
    char text[64];
    _msg_info info;
    const int rcvid = MsgReceive(line.chid, text, sizeof text, &info);
    CHECK(rcvid > 0 && info.pid == pid);
    CHECK(kill(pid, SIGKILL) == 0);
    _pulse pulse;
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == _PULSE_CODE_DISCONNECT && pulse.scoid == info.scoid);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == -1 && errno == ESRCH);
    CHECK(ConnectDetach(pulse.scoid) == 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return true;
}

bool channel_death()
{
    Line listener(_NTO_CHF_COID_DISCONNECT);
    CHECK(ChannelCreate(_NTO_CHF_COID_DISCONNECT) == -1 && errno == EBUSY);
    Line line;
    Client sending, replying;
    char text[16];
    CHECK(replying.start(line.coid));
    CHECK(MsgReceive(line.chid, text, sizeof text, nullptr) > 0);
    CHECK(sending.start(line.coid));
    CHECK(ChannelDestroy(line.chid) == 0);
    sending.join();
    replying.join();
    CHECK(sending.result == -1 && sending.error == ESRCH);
    CHECK(replying.result == -1 && replying.error == ESRCH);
    _pulse pulse;
    CHECK(MsgReceivePulse(listener.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == _PULSE_CODE_COIDDEATH && pulse.value.sival_int == line.coid);
    CHECK(MsgSend(line.coid, "x", 1, nullptr, 0) == -1 && errno == EBADF);
    return true;
}

bool bad_memory()
{
    Line line;
    char text[16];
    Client client;
    client.out = reinterpret_cast<const void*>(0x100000);
    CHECK(client.start(line.coid));
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    CHECK(MsgReceive(line.chid, text, sizeof text, nullptr) == -1 &&
          errno == ETIMEDOUT); // goes on waiting
    client.join();
    CHECK(client.result == -1 && client.error == EFAULT);
    Client other;
    CHECK(other.start(line.coid));
    CHECK(MsgReceive(line.chid, reinterpret_cast<void*>(0x100000), 16, nullptr) == -1 &&
          errno == EFAULT);
    other.join();
    CHECK(other.result == -1 && other.error == ESRVRFAULT);
    return true;
}

bool events()
{
    Line line, inbox;
    Client client;
    char text[16];
    CHECK(client.start(line.coid));
    const int rcvid = MsgReceive(line.chid, text, sizeof text, nullptr);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    client.join();
    struct sigevent event;
    _pulse pulse;
    SIGEV_PULSE_INIT(&event, inbox.coid, 15, 7, 99);
    CHECK(MsgDeliverEvent(rcvid, &event) == 0); // after the reply
    CHECK(MsgReceivePulse(inbox.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == 7 && pulse.value.sival_int == 99);
    SIGEV_MAKE_UPDATEABLE(&event);
    CHECK(MsgRegisterEvent(&event, line.coid) == 0);
    CHECK(ConnectFlags(0, line.coid, _NTO_COF_REG_EVENTS, _NTO_COF_REG_EVENTS) != -1);
    event.sigev_value.sival_int = 100;
    CHECK(MsgDeliverEvent(rcvid, &event) == 0);
    CHECK(MsgReceivePulse(inbox.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == 7 && pulse.value.sival_int == 100);
    struct sigevent plain;
    SIGEV_PULSE_INIT(&plain, inbox.coid, 15, 8, 1);
    CHECK(MsgDeliverEvent(rcvid, &plain) == -1 && errno == EACCES);
    CHECK(MsgUnregisterEvent(&event) == 0);
    CHECK(ConnectFlags(0, line.coid, _NTO_COF_REG_EVENTS | _NTO_COF_NOEVENT, _NTO_COF_NOEVENT) !=
          -1);
    CHECK(MsgDeliverEvent(rcvid, &plain) == -1 && errno == EACCES);
    return true;
}

bool thread_death()
{
    Line line(_NTO_CHF_THREAD_DEATH);
    pthread_t thread;
    CHECK(MsgSendPulse(line.coid, 10, 1, 0) == 0);
    CHECK(pthread_create(
              &thread, nullptr,
              [](void* chid) -> void* {
                  _pulse pulse;
                  MsgReceivePulse(*static_cast<int*>(chid), &pulse, sizeof pulse, nullptr);
                  return nullptr;
              },
              &line.chid) == 0);
    pthread_join(thread, nullptr);
    _pulse pulse;
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == _PULSE_CODE_THREADDEATH && pulse.value.sival_int >= 2);
    return true;
}

const TapTest tests[] = {
    {"IPC-0001 first chid is 1, coids in their spaces", numbers},
    {"IPC-0002 messages and replies are cut to the smaller side", truncation},
    {"IPC-0003 MsgRead and MsgWrite at offsets", read_and_write},
    {"IPC-0004 pulses", pulses},
    {"IPC-0005 queued sends leave by priority, then in order", priority_order},
    {"IPC-0006 priority inheritance and boost at send", inheritance},
    {"IPC-0007 FIXED_PRIORITY turns it off", fixed_priority},
    {"IPC-0008 unblock protocol", unblock_protocol},
    {"IPC-0009 timeout without UNBLOCK, stale rcvid", timeout_without_unblock},
    {"IPC-0010 immediate timeouts, cleared by the next call", polling},
    {"IPC-0011 DISCONNECT after the last of several coids", disconnect},
    {"IPC-0012 death of a client", client_death},
    {"IPC-0013 death of a channel", channel_death},
    {"IPC-0014 bad memory on either side", bad_memory},
    {"IPC-0015 events after the reply, NOEVENT, registered ones", events},
    {"IPC-0016 death of a receiving thread", thread_death},
};

} // namespace

int main(int argc, char** argv)
{
    self_path = argv[0][0] == '/' ? argv[0] : "/proc/boot/ipc-test";
    if (argc == 3) { // child: sends to the parent and is killed
        const int coid = ConnectAttach(0, getppid(), atoi(argv[2]), _NTO_SIDE_CHANNEL, 0);
        MsgSend(coid, "child", 6, nullptr, 0);
        return 3;
    }
    return run_tests(tests);
}
