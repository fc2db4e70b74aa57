// SPDX-License-Identifier: Apache-2.0
// Facts on messages, pulses, connections and events.
#include "fact_test.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace {

void* const nowhere = reinterpret_cast<void*>(0x100000);

bool ended_well(pid_t pid)
{
    int status = -1;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

long send_fact(Worker& w)
{
    return MsgSend(w.coid, "a fact", 7, w.in, sizeof w.in);
}

/// A worker that says the number of its thread, so that its state can be waited for.
struct Tracked : Worker {
    int tid = 0;

    static long send(Worker& w)
    {
        __atomic_store_n(&static_cast<Tracked&>(w).tid, gettid(), __ATOMIC_SEQ_CST);
        return send_fact(w);
    }
    bool comes_to(int state)
    {
        return comes_true([&] { return __atomic_load_n(&tid, __ATOMIC_SEQ_CST) != 0; }) &&
               comes_to_state(getpid(), tid, state);
    }
};

} // namespace

bool underscore_r()
{
    sync_t sem{};
    char text[4];
    CHECK(SyncTypeCreate(_NTO_SYNC_SEM, &sem, nullptr) == 0);
    errno = 77;
    CHECK(MsgSend_r(12345, "x", 1, nullptr, 0) == -EBADF &&
          MsgReceive_r(999, text, 4, nullptr) == -ESRCH);
    CHECK(MsgReply_r(0x7ffffff, 0, nullptr, 0) == -ESRCH &&
          MsgInfo_r(0x7ffffff, nullptr) == -ESRCH);
    CHECK(ChannelDestroy_r(999) == -EINVAL && ConnectDetach_r(12345) == -EINVAL);
    CHECK(ConnectAttach_r(0, 0, 999, 0, 0) == -ESRCH && ThreadDetach_r(999) == -ESRCH);
    CHECK(SyncSemWait_r(&sem, 1) == -EAGAIN && TimerDestroy_r(12345) == -EINVAL);
    CHECK(SignalKill_r(0, getpid(), 0, 65, 0, 0) == -EINVAL &&
          SchedGet_r(0, 999, nullptr) == -ESRCH);
    CHECK(ClockTime_r(99, nullptr, nullptr) == -EINVAL && InterruptDetach_r(12345) == -EINVAL);
    CHECK(errno == 77);
    return true;
}

bool cancellation_points()
{
    Line line;
    Tracked waits;
    pthread_t receives;
    void* end = nullptr;
    CHECK(waits.start(line.coid, Tracked::send));
    char data[16];
    int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(rcvid > 0 && pthread_cancel(waits.thread) == 0); // REPLY-blocked
    CHECK(pthread_join(waits.thread, &end) == 0 && end == PTHREAD_CANCELED);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == -1 && errno == ESRCH);
    CHECK(pthread_create(
              &receives, nullptr,
              [](void* chid) -> void* {
                  char room[16];
                  MsgReceive(*static_cast<int*>(chid), room, sizeof room, nullptr);
                  return nullptr;
              },
              &line.chid) == 0);
    CHECK(pthread_cancel(receives) == 0 && pthread_join(receives, &end) == 0 &&
          end == PTHREAD_CANCELED);
    Worker stays; // MsgSendnc() is none: it ends with its answer
    CHECK(stays.start(line.coid, [](Worker& w) -> long {
        int old;
        const long result = MsgSendnc(w.coid, "nc", 3, w.in, sizeof w.in);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        return result;
    }));
    rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(rcvid > 0 && pthread_cancel(stays.thread) == 0);
    _msg_info info;
    CHECK(MsgInfo(rcvid, &info) != -1 && MsgReply(rcvid, 55, nullptr, 0) == 0);
    CHECK(pthread_join(stays.thread, &end) == 0 && end != PTHREAD_CANCELED && stays.result == 55);
    return true;
}

