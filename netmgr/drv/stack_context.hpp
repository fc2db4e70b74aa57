// SPDX-License-Identifier: Apache-2.0
// The stack context: the right, held by one thread at a time, to run everything above layer 2. A thread that enters does its own
// work and, before it leaves, whatever others have queued meanwhile.
//
// Lost wake-ups are impossible because: (1) a producer queues, then (2) tries to enter; an owner (3) drains, (4) leaves, then (5)
// looks for work again. When (2) fails the owner is before (4), so its (5) comes after (1).
#pragma once
#include <stdint.h>
#include <time.h>

#include "kern/lock.hpp"
#include "kern/stack.hpp"

namespace netmgr {

// Work of the resource-manager front that has to wait until no protocol code is on the call stack (retrying parked requests).
class StackClient {
public:
    virtual bool has_deferred_work() const = 0; // any thread
    virtual void run_deferred_work() = 0;       // stack context

protected:
    ~StackClient() = default;
};

class StackContext {
public:
    // timer_coid: where the pulse (timer_code) goes when the next callout is due.
    int start(Stack& stack, int timer_coid, int timer_priority, int timer_code);
    // -D: other threads' work goes to the stack's own thread. hand_over is true when the caller is not that.
    void set_dedicated(bool (*hand_over)()) { hand_over_ = hand_over; }
    void set_client(StackClient* client) { client_ = client; }

    void enter()
    {
        pthread_mutex_lock(&mutex_);
        inside_ = true;
    }
    bool try_enter()
    {
        if (pthread_mutex_trylock(&mutex_) != 0)
            return false; // who calls may be inside already: poke() from protocol code
        inside_ = true;
        return true;
    }
    static bool is_inside() { return inside_; } // the calling thread
    void leave();

    // After queueing something: does it now if nobody is inside; else the owner will.
    void poke();
    // As poke(), also when only a timer is due or was set.
    void wake();

private:
    bool has_work() const;
    void drain();
    void arm_timer(uint64_t deadline_ns);

    inline static thread_local bool inside_ = false;

    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    Stack* stack_ = nullptr;
    StackClient* client_ = nullptr;
    timer_t timer_ = 0;
    uint64_t armed_ns_ = no_deadline;
    bool wake_due_ = false;
    bool (*hand_over_)() = nullptr;
};

class StackEntry {
public:
    explicit StackEntry(StackContext& context) : context_(context) { context_.enter(); }
    ~StackEntry() { context_.leave(); }
    StackEntry(const StackEntry&) = delete;
    StackEntry& operator=(const StackEntry&) = delete;

private:
    StackContext& context_;
};

} // namespace netmgr
