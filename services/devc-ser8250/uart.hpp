// SPDX-License-Identifier: Apache-2.0
// Registers of a 16550 UART and the driver for one of them.
#pragma once
#include <cstdint>

#include "io-char/char_device.hpp"

namespace ser8250 {

struct Options {
    bool edited = false;
    unsigned baud = 115200;
    unsigned clock = 1843200;
    unsigned unit = 1;
    uint16_t port = 0x3f8;
    int irq = 4;
};

class Uart final : public io_char::CharDevice {
public:
    explicit Uart(const Options& options) : CharDevice(options.edited), options_(options) {}

    bool present(); // something that answers like a 16550 is at the port
    void initialise();
    void interrupt(); // handles every cause that is pending

private:
    void start_output() override;
    void apply_settings(const termios& tio) override;
    void input_drained() override;
    void send_break() override;

    uint8_t in(unsigned reg) const;
    void out(unsigned reg, uint8_t value) const;
    void receive_all();
    void transmit();
    void set_line(unsigned baud, tcflag_t cflag);
    void enable(uint8_t causes);

    Options options_;
    uint8_t enabled_ = 0;
    bool throttled_ = false; // no room for input: the receiver's FIFO and the sender must wait
};

} // namespace ser8250
