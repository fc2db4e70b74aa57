// SPDX-License-Identifier: Apache-2.0
// The objects of message passing and who points to whom:
//
//   client process --coid--> Connection --> ServerConnection <--scoid-- server process
//                                               |                         |
//                                               +------> Channel <--chid--+
//
// All connections of one client process to one channel share one ServerConnection.
#pragma once

#include "base/result.hpp"
#include "ipc/queue_item.hpp"
#include "object/process.hpp"
#include "sched/scheduler.hpp"

#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace ipc {

enum ChannelFlag : uint32_t {
    chf_fixed_priority = 1,
    chf_unblock = 2,
    chf_thread_death = 4,
    chf_disconnect = 8,
    chf_sender_len = 0x20,
    chf_coid_disconnect = 0x40,
    chf_reply_len = 0x80,
    chf_pulse_pool = 0x100,
    chf_async = 0x200 | 0x400,
    chf_global = 0x800,
    chf_private = 0x1000,
    chf_msg_pausing = 0x2000,
    chf_inherit_runmask = 0x4000,
    chf_unblock_timer = 0x8000,
};
enum ConnectionFlag : uint32_t {
    cof_cloexec = 1,
    cof_dead = 2,
    cof_noshare = 0x40,
    cof_insecure = 0x1000,
    cof_noevent = 0x800,
    cof_reg_events = 0x2000,
    cof_unreg_events = 0x4000,
    cof_user_mask = cof_cloexec | cof_noshare | cof_noevent | cof_reg_events | cof_unreg_events,
};
enum PulseCode : int8_t {
    pulse_unblock = -32,
    pulse_disconnect = -33,
    pulse_thread_death = -34,
    pulse_coid_death = -35,
    pulse_restart = -39,
    pulse_unblock_restart = -41,
    pulse_unblock_timer = -42,
};
enum MessageFlag : uint32_t { mi_unblock_req = 256, mi_bits_64 = 4096 };

using QueueHook =
    boost::intrusive::member_hook<QueueItem, decltype(QueueItem::hook), &QueueItem::hook>;
using ItemList =
    boost::intrusive::list<QueueItem, QueueHook, boost::intrusive::constant_time_size<false>>;

class ServerConnection;

class Connection : public boost::intrusive::list_base_hook<> {
public:
    Connection(object::Process& o, uint32_t f) : owner(o), flags(f) {}

    object::Process& owner;
    int coid = -1;
    uint32_t flags;
    ServerConnection* server = nullptr; // nullptr: the channel is gone
    Pulse death_pulse;                  // COIDDEATH, to the owner's own channel
};

/// Two neighbours of 32 bits, as one word.
inline uint64_t pair(uint32_t low, uint32_t high)
{
    return low | uint64_t{high} << 32;
}

class ServerConnection : public boost::intrusive::list_base_hook<> {
public:
    ServerConnection(Channel& c, object::Process& p) : channel(&c), client(&p) {}

    Channel* channel;
    object::Process* client; // nullptr: disconnected, waits for the server's ConnectDetach
    int index = 0;           // in the server's table; scoid = index | _NTO_CONNECTION_SCOID
    uint64_t ids = 0;        // chid and scoid as they stand in nto_msg_info
    uint32_t blocked = 0;    // client threads SEND- or REPLY-blocked over it
    boost::intrusive::list<Connection> links;
    Pulse disconnect_pulse;

    void unlink_from_channel();
};

/// _NTO_CHF_PULSE_POOL: pulses of this channel's own. When they have run out an event tells the owner, once until enough are free.
struct PulsePool {
    nto_pool_config config{};
    Pulse* storage = nullptr; // num_pulses of them
    Pulse* free = nullptr;    // linked through next_free
    uint32_t free_count = 0;
    bool armed = true;
};

class Channel {
public:
    Channel(object::Process& o, uint32_t f) : owner(o), flags(f) {}
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    object::Process& owner;
    int chid = 0;
    uint32_t flags;
    ItemList queue;             // senders and pulses
    sched::WaitQueue receivers; // RECEIVE-blocked
    sched::WaitQueue clients;   // REPLY-blocked
    boost::intrusive::list<ServerConnection> connections;
    uint32_t pulses = 0; // queued heap pulses
    PulsePool* pool = nullptr;
};

inline constexpr uint32_t max_queued_pulses = 16384;

/// Into the channel's queue by priority, or straight to a receiver. Takes the pulse.
void queue_pulse(Channel& channel, Pulse& pulse);
void unqueue_pulse(Pulse& pulse);
/// A user's pulse, or one of the kernel's without storage of its own: straight to a receiver, or queued. EAGAIN.
base::Result<void> send_pulse_to(Channel& channel, const nto_pulse& data, int priority);
/// It was received, or its channel ends.
void free_pulse(Channel& channel, Pulse& pulse);
base::Result<PulsePool*> make_pool(const nto_pool_config& config);
void free_pool(PulsePool* pool);
void insert_item(Channel& channel, QueueItem& item);

/// A coid's table, and its place there.
inline bool on_side(int64_t coid)
{
    return coid >= object::side_channel;
}
inline object::IdTable<Connection>& space_of(object::Process& process, int64_t coid)
{
    return on_side(coid) ? process.side : process.fds;
}
inline int64_t index_of(int64_t coid)
{
    return on_side(coid) ? coid - object::side_channel : coid;
}
inline Connection* find_connection(object::Process& process, int coid)
{
    return space_of(process, coid).get(index_of(coid)); // a negative one is in no table
}
/// A blocked client thread is done with the connection it sent over.
void release_blocked(object::Thread& thread);

object::Thread* thread_of(QueueItem& item);
Pulse* pulse_of(QueueItem& item);

/// _NTO_CHF_INHERIT_RUNMASK: the receiver runs where its client may run; mask 0 = where it wants to.
void take_runmask(object::Thread& server, uint32_t mask);
/// The receiver takes this priority, limited to what its process may have.
void take_priority(object::Thread& server, const Channel& channel, int priority);
/// Threads that serve the channel but are busy run at least at the sender's priority.
void boost_servers(Channel& channel, int priority);

} // namespace ipc
