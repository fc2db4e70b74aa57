// SPDX-License-Identifier: Apache-2.0
// Waiting readers and writers of a character device, and how they are answered.
#include "char_device.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/neutrino.h>

namespace io_char {

void CharDevice::signal_foreground(int signo)
{
    if (foreground_ > 0) {
        SignalKill(0, -foreground_, 0, signo, SI_USER, 0);
    }
}

bool CharDevice::answer_read(Waiter& w)
{
    if (!line_.readable(w.nbytes)) {
        return false;
    }
    uint8_t buffer[LineDiscipline::input_size];
    const size_t n = line_.read(buffer, std::min(w.nbytes, sizeof buffer));
    MsgReply(w.rcvid, static_cast<long>(n), buffer, n);
    return true;
}

// Takes more of a blocked writer's data straight from its message.
bool CharDevice::continue_write(Waiter& w)
{
    while (w.done < w.nbytes && line_.writable()) {
        uint8_t buffer[1024];
        const ssize_t n =
            MsgRead(w.rcvid, buffer, std::min(sizeof buffer, w.nbytes - w.done), w.header + w.done);
        if (n <= 0) {
            MsgError(w.rcvid, n < 0 ? errno : EFAULT);
            return true;
        }
        w.done += line_.write(buffer, static_cast<size_t>(n));
    }
    if (w.done < w.nbytes) {
        return false;
    }
    MsgReply(w.rcvid, static_cast<long>(w.nbytes), nullptr, 0);
    return true;
}

void CharDevice::wake_readers()
{
    auto done = [this](Waiter& w) { return w.kind == Wait::read && answer_read(w); };
    const auto kept = std::remove_if(waiters_.begin(), waiters_.end(), done);
    const bool any = kept != waiters_.end();
    waiters_.erase(kept, waiters_.end());
    trigger_input();
    if (any) {
        input_drained();
    }
}

void CharDevice::wake_writers()
{
    auto done = [this](Waiter& w) {
        if (w.kind == Wait::drain && line_.output_empty()) {
            MsgReply(w.rcvid, 0, nullptr, 0);
            return true;
        }
        return w.kind == Wait::write && continue_write(w);
    };
    waiters_.erase(std::remove_if(waiters_.begin(), waiters_.end(), done), waiters_.end());
    trigger_output();
}

void CharDevice::trigger_input()
{
    const size_t n = line_.readable(1) ? std::max<size_t>(line_.available(), 1) : 0;
    if (n && IOFUNC_NOTIFY_INPUT_CHECK(node_.notify, static_cast<int>(n), 0)) {
        iofunc_notify_trigger(node_.notify, static_cast<int>(n), IOFUNC_NOTIFY_INPUT);
    }
}

void CharDevice::trigger_output()
{
    if (line_.writable() && IOFUNC_NOTIFY_OUTPUT_CHECK(node_.notify, 1024, 0)) {
        iofunc_notify_trigger(node_.notify, 1024, IOFUNC_NOTIFY_OUTPUT);
    }
}

// A client's request was cancelled (rcvid) or its descriptor closed (ocb).
void CharDevice::remove_waiters(void* ocb, int rcvid, int error)
{
    auto gone = [&](const Waiter& w) {
        if (w.ocb != ocb || (rcvid != 0 && w.rcvid != rcvid)) {
            return false;
        }
        // A writer some of whose data is already on its way learns how much.
        if (w.kind == Wait::write && w.done > 0) {
            MsgReply(w.rcvid, static_cast<long>(w.done), nullptr, 0);
        } else {
            MsgError(w.rcvid, error);
        }
        return true;
    };
    waiters_.erase(std::remove_if(waiters_.begin(), waiters_.end(), gone), waiters_.end());
}

} // namespace io_char
