// SPDX-License-Identifier: Apache-2.0
// Pulse pools, private channels, pausing, unblocking, inherited run masks.
#include "message_test.hpp"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syspage.h>
#include <sys/wait.h>
#include <unistd.h>

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

namespace {

void ignore(int)
{
}

} // namespace

bool unblock_codes()
{
    Line line(_NTO_CHF_UNBLOCK | _NTO_CHF_UNBLOCK_TIMER);
    Worker timed, hit;
    char data[16];
    _pulse pulse;
    timed.timeout_ns = 150 * ms;
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

namespace {

unsigned this_cpu() // the initial APIC id, which is the CPU's number in QEMU
{
    unsigned a = 1, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return b >> 24;
}

} // namespace

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
