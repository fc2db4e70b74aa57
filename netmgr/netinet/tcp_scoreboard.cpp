// SPDX-License-Identifier: Apache-2.0
// Holes: cut by SACK blocks, declared lost, resent, acknowledged.
#include "netinet/tcp_scoreboard.hpp"

#include <new>

#include "netinet/tcp_settings.hpp"

namespace netmgr {

namespace {

constexpr unsigned dup_threshold = 3; // RFC 6675 2: DupThresh

} // namespace

bool TcpScoreboard::may_split() const
{
    return count_ < settings_.sack_maxholes &&
           settings_.sack_globalholes < settings_.sack_globalmaxholes;
}

bool TcpScoreboard::make_hole(Hole** link, SeqNum start, SeqNum end)
{
    auto* hole = new (std::nothrow) Hole{*link, start, end, start, SeqNum(), 0, false, false};
    if (hole == nullptr)
        return false;
    *link = hole;
    count_++;
    settings_.sack_globalholes++;
    return true;
}

void TcpScoreboard::drop_hole(Hole** link)
{
    Hole* gone = *link;
    *link = gone->next;
    count_--;
    settings_.sack_globalholes--;
    delete gone;
}

void TcpScoreboard::clear(SeqNum una)
{
    while (holes_ != nullptr)
        drop_hole(&holes_);
    una_ = high_ = una;
    reordering_ = false;
}

void TcpScoreboard::acked(SeqNum una)
{
    while (holes_ != nullptr && holes_->end <= una) {
        reordering_ = reordering_ || (!holes_->ever_resent && holes_->end < high_);
        drop_hole(&holes_);
    }
    if (holes_ != nullptr && holes_->start < una) {
        holes_->start = una;
        holes_->resent = seq_max(holes_->resent, una);
    }
    una_ = una;
    high_ = seq_max(high_, una);
}

// Takes the block out of one hole. False: memory or the limit kept a second hole from being made; the block is ignored there.
bool TcpScoreboard::cut(Hole** link, const SackBlock& block, uint32_t& bytes, uint64_t& resent_ns)
{
    Hole& h = **link;
    const SeqNum from = seq_max(block.start, h.start);
    const SeqNum to = seq_min(block.end, h.end);
    if (h.resent >= to && h.resent_ns > resent_ns)
        resent_ns = h.resent_ns;
    reordering_ = reordering_ || (!h.ever_resent && h.end < high_);
    if (from == h.start && to == h.end) {
        bytes += to - from;
        drop_hole(link);
        return true;
    }
    if (from != h.start && to != h.end) {
        if (!may_split() || !make_hole(&h.next, to, h.end))
            return false;
        h.next->resent = seq_max(h.resent, to);
        h.next->resent_ns = h.resent_ns;
        h.next->resent_high = h.resent_high;
        h.next->lost = h.lost;
        h.next->ever_resent = h.ever_resent;
        h.end = from;
    } else if (from == h.start) {
        h.start = to;
    } else {
        h.end = from;
    }
    h.resent = seq_min(seq_max(h.resent, h.start), h.end);
    bytes += to - from;
    return true;
}

uint32_t TcpScoreboard::sacked(SeqNum una, const SackBlock& block, uint64_t& resent_ns, bool& full)
{
    uint32_t bytes = 0;
    if (!any()) // forget what was before
        una_ = high_ = una;
    Hole** link = &holes_;
    while (*link != nullptr && (*link)->start < block.end) {
        Hole* here = *link;
        if (here->end > block.start && !cut(link, block, bytes, resent_ns))
            full = true;
        if (*link == here)
            link = &here->next;
    }
    if (block.end <= high_)
        return bytes;
    if (block.start > high_) { // new territory, with a hole before it
        while (*link != nullptr)
            link = &(*link)->next;
        if (!may_split() || !make_hole(link, high_, block.start)) {
            full = true;
            return bytes;
        }
    }
    bytes += block.end - seq_max(block.start, high_);
    high_ = block.end;
    return bytes;
}

bool TcpScoreboard::mark_lost(uint32_t mss)
{
    uint32_t sacked_above = sacked_bytes();
    SeqNum covered = una_;
    unsigned ranges_above = 0;
    bool any_new = false;
    for (const Hole* h = holes_; h != nullptr; h = h->next)
        ranges_above +=
            h->end < high_; // each hole but a last one up to `high` has a range behind it
    for (Hole* h = holes_; h != nullptr; h = h->next) {
        sacked_above -= h->start - covered; // the range in front of this hole
        covered = h->end;
        const bool lost = ranges_above >= dup_threshold || sacked_above > (dup_threshold - 1) * mss;
        any_new = any_new || (lost && !h->lost);
        h->lost = h->lost || lost;
        ranges_above -= h->end < high_;
    }
    return any_new;
}

bool TcpScoreboard::mark_lost_below(SeqNum below)
{
    bool any_new = false;
    for (Hole* h = holes_; h != nullptr && h->end <= below && h->end < high_; h = h->next) {
        any_new = any_new || !h->lost;
        h->lost = true;
    }
    return any_new;
}

bool TcpScoreboard::any_undecided() const
{
    for (const Hole* h = holes_; h != nullptr && h->end < high_; h = h->next)
        if (!h->lost)
            return true;
    return false;
}

bool TcpScoreboard::take_reordering()
{
    const bool seen = reordering_;
    reordering_ = false;
    return seen;
}

unsigned TcpScoreboard::mark_resent_lost(uint64_t sent_before_ns, uint32_t slack)
{
    unsigned count = 0;
    for (Hole* h = holes_; h != nullptr; h = h->next)
        if (h->resent > h->start &&
            (h->resent_ns < sent_before_ns || high_ > h->resent_high + slack)) {
            h->resent = h->start;
            count++;
        }
    return count;
}

void TcpScoreboard::mark_first_lost(SeqNum una, uint32_t size)
{
    acked(una);
    if (holes_ != nullptr && holes_->start == una) {
        holes_->lost = true;
        return;
    }
    if (!make_hole(&holes_, una, una + size))
        return;
    holes_->lost = true;
    high_ = seq_max(high_, una + size);
}

void TcpScoreboard::mark_all_lost(SeqNum una, SeqNum max)
{
    acked(una);
    // What was SACKed cannot be the first to be missing: the peer has thrown it away (RFC 2018 8), and perhaps more.
    if (high_ > una && (holes_ == nullptr || holes_->start != una))
        clear(una);
    Hole** link = &holes_;
    for (; *link != nullptr; link = &(*link)->next) {
        (*link)->lost = true;
        (*link)->resent = (*link)->start;
    }
    if (high_ >= max)
        return;
    // Without room for one more hole the SACKs are forgotten: resending too much is always right.
    if (!make_hole(link, high_, max)) {
        clear(una);
        if (!make_hole(&holes_, una, max))
            return;
        link = &holes_;
    }
    (*link)->lost = true;
    high_ = max;
}

TcpScoreboard::Hole* TcpScoreboard::first_to_resend()
{
    for (Hole* h = holes_; h != nullptr; h = h->next)
        if (h->lost && h->resent < h->end)
            return h;
    return nullptr;
}

uint32_t TcpScoreboard::sacked_bytes() const
{
    uint32_t bytes = high_ - una_;
    for (const Hole* h = holes_; h != nullptr; h = h->next)
        bytes -= h->end - h->start;
    return bytes;
}

uint32_t TcpScoreboard::pipe(SeqNum max) const
{
    const SeqNum high = any() ? high_ : una_;
    uint32_t bytes = max - high;
    for (const Hole* h = holes_; h != nullptr; h = h->next) {
        if (!h->lost)
            bytes += h->end - h->start;
        bytes += h->resent - h->start;
    }
    return bytes;
}

} // namespace netmgr
