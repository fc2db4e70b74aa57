// SPDX-License-Identifier: Apache-2.0
// The receive thread: made by nw_pthread_create(), so it may touch mbufs; interrupts reach it as
// pulses. MSI-X gives one for the configuration and one for both queues; otherwise the line's
// interrupt status register tells which.
#include <errno.h>
#include <stdio.h>
#include <sys/neutrino.h>

#include "virtio_net.hpp"

namespace virtio {

namespace {

enum : int { pulse_config = 1, pulse_queue, pulse_line, pulse_quiesce, pulse_quit };

void queue_work(Softc& sc)
{
    nw_work_thread* wtp = WTP;
    for (;;) {
        pthread_mutex_lock(&sc.receive_lock);
        bool again = false;
        if (sc.ifp().if_flags & IFF_RUNNING) {
            sc.rx.queue.disable_interrupts();
            again = !receive_frames(sc, wtp) || sc.rx.queue.enable_interrupts();
            if (sc.ifp().if_flags_tx & IFF_OACTIVE)
                transmit_kick(sc, wtp);
        }
        pthread_mutex_unlock(&sc.receive_lock);
        if (!again)
            return;
    }
}

void config_work(Softc& sc)
{
    pthread_mutex_lock(&sc.receive_lock);
    if (sc.ifp().if_flags & IFF_RUNNING)
        link_update(sc);
    pthread_mutex_unlock(&sc.receive_lock);
}

void handle_pulse(Softc& sc, const _pulse& pulse)
{
    switch (pulse.code) {
    case pulse_config:
        InterruptUnmask(static_cast<int>(sc.irq[0]), sc.intr_id[0]);
        config_work(sc);
        break;
    case pulse_queue:
        InterruptUnmask(static_cast<int>(sc.irq[1]), sc.intr_id[1]);
        queue_work(sc);
        break;
    case pulse_line: {
        uint8_t isr = sc.transport.read_isr(); // this also takes the line down
        InterruptUnmask(static_cast<int>(sc.irq[0]), sc.intr_id[0]);
        if (isr & isr_config)
            config_work(sc);
        if (isr & isr_queue)
            queue_work(sc);
        break;
    }
    case pulse_quiesce:
        quiesce_block(pulse.value.sival_int);
        break;
    }
}

void* receive_loop(void* arg)
{
    Softc& sc = *static_cast<Softc*>(arg);
    for (;;) {
        _pulse pulse;
        if (MsgReceivePulse(sc.chid, &pulse, sizeof pulse, nullptr) == -1)
            continue;
        if (pulse.code == pulse_quit)
            return nullptr;
        handle_pulse(sc, pulse);
    }
}

void quiesce_callout(void* arg)
{
    Softc& sc = *static_cast<Softc*>(arg);
    MsgSendPulse(sc.coid, sc.priority(), pulse_quiesce, 0);
}

int attach_interrupt(Softc& sc, unsigned index, int code)
{
    sigevent event;
    SIGEV_PULSE_INIT(&event, sc.coid, static_cast<short>(sc.priority()), static_cast<short>(code),
                     0);
    sc.intr_id[index] =
        InterruptAttachEvent(static_cast<int>(sc.irq[index]), &event, _NTO_INTR_FLAGS_TRK_MSK);
    if (sc.intr_id[index] != -1)
        return 0;
    int err = errno;
    log(LOG_ERR, "%s: InterruptAttachEvent(%u): %s", sc.sc_dev.dv_xname, sc.irq[index],
        strerror(err));
    return err;
}

// First thing in the new thread.
int thread_init(void* arg)
{
    Softc& sc = *static_cast<Softc*>(arg);
    char name[32];
    snprintf(name, sizeof name, "%s receive", sc.sc_dev.dv_xname);
    pthread_setname_np(pthread_self(), name);
    pthread_setschedprio(pthread_self(), sc.priority()); // until the first event brings its own
    nw_work_thread* wtp = WTP;
    wtp->quiesce_callout = quiesce_callout;
    wtp->quiesce_arg = arg;
    if (sc.msix_cap == nullptr)
        return attach_interrupt(sc, 0, pulse_line);
    if (int err = attach_interrupt(sc, 0, pulse_config))
        return err;
    return attach_interrupt(sc, 1, pulse_queue);
}

} // namespace

void link_update(Softc& sc)
{
    bool up = (sc.transport.net_config().status & net_link_up) != 0;
    if (up == sc.link_up)
        return;
    sc.link_up = up;
    if (sc.options.verbose != 0)
        log(LOG_INFO, "%s: link %s", sc.sc_dev.dv_xname, up ? "up" : "down");
    if_link_state_change(&sc.ifp(), up ? LINK_STATE_UP : LINK_STATE_DOWN);
}

int events_start(Softc& sc)
{
    sc.intr_id[0] = sc.intr_id[1] = -1;
    if (int error = nic::open_channel(sc.chid, sc.coid))
        return error;
    int err = nw_pthread_create(&sc.thread, nullptr, receive_loop, &sc, 0, thread_init, &sc);
    sc.thread_runs = err == 0;
    return err;
}

void events_stop(Softc& sc)
{
    if (sc.thread_runs) {
        MsgSendPulse(sc.coid, sc.priority(), pulse_quit, 0);
        nw_pthread_reap(sc.thread);
        sc.thread_runs = false;
    }
    for (int& id : sc.intr_id) {
        if (id > 0)
            InterruptDetach(id);
        id = -1;
    }
    nic::close_channel(sc.chid, sc.coid);
}

} // namespace virtio
