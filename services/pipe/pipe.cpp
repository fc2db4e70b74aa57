// SPDX-License-Identifier: Apache-2.0
// Data goes from a writer's message into the ring and from the ring into a reader's reply; requests wait in order.
#include "pipe.hpp"

#include <abi/pipe.h>
#include <algorithm>
#include <cerrno>
#include <sys/neutrino.h>
#include <sys/stat.h>

namespace pipes {

Pipe::Pipe(uint64_t inode)
{
    iofunc_attr_init(&attr, S_IFIFO | 0600, nullptr, nullptr);
    attr.inode = inode;
    IOFUNC_NOTIFY_INIT(notify);
}

Pipe::Pipe(const iofunc_attr_t& named) : attr(named), named_(true)
{
    IOFUNC_NOTIFY_INIT(notify);
}

bool Pipe::has_peer(unsigned ioflag) const
{
    return (!(ioflag & _IO_FLAG_RD) || writers_ > 0) && (!(ioflag & _IO_FLAG_WR) || readers_ > 0);
}

int Pipe::await_peer(int rcvid, void* ocb, unsigned ioflag, bool nonblock)
{
    admit_openers();
    if (has_peer(ioflag)) {
        return EOK;
    }
    if (nonblock) {
        return ioflag & _IO_FLAG_RD ? EOK : ENXIO;
    }
    openers_.push_back({rcvid, ocb, ioflag});
    return _RESMGR_NOREPLY;
}

void Pipe::admit_openers()
{
    const auto ready = [&](const Opener& one) {
        return has_peer(one.ioflag) && (MsgReply(one.rcvid, 0, nullptr, 0), true);
    };
    openers_.erase(std::remove_if(openers_.begin(), openers_.end(), ready), openers_.end());
}

bool Pipe::forget_opener(int rcvid)
{
    const auto same = [&](const Opener& one) { return one.rcvid == rcvid; };
    const auto found = std::find_if(openers_.begin(), openers_.end(), same);
    if (found == openers_.end()) {
        return false;
    }
    openers_.erase(found);
    MsgError(rcvid, EINTR);
    return true;
}

void Pipe::add_end(unsigned ioflag)
{
    if (ioflag & _IO_FLAG_RD) {
        ++readers_;
        had_reader_ = true;
    }
    if (ioflag & _IO_FLAG_WR) {
        ++writers_;
        had_writer_ = true;
    }
}

bool Pipe::drop_end(unsigned ioflag)
{
    readers_ -= (ioflag & _IO_FLAG_RD) != 0;
    writers_ -= (ioflag & _IO_FLAG_WR) != 0;
    run();
    return readers_ == 0 && writers_ == 0;
}

// Answers a reader when there is data, or never will be.
bool Pipe::give(Waiter& reader)
{
    if (used_ == 0) {
        if (writers_ == 0 && (had_writer_ || named_)) {
            MsgReply(reader.rcvid, 0, nullptr, 0);
            return true;
        }
        return false;
    }
    const size_t n = std::min(reader.nbytes, used_);
    const size_t first = std::min(n, capacity - head_);
    iov_t parts[2];
    SETIOV(&parts[0], buffer_ + head_, first);
    SETIOV(&parts[1], buffer_, n - first);
    if (MsgReplyv(reader.rcvid, static_cast<long>(n), parts, first < n ? 2 : 1) == -1) {
        MsgError(reader.rcvid,
                 errno); // its buffer is bad, or it is gone: the next one gets the data
        return true;
    }
    head_ = (head_ + n) % capacity;
    used_ -= n;
    return true;
}

// Takes what fits of a writer's data; a write of up to PIPE_BUF bytes goes in whole or not at all. True: it was answered.
bool Pipe::take(Waiter& writer)
{
    if (readers_ == 0 && (had_reader_ || named_)) {
        MsgError(writer.rcvid, EPIPE);
        return true;
    }
    const size_t room = capacity - used_;
    const size_t left = writer.nbytes - writer.done;
    if (left > room && (writer.nbytes <= ABI_PIPE_BUF || room == 0)) {
        return false;
    }
    const size_t n = std::min(left, room);
    const size_t tail = (head_ + used_) % capacity;
    const size_t first = std::min(n, capacity - tail);
    iov_t parts[2];
    SETIOV(&parts[0], buffer_ + tail, first);
    SETIOV(&parts[1], buffer_, n - first);
    const ssize_t got =
        n ? MsgReadv(writer.rcvid, parts, first < n ? 2 : 1, writer.header + writer.done) : 0;
    if (got < 0 || (n && got == 0)) {
        MsgError(writer.rcvid, got < 0 ? errno : EFAULT);
        return true;
    }
    used_ += static_cast<size_t>(got);
    writer.done += static_cast<size_t>(got);
    if (writer.done < writer.nbytes) {
        return false;
    }
    MsgReply(writer.rcvid, static_cast<long>(writer.nbytes), nullptr, 0);
    return true;
}

void Pipe::run()
{
    for (bool moved = true; moved;) {
        moved = false;
        while (!read_queue_.empty() && give(read_queue_.front())) {
            read_queue_.erase(read_queue_.begin());
            moved = true;
        }
        while (!write_queue_.empty()) {
            const size_t before = write_queue_.front().done;
            if (take(write_queue_.front())) {
                write_queue_.erase(write_queue_.begin());
                moved = true;
            } else {
                moved = moved || write_queue_.front().done != before;
                break;
            }
        }
        moved = moved && (used_ > 0 ? !read_queue_.empty() : false);
    }
    const int now = conditions();
    if (now & _NOTIFY_COND_INPUT) {
        const int n = static_cast<int>(std::max<size_t>(used_, 1));
        if (IOFUNC_NOTIFY_INPUT_CHECK(notify, n, 0)) {
            iofunc_notify_trigger(notify, n, IOFUNC_NOTIFY_INPUT);
        }
    }
    if (now & _NOTIFY_COND_OUTPUT) {
        const int n = static_cast<int>(std::max<size_t>(capacity - used_, 1));
        if (IOFUNC_NOTIFY_OUTPUT_CHECK(notify, n, 0)) {
            iofunc_notify_trigger(notify, n, IOFUNC_NOTIFY_OUTPUT);
        }
    }
}

int Pipe::read(int rcvid, void* ocb, size_t nbytes, bool nonblock)
{
    Waiter w{rcvid, ocb, nbytes, 0, 0};
    if (nbytes == 0) {
        MsgReply(rcvid, 0, nullptr, 0);
        return _RESMGR_NOREPLY;
    }
    if (read_queue_.empty() && give(w)) {
        run();
        return _RESMGR_NOREPLY;
    }
    if (nonblock) {
        return EAGAIN;
    }
    read_queue_.push_back(w);
    return _RESMGR_NOREPLY;
}

int Pipe::write(int rcvid, void* ocb, size_t nbytes, size_t header, bool nonblock)
{
    Waiter w{rcvid, ocb, nbytes, 0, header};
    if (write_queue_.empty() && take(w)) {
        run();
        return _RESMGR_NOREPLY;
    }
    if (nonblock) {
        if (w.done == 0) {
            return EAGAIN;
        }
        MsgReply(rcvid, static_cast<long>(w.done), nullptr, 0);
    } else {
        write_queue_.push_back(w);
    }
    run();
    return _RESMGR_NOREPLY;
}

void Pipe::cancel(void* ocb, int rcvid, int error)
{
    const auto opens = [&](const Opener& one) { return one.ocb == ocb && rcvid == 0; };
    openers_.erase(std::remove_if(openers_.begin(), openers_.end(), opens), openers_.end());
    const auto gone = [&](const Waiter& w) {
        if (w.ocb != ocb || (rcvid && w.rcvid != rcvid)) {
            return false;
        }
        if (w.done) {
            MsgReply(w.rcvid, static_cast<long>(w.done), nullptr, 0);
        } else {
            MsgError(w.rcvid, error);
        }
        return true;
    };
    read_queue_.erase(std::remove_if(read_queue_.begin(), read_queue_.end(), gone),
                      read_queue_.end());
    write_queue_.erase(std::remove_if(write_queue_.begin(), write_queue_.end(), gone),
                       write_queue_.end());
    run(); // what waited behind may fit
}

int Pipe::conditions() const
{
    int now = 0;
    if (used_ > 0 || (writers_ == 0 && had_writer_)) {
        now |= static_cast<int>(_NOTIFY_COND_INPUT);
    }
    if (capacity - used_ >= ABI_PIPE_BUF || (readers_ == 0 && had_reader_)) {
        now |= static_cast<int>(_NOTIFY_COND_OUTPUT);
    }
    return now;
}

} // namespace pipes