bool size_limits()
{
    constexpr size_t most = 524288; // parts
    Line line;
    char text[8] = "limits";
    auto* parts = static_cast<iov_t*>(calloc(most + 1, sizeof(iov_t)));
    CHECK(parts != nullptr);
    SETIOV(&parts[most - 1], text, 7);
    CHECK(MsgSendv(line.coid, parts, most + 1, nullptr, 0) == -1 && errno == EOVERFLOW);
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, nullptr, nullptr, nullptr);
    CHECK(MsgSendv(line.coid, parts, most, nullptr, 0) == -1 && errno == ETIMEDOUT); // it was sent
    SETIOV(&parts[0], text, 0x40000000);
    SETIOV(&parts[1], text, 0x3fffffff);
    SETIOV(&parts[2], text, 1);
    CHECK(MsgSendv(line.coid, parts, 3, nullptr, 0) == -1 && errno == EOVERFLOW);
    free(parts);
    iov_t one[1];
    SETIOV(&one[0], text, 7);
    const size_t sizes[] = {size_t{1} << 63, SIZE_MAX, SIZE_MAX - 4095};
    for (const size_t wrong : sizes) {
        CHECK(MsgSend(line.coid, text, wrong, nullptr, 0) == -1 && errno == EOVERFLOW);
        CHECK(MsgSend(line.coid, text, 1, text, wrong) == -1 && errno == EOVERFLOW);
        CHECK(MsgSendv(line.coid, one, wrong, one, 1) == -1 && errno == EOVERFLOW);
        CHECK(MsgSendv(line.coid, one, 1, one, wrong) == -1 && errno == EOVERFLOW);
        CHECK(MsgSendsv(line.coid, text, 1, one, wrong) == -1 && errno == EOVERFLOW);
        CHECK(MsgSendvs(line.coid, one, wrong, text, 1) == -1 && errno == EOVERFLOW);
        CHECK(MsgReceive(line.chid, text, wrong, nullptr) == -1 && errno == EOVERFLOW);
        CHECK(MsgReceivev(line.chid, one, wrong, nullptr) == -1 && errno == EOVERFLOW);
        CHECK(MsgReplyv(1, 0, one, wrong) == -1 && errno == EOVERFLOW);
        CHECK(MsgReadv(1, one, wrong, 0) == -1 && errno == EOVERFLOW);
        CHECK(MsgWritev(1, one, wrong, 0) == -1 && errno == EOVERFLOW);
    }
    return true;
}

bool foreign_messages()
{
    Line line;
    Worker client;
    char data[16];
    CHECK(client.start(line.coid, send_fact));
    static int rcvid;
    rcvid = MsgReceive(line.chid, data, 1, nullptr);
    CHECK(rcvid > 0);
    pthread_t reader;
    void* good = nullptr;
    CHECK(pthread_create(
              &reader, nullptr,
              [](void*) -> void* {
                  char text[7];
                  const bool same = MsgRead(rcvid, text, 7, 0) == 7 && strcmp(text, "a fact") == 0;
                  return same && MsgWrite(rcvid, "ok", 3, 0) == 3 ? &rcvid : nullptr;
              },
              nullptr) == 0);
    CHECK(pthread_join(reader, &good) == 0 && good == &rcvid);
    const pid_t other = fork();
    if (other == 0)
        _exit(MsgRead(rcvid, data, 7, 0) == -1 && errno == ESRCH &&
                      MsgReply(rcvid, 0, nullptr, 0) == -1 && errno == ESRCH
                  ? 0
                  : 1);
    CHECK(ended_well(other));
    CHECK(MsgRead(rcvid, nowhere, 7, 0) == -1 && errno == EFAULT);
    CHECK(MsgWrite(rcvid, nowhere, 7, 0) == -1 && errno == EFAULT);
    CHECK(MsgReply(rcvid, 3, nullptr, 0) == 0);
    client.join();
    CHECK(client.result == 3 && strcmp(client.in, "ok") == 0);
    Worker broken; // its buffer for the answer is nowhere
    CHECK(broken.start(line.coid,
                       [](Worker& w) -> long { return MsgSend(w.coid, "x", 1, nowhere, 8); }));
    const int second = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(second > 0 && MsgWrite(second, "ok", 3, 0) == -1 && errno == ESRVRFAULT);
    CHECK(MsgReply(second, 0, nullptr, 0) == 0);
    broken.join();
    return true;
}

