// SPDX-License-Identifier: Apache-2.0
// The out-of-order queue of one connection.
#include "netinet/tcp_reass.hpp"

#include <new>

namespace netmgr {

void TcpReass::erase(Piece** link)
{
    Piece* gone = *link;
    *link = gone->next;
    bytes_ -= gone->len;
    pieces_--;
    m_freem(gone->data);
    delete gone;
}

void TcpReass::flush()
{
    while (first_ != nullptr)
        erase(&first_);
}

bool TcpReass::insert(Piece** link, SeqNum seq, uint32_t len, bool fin, MbufPtr data)
{
    auto* piece = new (std::nothrow) Piece{*link, seq, len, fin, nullptr};
    if (piece == nullptr)
        return false;
    piece->data = data.release();
    *link = piece;
    bytes_ += len;
    pieces_++;
    return true;
}

TcpReass::Added TcpReass::add(SeqNum seq, uint32_t len, bool fin, MbufPtr data, SackBlock& range)
{
    const SeqNum asked = seq;
    Piece** link = &first_;
    while (*link != nullptr && (*link)->end() < seq)
        link = &(*link)->next;
    // A piece that begins before us and reaches into us: keep only what is behind it.
    while (*link != nullptr && (*link)->seq <= seq) {
        Piece& before = **link;
        if (before.end() >= seq + len && (!fin || before.fin || before.end() != seq + len)) {
            range_of(asked, range);
            return Added::duplicate;
        }
        if (before.end() > seq) {
            const uint32_t overlap = before.end() - seq;
            m_adj(data.get(), static_cast<int>(overlap));
            seq += overlap;
            len -= overlap;
        }
        link = &before.next;
    }
    // Pieces we cover go; one that begins inside us and ends behind us cuts our end off.
    while (*link != nullptr && (*link)->end() <= seq + len) {
        fin = fin || ((*link)->fin && (*link)->end() == seq + len);
        erase(link);
    }
    if (*link != nullptr && (*link)->seq < seq + len) {
        const uint32_t overlap = seq + len - (*link)->seq;
        m_adj(data.get(), -static_cast<int>(overlap));
        len -= overlap;
        fin = false;
    }
    if (pieces_ >= max_pieces || !insert(link, seq, len, fin, std::move(data)))
        return Added::full;
    range_of(seq, range);
    return Added::kept;
}

MbufPtr TcpReass::take(SeqNum& next, bool& fin)
{
    mbuf* head = nullptr;
    mbuf* last = nullptr;
    while (first_ != nullptr && first_->seq <= next && !fin) {
        Piece& p = *first_;
        if (p.end() > next || (p.fin && p.end() == next)) {
            m_adj(p.data, static_cast<int>(next - p.seq));
            next = p.end();
            fin = p.fin;
            mbuf* data = p.data;
            p.data = nullptr;
            if (head == nullptr)
                head = last = data;
            else
                last->m_next = data;
            while (last != nullptr && last->m_next != nullptr)
                last = last->m_next;
        }
        erase(&first_);
    }
    return MbufPtr(head);
}

bool TcpReass::range_of(SeqNum at, SackBlock& range) const
{
    for (const Piece* p = first_; p != nullptr; p = p->next) {
        SackBlock found = {p->seq, p->end()};
        while (p->next != nullptr && p->next->seq == found.end) {
            p = p->next;
            found.end = p->end();
        }
        if (found.start <= at && at <= found.end) {
            range = found;
            return true;
        }
    }
    return false;
}

} // namespace netmgr
