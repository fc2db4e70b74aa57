// SPDX-License-Identifier: Apache-2.0
// What the parts of message-test and fact-test share: a channel to oneself, a thread that does one thing, child processes.
#pragma once

#include "tap.hpp"

#include <pthread.h>
#include <stdint.h>
#include <sys/neutrino.h>
#include <sys/types.h>
#include <time.h>

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

long send_hello(Worker& w);
/// Waits two seconds at most.
inline bool poll_pulse(int chid, _pulse& pulse)
{
    uint64_t limit = 2000 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
    return MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0;
}

inline bool no_pulse(int chid)
{
    _pulse pulse;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    return MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT;
}
/// This program once more, as the child process `what`; it finds the channel.
bool run_child(const char* what, int chid, int& status);
pid_t spawn_child(const char* what, int chid);

// The tests.
bool all_forms();
bool restart();
bool read_iov();
bool pulse_pool();
bool pulse_pool_without_event();
bool private_channels();
bool pausing();
bool unblock_codes();
bool key_data();
bool client_abilities();
bool priority_cap();
bool memory_events();
bool thread_events();
bool verify_and_ownership();
bool inherit_runmask();
bool boost_through_servers();
