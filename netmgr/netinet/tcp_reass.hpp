// SPDX-License-Identifier: Apache-2.0
// Segments that came before the ones in front of them, kept until the gap is filled. Bounded in bytes and pieces.
#pragma once
#include <stddef.h>

#include "kern/mbuf_ptr.hpp"
#include "netinet/tcp_options.hpp"

namespace netmgr {

class TcpReass {
public:
    TcpReass() = default;
    ~TcpReass() { flush(); }
    TcpReass(const TcpReass&) = delete;
    TcpReass& operator=(const TcpReass&) = delete;

    enum class Added { kept, duplicate, full };
    // data of [seq, seq + len). Bytes that are here already are cut off (the first copy stays). range: the contiguous range it
    // is now part of.
    Added add(SeqNum seq, uint32_t len, bool fin, MbufPtr data, SackBlock& range);
    // What continues at next, if anything: its data, next moved on; fin when a FIN ends it.
    MbufPtr take(SeqNum& next, bool& fin);
    void flush();

    bool empty() const { return first_ == nullptr; }
    size_t bytes() const { return bytes_; }
    unsigned pieces() const { return pieces_; }
    // The contiguous range with this byte in it; false when there is none.
    bool range_of(SeqNum at, SackBlock& range) const;

private:
    static constexpr unsigned max_pieces = 1024;
    struct Piece {
        Piece* next;
        SeqNum seq;
        uint32_t len;
        bool fin;
        mbuf* data;
        SeqNum end() const { return seq + len; }
    };
    void erase(Piece** link);
    bool insert(Piece** link, SeqNum seq, uint32_t len, bool fin, MbufPtr data);

    Piece* first_ = nullptr;
    size_t bytes_ = 0;
    unsigned pieces_ = 0;
};

} // namespace netmgr
