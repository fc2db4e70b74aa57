// SPDX-License-Identifier: Apache-2.0
// What the sender knows of data in flight: the holes between SACKed ranges (RFC 2018 5, RFC 6675), and how much is in the network.
#pragma once
#include <stdint.h>

#include "netinet/tcp_options.hpp"

namespace netmgr {

struct TcpSettings;

/*
 *  snd_una                                   high                 snd_max
 *     |  hole  |  SACKed  |  hole  |  SACKed  |   not heard of yet    |
 *
 * Bytes below `high` that lie in no hole were SACKed. Without SACK there are holes only where something is known to be lost.
 */
class TcpScoreboard {
public:
    struct Hole {
        Hole* next;
        SeqNum start;
        SeqNum end;
        SeqNum resent;      // [start, resent) was retransmitted and not heard of since
        SeqNum resent_high; // highest sequence number sent when it was
        uint64_t resent_ns; // when, last
        bool lost;
        bool ever_resent;
    };

    explicit TcpScoreboard(TcpSettings& settings) : settings_(settings) {}
    ~TcpScoreboard() { clear(SeqNum()); }
    TcpScoreboard(const TcpScoreboard&) = delete;
    TcpScoreboard& operator=(const TcpScoreboard&) = delete;

    void clear(SeqNum una); // nothing known; everything from una on may be in flight
    void acked(SeqNum una);
    // A SACK block between una and snd_max. Bytes that it newly says to have arrived. resent_ns: grows to the newest
    // retransmission among them.
    uint32_t sacked(SeqNum una, const SackBlock& block, uint64_t& resent_ns, bool& full);
    // RFC 6675 IsLost(): three ranges or more than two segments' bytes were SACKed above. True when a new hole became lost.
    bool mark_lost(uint32_t mss);
    // RFC 8985 6.2: everything unheard of below `below` was sent before something that arrived. True when a new hole became lost.
    bool mark_lost_below(SeqNum below);
    bool any_undecided() const; // a hole below a SACKed range that is not declared lost
    // Something arrived behind its successors without being sent again, since the last call.
    bool take_reordering();
    // Retransmissions are lost too when something sent later arrived: a retransmission after sent_before_ns, or more than slack
    // bytes of new data.
    // How many holes that changed.
    unsigned mark_resent_lost(uint64_t sent_before_ns, uint32_t slack);
    void mark_first_lost(SeqNum una, uint32_t size); // without SACK, or at a timeout
    void mark_all_lost(SeqNum una, SeqNum max);

    Hole* first_to_resend(); // lost and not yet sent again
    const Hole* first_hole() const { return holes_; }
    bool any() const { return holes_ != nullptr || high_ > una_; }
    bool any_sacked() const { return sacked_bytes() != 0; }
    SeqNum high() const { return high_; }
    uint32_t sacked_bytes() const;
    uint32_t pipe(SeqNum max) const; // RFC 6675 SetPipe()

private:
    bool may_split() const; // the limits on what a peer's SACKs may make us keep
    bool make_hole(Hole** link, SeqNum start, SeqNum end);
    void drop_hole(Hole** link);
    bool cut(Hole** link, const SackBlock& block, uint32_t& bytes, uint64_t& resent_ns);

    TcpSettings& settings_;
    Hole* holes_ = nullptr; // in order
    int count_ = 0;
    SeqNum una_;
    SeqNum high_;
    bool reordering_ = false;
};

} // namespace netmgr
