// SPDX-License-Identifier: Apache-2.0
// Receive ids, and what a receiver is told about the message.
#pragma once

#include "ipc/channel.hpp"
#include "ipc/message.hpp"
#include "object/thread.hpp"

namespace ipc {

// rcvid: sequence (9 bits, never 0) | server connection (12 bits) | tid (10 bits)
inline constexpr int tid_bits = 10, connection_bits = 12;
inline constexpr uint32_t first_sequence = 1u << (tid_bits + connection_bits);
inline constexpr uint32_t sequence_mask = 511 * first_sequence;
/// In its place. One for all: a thread's successor with the same tid must not repeat it soon.
inline uint32_t last_sequence;

inline int make_rcvid(const object::Thread& client, const ServerConnection& connection)
{
    last_sequence = (last_sequence + first_sequence) & sequence_mask;
    if (last_sequence == 0) [[unlikely]]
        last_sequence = first_sequence;
    return static_cast<int>(last_sequence | (static_cast<uint32_t>(connection.index) << tid_bits) |
                            static_cast<uint32_t>(client.tid));
}

/// The thread waiting for a reply to rcvid; nullptr = stale. client_of() in line.
inline object::Thread* find_client(const object::Process& server, int rcvid)
{
    const int index = (rcvid >> tid_bits) & ((1 << connection_bits) - 1);
    const ServerConnection* connection = server.server_connections.get(index);
    if (rcvid <= 0 || !connection || !connection->client)
        return nullptr;
    object::Thread* client = connection->client->threads.get(rcvid & ((1 << tid_bits) - 1));
    if (!client || client->state != object::ThreadState::reply ||
        client->msg.connection != connection || client->msg.sent_as != rcvid)
        return nullptr;
    return client;
}

inline void fill_info(const object::Thread& client, nto_msg_info& out)
{
    const ServerConnection& connection = *client.msg.connection;
    out.nd = out.srcnd = 0;
    out.pid = client.process.pid;
    out.tid = client.tid;
    out.chid = connection.channel->chid;
    out.scoid = connection.index | scoid_bit;
    out.coid = client.msg.coid;
    out.priority = client.priority;
    out.reserved0 = 0;
    out.flags = mi_bits_64 | (client.msg.unblock_requested ? uint32_t{mi_unblock_req} : 0u);
    out.type_id = 0;
    out.msglen = client.msg.moved;
    out.srcmsglen = client.msg.send->size();
    out.dstmsglen = client.msg.reply->size();
}

/// The client's part of the message that it begins to send over this connection.
inline void begin_message(object::Thread& client, ServerConnection& connection, int coid,
                          const Buffer& send, const Buffer& reply)
{
    MessageState& msg = client.msg;
    msg.connection = &connection;
    msg.channel = connection.channel;
    msg.send = &send;
    msg.reply = &reply;
    msg.coid = coid;
    msg.unblock_requested = false;
    msg.paused = false;
    msg.sent_as = make_rcvid(client, connection);
    ++connection.blocked;
}

} // namespace ipc
