// SPDX-License-Identifier: Apache-2.0
// io-pkt's channel and worker threads: each receives either a client's message or a pulse, and takes the stack context for what
// needs it.
#include "drv/runtime.hpp"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>
#include <sys/syspage.h>

#include "drv/blockop.hpp"
#include "drv/interrupt.hpp"
#include "drv/log.hpp"
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

int Runtime::open_channel(int& chid, int& coid)
{
    chid = ChannelCreate(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT);
    if (chid == -1)
        return errno;
    coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    return coid == -1 ? errno : 0;
}

int Runtime::create(const RuntimeOptions& options)
{
    options_ = options;
    if (options_.threads == 0)
        options_.threads = _syspage_ptr->num_cpu;
    if (options_.threads > max_workers)
        options_.threads = max_workers;
    if (int err = open_channel(self_.chid, self_.coid))
        return err;
    stack_chid_ = self_.chid;
    stack_coid_ = self_.coid;
    if (options_.dedicated_stack)
        if (int err = open_channel(stack_chid_, stack_coid_))
            return err;
    self_.rx_prio = options_.rx_priority;
    iopkt_selfp = &self_;
    return 0;
}

int Runtime::start_timers(Stack& stack)
{
    stack_ = &stack;
    self_.stack = &stack;
    current_stack = &stack;
    if (options_.dedicated_stack) {
        context_.set_dedicated([] {
            const nw_work_thread* wtp = current();
            const bool other = wtp == nullptr || wtp->tidx != tidx_stack;
            if (other)
                runtime.poke_stack_thread();
            return other;
        });
    }
    return context_.start(stack, stack_coid_, options_.timer_priority, pulse_timer);
}

int Runtime::start_thread(Worker& worker, int number, int chid)
{
    worker.runtime = this;
    worker.wtp.tidx = number;
    worker.wtp.iopkt = &self_;
    worker.wtp.mbuf_cache = &worker.cache;
    worker.chid = chid;
    worker.buffer = static_cast<char*>(malloc(handler_->buffer_size()));
    if (worker.buffer == nullptr)
        return ENOMEM;
    return pthread_create(&worker.thread, nullptr, worker_main, &worker);
}

int Runtime::start_workers(MessageHandler& handler)
{
    handler_ = &handler;
    if (options_.dedicated_stack)
        if (int err = start_thread(stack_thread_, tidx_stack, stack_chid_))
            return err;
    for (unsigned i = 0; i < options_.threads; i++) {
        if (int err = start_thread(workers_[i], static_cast<int>(i), self_.chid))
            return err;
        worker_count_++;
    }
    return 0;
}

void Runtime::keep_serving(unsigned busy)
{
    const unsigned serving = (options_.dedicated_stack ? 1 : worker_count_) + spare_count_;
    const unsigned next = worker_count_ + spare_count_;
    if (busy < serving || next >= max_workers)
        return;
    const int number = options_.dedicated_stack ? tidx_stack : static_cast<int>(next);
    if (int err = start_thread(workers_[next], number, stack_chid_))
        log(LOG_WARNING, "no thread to serve clients beside a driver that sleeps: %s",
            strerror(err));
    else
        spare_count_++;
}

unsigned Runtime::free_workers(unsigned busy) const
{
    if (options_.dedicated_stack)
        return worker_count_; // the stack's threads are the busy ones
    const unsigned all = worker_count_ + spare_count_;
    return all > busy ? all - busy : 0;
}

void* Runtime::worker_main(void* arg)
{
    auto& worker = *static_cast<Worker*>(arg);
    char name[16] = "io-pkt stack";
    if (worker.wtp.tidx >= 0)
        snprintf(name, sizeof name, "io-pkt#0x%02x", worker.wtp.tidx & 0xffu);
    pthread_setname_np(pthread_self(), name);
    // Messages bring their own priority; this one is seen while nothing has come yet.
    pthread_setschedprio(pthread_self(), worker.runtime->rx_priority());
    set_current(&worker.wtp);
    prepare_fault_stack();
    worker.runtime->stack().mbufs().adopt(worker.cache);
    worker.runtime->worker_loop(worker);
    return nullptr;
}

void Runtime::worker_loop(Worker& worker)
{
    for (;;) {
        _msg_info info;
        int rcvid = MsgReceive(worker.chid, worker.buffer, handler_->buffer_size(), &info);
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
        run_interrupt_entry(pulse.value.sival_int);
        context_.poke();
        break;
    case pulse_timer:
        context_.wake();
        break;
    case pulse_stack:
        __atomic_store_n(&wake_sent_, false, __ATOMIC_RELEASE);
        context_.wake();
        break;
    case pulse_confstr:
        handler_->handle_confstr();
        break;
    case pulse_names:
        handler_->handle_names();
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
    // Workers come past context_.poke() or leave() after what they are doing; so does the stack's own thread.
    nw_work_thread* wtp = current();
    if (wtp != nullptr && (wtp->tidx >= 0 || wtp->tidx == tidx_stack))
        return;
    poke_stack_thread();
}

void Runtime::poke_stack_thread()
{
    if (!__atomic_exchange_n(&wake_sent_, true, __ATOMIC_ACQ_REL))
        MsgSendPulse(stack_coid_, options_.rx_priority, pulse_stack, 0);
}

} // namespace netmgr

extern "C" nw_work_thread* nw_wtp(void)
{
    return netmgr::Runtime::current();
}
