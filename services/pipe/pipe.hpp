// SPDX-License-Identifier: Apache-2.0
// One pipe: a buffer, who waits at its ends, and how many descriptors each end has.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/iofunc.h>

namespace pipes {

class Pipe {
public:
    static constexpr size_t capacity = 16384;

    explicit Pipe(uint64_t inode);
    /// A FIFO: attr is what its name says. An end that is not there yet counts as one that was closed.
    explicit Pipe(const iofunc_attr_t& named);

    void add_end(unsigned ioflag); // _IO_FLAG_RD and/or _IO_FLAG_WR
    // True when that was the last end of the pipe.
    bool drop_end(unsigned ioflag);

    // What the I/O handlers return: an errno, _RESMGR_NOREPLY after a reply or when the client waits.
    int read(int rcvid, void* ocb, size_t nbytes, bool nonblock);
    int write(int rcvid, void* ocb, size_t nbytes, size_t header, bool nonblock);
    void cancel(void* ocb, int rcvid, int error); // rcvid 0: every request of the descriptor
    // open() of an end that is counted already: EOK, ENXIO, or _RESMGR_NOREPLY until the other end is there.
    int await_peer(int rcvid, void* ocb, unsigned ioflag, bool nonblock);
    // An open() that gives up. False: no such one waits.
    bool forget_opener(int rcvid);

    int conditions() const; // _NOTIFY_COND_* that hold
    size_t buffered() const { return used_; }

    iofunc_attr_t attr{}; // first: iofunc calls come with a pointer to it
    iofunc_notify_t notify[3];

private:
    struct Waiter {
        int rcvid;
        void* ocb;
        size_t nbytes, done, header;
    };
    struct Opener {
        int rcvid;
        void* ocb;
        unsigned ioflag;
    };
    bool has_peer(unsigned ioflag) const;
    void admit_openers();
    bool give(Waiter& reader);
    bool take(Waiter& writer);
    void run(); // moves data until nobody can go on

    size_t used_ = 0, head_ = 0;
    int readers_ = 0, writers_ = 0;
    bool had_writer_ = false, had_reader_ = false;
    bool named_ = false;
    std::vector<Waiter> read_queue_, write_queue_;
    std::vector<Opener> openers_;
    uint8_t buffer_[capacity];
};

} // namespace pipes