bool sending_clients()
{
    Line line(_NTO_CHF_UNBLOCK);
    Worker timed;
    timed.timeout_ns = 20 * ms;
    CHECK(timed.start(line.coid, send_fact));
    timed.join();
    CHECK(timed.result == -1 && timed.error == ETIMEDOUT);
    Tracked hit;
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART; // without effect, as in QNX
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    CHECK(hit.start(line.coid, Tracked::send));
    CHECK(hit.comes_to(STATE_SEND));
    CHECK(pthread_kill(hit.thread, SIGUSR1) == 0);
    hit.join();
    CHECK(hit.result == -1 && hit.error == EINTR && no_pulse(line.chid));
    return true;
}

bool killed_clients()
{
    Line line(_NTO_CHF_UNBLOCK);
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        const int coid = ConnectAttach(0, parent, line.chid, _NTO_SIDE_CHANNEL, 0);
        MsgSend(coid, "child", 6, nullptr, 0);
        _exit(9);
    }
    char data[32];
    _pulse pulse;
    const int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(rcvid > 0 && kill(child, SIGKILL) == 0 && poll_pulse(line.chid, pulse));
    CHECK(pulse.code == _PULSE_CODE_UNBLOCK && pulse.value.sival_int == rcvid);
    int status = 0;
    CHECK(waitpid(child, &status, WNOHANG) == 0); // it is there until it has its answer
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
          WTERMSIG(status) == SIGKILL);
    return true;
}

namespace {

/// Says yes to what fork() and close() tell the servers of descriptors, until the pulse 3; the last other pulse.
void* says_yes(void* chid)
{
    long last = -1;
    for (;;) {
        char data[64];
        const int rcvid = MsgReceive(*static_cast<int*>(chid), data, sizeof data, nullptr);
        const int code = reinterpret_cast<_pulse*>(data)->code;
        if (rcvid > 0)
            MsgReply(rcvid, EOK, nullptr, 0);
        else if (rcvid == -1 || code == 3)
            return reinterpret_cast<void*>(last);
        else
            last = code;
    }
}

} // namespace

bool inherited_connections()
{
    Line line;
    pthread_t server;
    void* last = nullptr;
    const int fd = ConnectAttach(0, 0, line.chid, 0, 0);
    CHECK(fd >= 0 && fd < _NTO_SIDE_CHANNEL);
    CHECK(pthread_create(&server, nullptr, says_yes, &line.chid) == 0);
    const pid_t parent = getpid(), child = fork();
    if (child == 0) { // the side channel's is gone; the descriptor leads to the same channel still
        _server_info info{};
        const bool gone = MsgSendPulse(line.coid, 10, 1, 1) == -1 && errno == EBADF;
        const bool same = ConnectServerInfo(0, fd, &info) == fd && info.pid == parent;
        _exit(gone && same && MsgSendPulse(fd, 10, 2, 2) == 0 ? 0 : 1);
    }
    CHECK(ended_well(child));
    CHECK(close(fd) == 0 && MsgSendPulse(fd, 10, 1, 1) == -1 && errno == EBADF);
    CHECK(MsgSendPulse(line.coid, 10, 3, 0) == 0 && pthread_join(server, &last) == 0);
    CHECK(last == reinterpret_cast<void*>(2));
    // A descriptor of a server is a connection like any other.
    const int null = open("/dev/null", O_RDWR);
    struct {
        uint16_t type, combine_len;
        char rest[60];
    } strange = {_IO_MAX, 0, {}};
    CHECK(MsgSend(null, &strange, sizeof strange, nullptr, 0) == -1 && errno == ENOSYS);
    _server_info info{};
    CHECK(ConnectServerInfo(0, null, &info) == null && info.pid == SYSMGR_PID);
    CHECK(ConnectFlags(0, null, _NTO_COF_CLOEXEC, _NTO_COF_CLOEXEC) == 0 &&
          fcntl(null, F_GETFD) == FD_CLOEXEC && close(null) == 0);
    return true;
}

