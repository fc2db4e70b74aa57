// SPDX-License-Identifier: Apache-2.0
// A 16550 UART: FIFOs, interrupts, line settings (TL16C550 data sheet, register summary).
#include "uart.hpp"

#include <hw/inout.h>
#include <unistd.h>

namespace ser8250 {

namespace {
enum Register : unsigned {
    rbr_thr = 0,
    ier = 1,
    iir_fcr = 2,
    lcr = 3,
    mcr = 4,
    lsr = 5,
    msr = 6,
    scratch = 7
};
constexpr uint8_t ier_receive = 1, ier_transmit = 2, ier_line = 4;
constexpr uint8_t iir_none = 1, iir_id_mask = 0x0e;
constexpr uint8_t lsr_data = 1, lsr_break = 0x10, lsr_thre = 0x20;
constexpr uint8_t lcr_dlab = 0x80, lcr_break = 0x40;
constexpr uint8_t mcr_dtr_rts_out2 = 0x0b;
constexpr uint8_t fcr_enable_clear_trigger8 = 0x87;
constexpr int fifo_size = 16;
constexpr int transmit_budget = 64; // FIFO loads before other clients get a turn
} // namespace

uint8_t Uart::in(unsigned reg) const
{
    return in8(options_.port + reg);
}

void Uart::out(unsigned reg, uint8_t value) const
{
    out8(options_.port + reg, value);
}

bool Uart::present()
{
    out(scratch, 0x5a);
    if (in(scratch) != 0x5a) {
        return false;
    }
    out(scratch, 0xa5);
    return in(scratch) == 0xa5;
}

void Uart::enable(uint8_t causes)
{
    if (causes != enabled_) {
        enabled_ = causes;
        out(ier, causes);
    }
}

void Uart::initialise()
{
    out(ier, 0);
    out(iir_fcr, fcr_enable_clear_trigger8);
    set_line(options_.baud, CS8);
    out(mcr, mcr_dtr_rts_out2);
    (void)in(lsr);
    (void)in(rbr_thr);
    (void)in(iir_fcr);
    (void)in(msr);
    enable(ier_receive | ier_line);
}

void Uart::set_line(unsigned baud, tcflag_t cflag)
{
    const unsigned divisor = baud ? options_.clock / (16 * baud) : 0;
    uint8_t format = static_cast<uint8_t>((cflag & CSIZE) == CS8   ? 3
                                          : (cflag & CSIZE) == CS7 ? 2
                                          : (cflag & CSIZE) == CS6 ? 1
                                                                   : 0);
    format |= cflag & CSTOPB ? 4 : 0;
    format |= cflag & PARENB ? (cflag & PARODD ? 0x08 : 0x18) : 0;
    if (divisor) {
        out(lcr, lcr_dlab | format);
        out(rbr_thr, static_cast<uint8_t>(divisor));
        out(ier, static_cast<uint8_t>(divisor >> 8));
    }
    out(lcr, format);
}

void Uart::apply_settings(const termios& tio)
{
    set_line(options_.baud, tio.c_cflag);
    out(ier, enabled_);
}

void Uart::send_break()
{
    const uint8_t format = in(lcr);
    out(lcr, format | lcr_break);
    usleep(250000);
    out(lcr, format);
}

void Uart::receive_all()
{
    bool any = false;
    for (;;) {
        if (!line().has_room()) {
            // Leave the rest in the FIFO: its interrupt stays off until a reader makes room.
            throttled_ = true;
            enable(enabled_ & static_cast<uint8_t>(~ier_receive));
            break;
        }
        const uint8_t status = in(lsr);
        if (status & lsr_break) {
            (void)in(rbr_thr);
            line().receive_break();
            any = true;
        } else if (status & lsr_data) {
            line().receive(in(rbr_thr));
            any = true;
        } else {
            break;
        }
    }
    if (any) {
        wake_readers();
    }
}

void Uart::input_drained()
{
    if (throttled_ && line().has_room()) {
        throttled_ = false;
        enable(enabled_ | ier_receive);
        receive_all();
    }
}

void Uart::transmit()
{
    int budget = transmit_budget;
    while (line().can_send() && budget > 0 && (in(lsr)&lsr_thre)) {
        for (int i = 0; i < fifo_size && line().can_send(); ++i) {
            out(rbr_thr, line().next_to_send());
        }
        --budget;
    }
    const bool more = line().can_send();
    enable(static_cast<uint8_t>(more ? enabled_ | ier_transmit : enabled_ & ~ier_transmit));
}

void Uart::start_output()
{
    if (!(enabled_ & ier_transmit)) { // else the interrupt goes on with it
        transmit();
    }
}

void Uart::interrupt()
{
    // Bounded: a UART that never stops asking must not take the thread for itself.
    for (int turn = 0; turn < 256; ++turn) {
        const uint8_t id = in(iir_fcr);
        if (id & iir_none) {
            break;
        }
        switch (id & iir_id_mask) {
        case 0x02:
            transmit();
            wake_writers();
            break;
        case 0x06: // line status: a break or an error, read with the data
        case 0x04:
        case 0x0c:
            receive_all();
            break;
        default:
            (void)in(msr);
            break;
        }
    }
    wake_writers();
}

} // namespace ser8250
