// SPDX-License-Identifier: Apache-2.0
// A character device in the path space: the resource-manager side of LineDiscipline. A driver derives from it, feeds receive() and
// sends what next_to_send() gives. Everything runs in the one thread that runs the dispatch loop.
#pragma once
#include <cstdint>
#include <vector>

#include <sys/iofunc.h>

#include <sys/dispatch.h>
#include <sys/resmgr.h>

#include "line_discipline.hpp"

namespace io_char {

class CharDevice : public Terminal {
public:
    explicit CharDevice(bool edited) : line_(*this, edited) {}

    // Puts `path` into the path space. 0 or an errno value.
    int attach(dispatch_t* dispatch, const char* path);

    LineDiscipline& line() { return line_; }

    // After the line took input, or the transmitter took output: wakes who waited for it.
    void wake_readers();
    void wake_writers();

    // Terminal
    void signal_foreground(int signo) override;
    void output_waiting() override { start_output(); }

protected:
    ~CharDevice() = default;
    virtual void start_output() = 0;                     // the output ring has something to send
    virtual void apply_settings(const termios& tio) = 0; // speed and framing changed
    virtual void input_drained() = 0;                    // there is room for input again
    virtual void send_break() {}

private:
    friend struct CharIo;
    enum class Wait { read, write, drain };
    struct Waiter {
        Wait kind;
        int rcvid;
        void* ocb;
        size_t nbytes; // asked for
        size_t done;   // write: taken so far
        size_t header; // write: where the data starts in the client's message
    };
    // What iofunc calls the attribute: one for each path.
    struct Node {
        iofunc_attr_t attr;
        CharDevice* device;
        iofunc_notify_t notify[3];
    };

    bool answer_read(Waiter& w);
    bool continue_write(Waiter& w);
    void remove_waiters(void* ocb, int rcvid, int error);
    void trigger_input();
    void trigger_output();

    Node node_{};
    LineDiscipline line_;
    std::vector<Waiter> waiters_;
    int foreground_ = 0; // process group
    int session_ = 0;
    winsize size_{24, 80, 0, 0};
};

} // namespace io_char