bool pulse_priorities()
{
    Line line;
    _pulse pulse;
    const int codes[] = {1, 2, 3};
    const int priorities[] = {3, 20, 2}; // a policy's number taken for a priority comes, too
    CHECK(set_priority(30));
    for (int i = 0; i < 3; ++i)
        CHECK(MsgSendPulse(line.coid, priorities[i], codes[i], 7) == 0);
    const int order[] = {1, 0, 2};
    for (const int i : order) {
        CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0);
        CHECK(pulse.code == codes[i] && priority_of(0) == priorities[i]);
    }
    CHECK(MsgReceive(-1, nullptr, 0, nullptr) == 0 && priority_of(0) == 30);
    CHECK(MsgSendPulsePtr(line.coid, -1, -100, &pulse) == 0); // the sender's priority; any code
    CHECK(set_priority(12));
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == -100 && pulse.value.sival_ptr == &pulse && priority_of(0) == 30);
    struct sigevent event;
    SIGEV_PULSE_INIT(&event, line.coid, SIGEV_PULSE_PRIO_INHERIT, 5, 1);
    CHECK(set_priority(14) && MsgDeliverEvent(0, &event) == 0);
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == 0 && pulse.code == 5);
    SIGEV_PULSE_INIT(&event, line.coid, 0, 5, 1);
    CHECK(MsgVerifyEvent(0, &event) == -1 && errno == EINVAL);
    CHECK(TimerCreate(CLOCK_MONOTONIC, &event) == -1 && errno == EINVAL);
    CHECK(MsgSendPulse(line.coid, 10, 128, 0) == -1 && errno == EINVAL);
    return set_priority(10);
}

bool event_kinds()
{
    static volatile int signo, code, value, on_thread;
    Line line;
    struct sigevent event;
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int number, siginfo_t* info, void*) {
        signo = number;
        code = info->si_code;
        value = info->si_value.sival_int;
        on_thread = gettid();
    };
    CHECK(sigaction(SIGUSR2, &action, nullptr) == 0);
    SIGEV_SIGNAL_INIT(&event, SIGUSR2);
    CHECK(MsgDeliverEvent(0, &event) == 0 && signo == SIGUSR2);
    SIGEV_SIGNAL_CODE_INIT(&event, SIGUSR2, 12, 5);
    CHECK(MsgDeliverEvent(0, &event) == 0 && code == 5 && value == 12);
    SIGEV_SIGNAL_THREAD_INIT(&event, SIGUSR2, 13, 6);
    CHECK(MsgDeliverEvent(0, &event) == 0 && code == 6 && value == 13 && on_thread == gettid());
    SIGEV_NONE_INIT(&event);
    CHECK(MsgDeliverEvent(0, &event) == 0);
    memset(&event, 0, sizeof event); // by hand, without the macros
    event.sigev_notify = SIGEV_PULSE;
    event.sigev_coid = line.coid;
    event.sigev_priority = 10;
    event.sigev_code = 44;
    event.sigev_value.sival_int = 45;
    _pulse pulse;
    CHECK(MsgDeliverEvent(0, &event) == 0 && poll_pulse(line.chid, pulse));
    CHECK(pulse.code == 44 && pulse.value.sival_int == 45);
    SIGEV_UNBLOCK_INIT(&event); // a timer with it ends whatever its thread waits in
    const int id = TimerCreate(CLOCK_MONOTONIC, &event);
    const _itimer soon{5 * ms, 5 * ms}; // the first may come before this thread waits
    CHECK(id != -1 && TimerSettime(id, 0, &soon, nullptr) != -1);
    CHECK(MsgReceivePulse(line.chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(TimerDestroy(id) == 0);
    signal(SIGUSR2, SIG_DFL);
    return true;
}
