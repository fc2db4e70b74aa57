// SPDX-License-Identifier: Apache-2.0
// Interrupts. A small thread takes the line's pulse, reads the causes and hands the work to one of
// io-pkt's workers by interrupt_queue(): an event driver, as -I demands, that never touches mbufs
// outside the workers.
//
//   (1) line fires, kernel masks it, pulse -> event thread
//   (2) event thread: causes |= ICR (this clears it), IMC = all, unmask the line
//   (3) interrupt_queue() -> a worker runs process_interrupt()
//   (4) when it is done, io-pkt calls enable_interrupt(): IMS
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/neutrino.h>

#include "e1000.hpp"

namespace e1000 {

namespace {

enum : int8_t { pulse_interrupt = 1, pulse_quit = 2 };
constexpr uint32_t wanted_causes =
    cause::lsc | cause::rxt0 | cause::rxdmt0 | cause::rxo | cause::rxseq;

void take_interrupt(Softc& sc)
{
    uint32_t causes = sc.hw.read(Reg::icr);
    if (causes != 0) { // else the line's other user caused it
        sc.causes.fetch_or(causes);
        sc.hw.write(Reg::imc, cause::all);
    }
    InterruptUnmask(static_cast<int>(sc.irq), sc.intr_id);
    if (causes == 0)
        return;
    const sigevent* event = interrupt_queue(sc.iopkt, &sc.inter);
    if (event != nullptr)
        MsgSendPulsePtr(event->sigev_coid, event->sigev_priority, event->sigev_code,
                        event->sigev_value.sival_ptr);
}

void* event_loop(void* arg)
{
    Softc& sc = *static_cast<Softc*>(arg);
    char name[32];
    snprintf(name, sizeof name, "%s event", sc.sc_dev.dv_xname);
    pthread_setname_np(pthread_self(), name);
    pthread_setschedprio(pthread_self(), sc.priority()); // until the first event brings its own
    sigevent event;
    SIGEV_PULSE_INIT(&event, sc.coid, sc.priority(), pulse_interrupt, 0);
    sc.intr_id = InterruptAttachEvent(static_cast<int>(sc.irq), &event, _NTO_INTR_FLAGS_TRK_MSK);
    if (sc.intr_id == -1)
        log(LOG_ERR, "%s: InterruptAttachEvent(%u): %s", sc.sc_dev.dv_xname, sc.irq,
            strerror(errno));
    for (;;) {
        _pulse pulse;
        if (MsgReceivePulse(sc.chid, &pulse, sizeof pulse, nullptr) == -1)
            continue;
        if (pulse.code == pulse_quit)
            break;
        if (pulse.code == pulse_interrupt)
            take_interrupt(sc);
    }
    if (sc.intr_id != -1)
        InterruptDetach(sc.intr_id);
    return nullptr;
}

int process_interrupt(void* arg, nw_work_thread* wtp)
{
    Softc& sc = *static_cast<Softc*>(arg);
    uint32_t causes = sc.causes.exchange(0);
    bool emptied = true;
    pthread_mutex_lock(&sc.receive_lock);
    if (sc.ifp().if_flags & IFF_RUNNING) {
        if (causes & (cause::lsc | cause::rxseq))
            link_update(sc);
        emptied = receive_frames(sc, wtp);
        // What was sent goes back to the pool when there is something to do anyway, not only when the ring fills.
        if ((causes & cause::txdw) != 0 || __atomic_load_n(&sc.tx.used, __ATOMIC_RELAXED) != 0)
            transmit_kick(sc, wtp);
    }
    pthread_mutex_unlock(&sc.receive_lock);
    return emptied ? 1 : 0;
}

int enable_interrupt(void* arg)
{
    Softc& sc = *static_cast<Softc*>(arg);
    if (sc.ifp().if_flags & IFF_RUNNING) {
        uint32_t mask = wanted_causes;
        if (sc.ifp().if_flags_tx & IFF_OACTIVE)
            mask |= cause::txdw;
        sc.hw.write(Reg::ims, mask);
    }
    return 1;
}

} // namespace

void link_update(Softc& sc)
{
    LinkState now = media_link(sc);
    bool changed = now.up != sc.link.up;
    sc.link = now;
    sc.ifp().if_baudrate = now.up ? now.mbps * 1000000ull : 0;
    if (!changed)
        return;
    if (sc.options.verbose != 0)
        log(LOG_INFO, "%s: link %s", sc.sc_dev.dv_xname, now.up ? "up" : "down");
    if_link_state_change(&sc.ifp(), now.up ? LINK_STATE_UP : LINK_STATE_DOWN);
}

int events_start(Softc& sc)
{
    sc.inter.func = process_interrupt;
    sc.inter.enable = enable_interrupt;
    sc.inter.arg = &sc;
    int err = interrupt_entry_init(&sc.inter, 0, nullptr, sc.priority());
    if (err != 0)
        return err;
    sc.inter_ready = true;
    sc.intr_id = -1;
    if (int error = nic::open_channel(sc.chid, sc.coid))
        return error;
    err = pthread_create(&sc.event_thread, nullptr, event_loop, &sc);
    sc.event_thread_runs = err == 0;
    return err;
}

void events_stop(Softc& sc)
{
    if (sc.event_thread_runs) {
        MsgSendPulse(sc.coid, sc.priority(), pulse_quit, 0);
        pthread_join(sc.event_thread, nullptr);
        sc.event_thread_runs = false;
    }
    if (sc.inter_ready)
        interrupt_entry_remove(&sc.inter, nullptr);
    sc.inter_ready = false;
    nic::close_channel(sc.chid, sc.coid);
}

} // namespace e1000
