// SPDX-License-Identifier: Apache-2.0
// A socket's buffer: records of mbufs. Datagrams: one record each, [MT_SONAME] [MT_CONTROL] data. Streams: one record.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "kern/mbuf_pool.hpp"
#include "kern/mbuf_ptr.hpp"

namespace netmgr {

class Sockbuf {
public:
    explicit Sockbuf(MbufPool& pool) : pool_(pool) {}
    ~Sockbuf() { flush(); }
    Sockbuf(const Sockbuf&) = delete;
    Sockbuf& operator=(const Sockbuf&) = delete;

    size_t bytes() const { return bytes_; } // data, names and control
    size_t data_bytes() const { return data_bytes_; }
    size_t space() const { return bytes_ >= hiwat ? 0 : hiwat - bytes_; }
    bool empty() const { return records_ == nullptr; }
    mbuf* first_record() { return records_; }
    size_t first_record_data() const; // bytes of data in the first record

    // False (everything freed) when there is no room.
    bool append_record(MbufPtr data);
    bool append_address(const sockaddr* name, MbufPtr data, MbufPtr control);
    // The caller has looked at space(). Small pieces are copied together, so that a trickle does not fill memory with clusters.
    void append_stream(MbufPtr data);

    // Up to room bytes of data off the front of a stream.
    MbufPtr take_stream(size_t room);
    // A stream that keeps control messages: appended as a record of their own with the data behind them; taken with at most
    // room bytes of that record's data.
    void append_control(MbufPtr record) { link_record(record.release()); }
    MbufPtr take_mixed(size_t room, MbufPtr& control);
    MbufPtr copy_stream(size_t offset, size_t size);
    void drop(size_t size); // from a stream's front
    MbufPtr take_record();  // nextpkt cut off
    void flush();

    size_t hiwat = 0;
    size_t lowat = 1;
    bool autosize = true; // the protocol may enlarge it: the user named no size

private:
    static size_t chain_size(const mbuf* m, bool data_only);
    void link_record(mbuf* m);
    bool merge_into_last(const mbuf& m);

    MbufPool& pool_;
    mbuf* records_ = nullptr;
    mbuf* last_record_ = nullptr;
    mbuf* last_mbuf_ = nullptr; // of the last record
    size_t bytes_ = 0;
    size_t data_bytes_ = 0;
    // copy_stream's place in a long stream: bytes in front of mark_.
    mbuf* mark_ = nullptr;
    size_t mark_offset_ = 0;
};

} // namespace netmgr
