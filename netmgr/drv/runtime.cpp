// SPDX-License-Identifier: Apache-2.0
// io-pkt's channel and worker threads: each receives either a client's message or a pulse, and takes the stack context for what
// needs it.
#include "drv/runtime.hpp"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syspage.h>

#include "drv/interrupt.hpp"
#include "drv/quiesce.hpp"

struct _iopkt_self* iopkt_selfp;

namespace netmgr {

Runtime runtime;

namespace {

thread_local nw_work_thread* current_wtp;

} // namespace

nw_work_thread* Runtime::current()
{
    return current_wtp;
}

void Runtime::set_current(nw_work_thread* wtp)
{
    current_wtp = wtp;
}

int Runtime::create(const RuntimeOptions& options)
{
    options_ = options;
    if (options_.threads == 0)
        options_.threads = _syspage_ptr->num_cpu;
    if (options_.threads > max_workers)
        options_.threads = max_workers;
    self_.chid = ChannelCreate(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT);
    if (self_.chid == -1)
        return errno;
    self_.coid = ConnectAttach(0, 0, self_.chid, _NTO_SIDE_CHANNEL, 0);
    if (self_.coid == -1)
        return errno;
    self_.rx_prio = options_.rx_priority;
    iopkt_selfp = &self_;
    return 0;
}

int Runtime::start_timers(Stack& stack)
{
    stack_ = &stack;
    self_.stack = &stack;
    current_stack = &stack;
    return context_.start(stack, self_.coid, options_.timer_priority, pulse_timer);
}

int Runtime::start_workers(MessageHandler& handler)
{
    handler_ = &handler;
    for (unsigned i = 0; i < options_.threads; i++) {
        Worker& worker = workers_[i];
        worker.runtime = this;
        worker.wtp.tidx = static_cast<int>(i);
        worker.wtp.iopkt = &self_;
        worker.buffer = static_cast<char*>(malloc(handler.buffer_size()));
        if (worker.buffer == nullptr)
            return ENOMEM;
        if (int err = pthread_create(&worker.thread, nullptr, worker_main, &worker))
            return err;
        worker_count_++;
    }
    return 0;
}

void* Runtime::worker_main(void* arg)
{
    auto& worker = *static_cast<Worker*>(arg);
    char name[16];
    snprintf(name, sizeof name, "io-pkt#0x%02x", static_cast<unsigned>(worker.wtp.tidx));
    pthread_setname_np(pthread_self(), name);
    set_current(&worker.wtp);
    worker.runtime->worker_loop(worker);
    return nullptr;
}

void Runtime::worker_loop(Worker& worker)
{
    for (;;) {
        _msg_info info;
        int rcvid = MsgReceive(self_.chid, worker.buffer, handler_->buffer_size(), &info);
        if (rcvid == 0)
            handle_pulse(*reinterpret_cast<_pulse*>(worker.buffer));
        else if (rcvid > 0)
            handler_->handle_message(rcvid, worker.buffer, info);
    }
}

void Runtime::handle_pulse(const _pulse& pulse)
{
    switch (pulse.code) {
    case pulse_interrupt:
        run_interrupt_entry();
        context_.poke();
        break;
    case pulse_timer:
        context_.wake();
        break;
    case pulse_stack:
        __atomic_store_n(&wake_sent_, false, __ATOMIC_RELEASE);
        context_.wake();
        break;
    case pulse_worker_quiesce:
        quiesce_block(0);
        break;
    default:
        if (pulse.code < 0)
            handler_->handle_system_pulse(pulse);
        break;
    }
}

void Runtime::wake_stack()
{
    // Workers come past context_.poke() or leave() after what they are doing.
    nw_work_thread* wtp = current();
    if (wtp != nullptr && wtp->tidx >= 0)
        return;
    if (!__atomic_exchange_n(&wake_sent_, true, __ATOMIC_ACQ_REL))
        MsgSendPulse(self_.coid, options_.rx_priority, pulse_stack, 0);
}

} // namespace netmgr

extern "C" nw_work_thread* nw_wtp(void)
{
    return netmgr::Runtime::current();
}
