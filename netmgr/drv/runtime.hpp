// SPDX-License-Identifier: Apache-2.0
// The running io-pkt: its stack, its channel, its worker threads. One per process; drivers reach it through C functions.
#pragma once
#include <pthread.h>
#include <stdint.h>
#include <sys/neutrino.h>

#include <sys/io-pkt.h>

#include "drv/stack_context.hpp"

namespace netmgr {

// Pulses on io-pkt's channel.
enum PulseCode : int {
    pulse_stack = 1,
    pulse_timer,
    pulse_interrupt,
    pulse_worker_quiesce,
    pulse_confstr,
    pulse_names
};

// nw_work_thread::tidx of threads that are no workers.
enum ThreadIndex : int { tidx_main = -1, tidx_driver = -2, tidx_stack = -3 };

// Messages that are not pulses go to the resource-manager front.
class MessageHandler {
public:
    virtual size_t buffer_size() const = 0;
    // Outside the stack context; buffer is the calling worker's own.
    virtual void handle_message(int rcvid, char* buffer, const _msg_info& info) = 0;
    virtual void handle_system_pulse(const _pulse& pulse) = 0; // code < 0
    virtual void handle_confstr() = 0;                         // a configuration string was set
    virtual void handle_names() = 0; // names of local sockets were asked for

protected:
    ~MessageHandler() = default;
};

struct RuntimeOptions {
    unsigned threads = 0;         // -t; 0 = one per CPU
    bool dedicated_stack = false; // -D
    int main_priority = 21;       // -P
    int watchdog_priority = 22;   // -r
    unsigned stack_limit = 0;     // -w, seconds; 0: no watchdog
    unsigned quiesce_limit = 0;   // -q, seconds; 0: no watchdog
    int rx_priority = 21;         // rx_prio=
    int timer_priority = 21;      // timer_pulse_prio=
};

class Runtime {
public:
    // Makes the channel; 0 or errno.
    int create(const RuntimeOptions& options);
    int start_timers(Stack& stack);
    // From here on messages and events are served.
    int start_workers(MessageHandler& handler);

    static constexpr unsigned max_workers = 64;

    // Stack context: so many of the threads that serve clients are busy for long (sleeping drivers). Makes one more when these are all.
    void keep_serving(unsigned busy);
    // Of the threads that touch cards, those that are not among the busy ones.
    unsigned free_workers(unsigned busy) const;

    StackContext& context() { return context_; }
    Stack& stack() { return *stack_; }
    // Where drivers' events go, and where clients' messages do: the same channel, but with -D.
    int chid() const { return self_.chid; }
    int coid() const { return self_.coid; }
    int client_chid() const { return stack_chid_; }
    int client_coid() const { return stack_coid_; }
    int rx_priority() const { return options_.rx_priority; }
    const RuntimeOptions& options() const { return options_; }
    _iopkt_self& self() { return self_; }
    unsigned worker_count() const { return worker_count_; }

    // Any thread: the stack has work. A worker does it on its own way back; others send a pulse.
    void wake_stack();

    // Instead of entering the stack context (-D): its own thread is to look for work.
    void poke_stack_thread();

    // The calling thread's view, set for workers, nw_pthread threads and the main thread.
    static nw_work_thread* current();
    static void set_current(nw_work_thread* wtp);

private:
    struct Worker {
        nw_work_thread wtp = {};
        Runtime* runtime = nullptr;
        pthread_t thread = {};
        char* buffer = nullptr;
        int chid = -1;
        MbufCache cache;
    };
    int open_channel(int& chid, int& coid);
    int start_thread(Worker& worker, int number, int chid);
    static void* worker_main(void* arg);
    void worker_loop(Worker& worker);
    void handle_pulse(const _pulse& pulse);

    RuntimeOptions options_;
    _iopkt_self self_ = {};
    StackContext context_;
    Stack* stack_ = nullptr;
    MessageHandler* handler_ = nullptr;
    Worker workers_[max_workers];
    Worker stack_thread_; // -D
    int stack_chid_ = -1;
    int stack_coid_ = -1;
    unsigned worker_count_ = 0;
    unsigned spare_count_ = 0; // made by keep_serving(), behind the workers
    bool wake_sent_ = false;
};

extern Runtime runtime;

} // namespace netmgr
